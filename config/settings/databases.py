"""DATABASE_URL to Django's DATABASES. PostgreSQL only: the journal's triggers and SKIP LOCKED have no equal elsewhere."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def parse(url: str) -> dict[str, Any]:
    """One database entry from a postgresql:// URL; `?host=` may name a socket folder."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL must start with postgresql://, not {parts.scheme or 'nothing'}: Accord needs PostgreSQL 15 or newer."
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "kernel.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "accord",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(query.pop("port", "") or parts.port or ""),
        "OPTIONS": {**query, "server_side_binding": True, "prepare_threshold": 5},
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
    }


def configure(url: str, *, replica: str, pool_max: int, pooled: bool) -> dict[str, dict[str, Any]]:
    """DATABASES for this process. Without a URL the entry leads nowhere, and readiness says so."""
    default = parse(url or "postgresql://accord@/accord?host=/nonexistent")
    entries = {"default": default}
    if replica:
        entries["replica"] = {**parse(replica), "TEST": {"MIRROR": "default"}}
    for entry in entries.values():
        if pooled:
            entry["CONN_MAX_AGE"] = 0
            entry["CONN_HEALTH_CHECKS"] = False
            entry["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_max, "timeout": 10}
        else:
            entry["CONN_MAX_AGE"] = None
    return entries
