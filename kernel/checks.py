"""Wrong settings refuse to start: system checks, each with a hint, and one call for processes that run none by
themselves.

`manage.py` commands run system checks anyway. WSGI, ASGI and Celery processes call `refuse_wrong_settings()` once,
after setup.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured

TAG = "accord"
SHORTEST_SECRET = 50
TELLTALES = ("django-insecure", "changeme", "change-me", "insecure", "secret-key", "example", "default", "password")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@register(TAG)
def check_everywhere(app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """What no environment may have wrong."""
    found: list[CheckMessage] = []
    if settings.ACCORD_ENV not in {"dev", "test", "prod"}:
        found.append(
            Error(f"ACCORD_ENV is {settings.ACCORD_ENV!r}.", hint="Set it to dev, test or prod.", id="accord.E001")
        )
    if settings.JWT_ALGORITHM != "RS256":
        found.append(
            Error(
                f"JWT_ALGORITHM is {settings.JWT_ALGORITHM!r}; only RS256 is accepted.",
                hint="Remove JWT_ALGORITHM from the environment; JWT_SECRET_KEY holds the PEM of an RSA key.",
                id="accord.E002",
            )
        )
    for alias, database in settings.DATABASES.items():
        if database.get("ENGINE") not in {"kernel.postgresql", "django.db.backends.postgresql"}:
            found.append(
                Error(
                    f"The database {alias!r} is not PostgreSQL.",
                    hint="Set DATABASE_URL to postgresql://…: the journal's triggers and the relay's locks need it.",
                    id="accord.E003",
                )
            )
    return found + _rates()


def _rates() -> list[CheckMessage]:
    from kernel.ratelimit import parse_rate

    found: list[CheckMessage] = []
    for name, rate in {"ACCORD_ANON_RATE": settings.ACCORD_ANON_RATE, **settings.ACCORD_RATES}.items():
        try:
            parse_rate(rate)
        except ValueError as error:
            found.append(Error(f"The rate {name} cannot be read.", hint=str(error), id="accord.E004"))
    if settings.ACCORD_TRUSTED_PROXIES < 0:
        found.append(
            Error(
                "ACCORD_TRUSTED_PROXIES is negative.",
                hint="It is how many proxies stand in front of Accord: 0 when clients reach it directly.",
                id="accord.E005",
            )
        )
    return found


@register(TAG)
def check_production(app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """What production may not have wrong."""
    if settings.ACCORD_ENV != "prod":
        return []
    return [*_debugging(), *_keys(), *_addresses(), *_servers()]


def _debugging() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error("DEBUG is on.", hint="Remove it: traces with people's data would be shown.", id="accord.E010")
        )
    if getattr(settings, "ACCORD_DEVELOPMENT_PAGES", False):
        found.append(
            Error(
                "The development pages are on.", hint="Start with ACCORD_ENV=prod and its settings.", id="accord.E011"
            )
        )
    return found


def _keys() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    secret = settings.SECRET_KEY
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 10 or any(word in secret.lower() for word in TELLTALES):
        found.append(
            Error(
                "SECRET_KEY is a default, too short or too plain.",
                hint=f"Give it {SHORTEST_SECRET} or more random characters, such as from `openssl rand -base64 48`.",
                id="accord.E012",
            )
        )
    if "PRIVATE KEY" not in (settings.JWT_PRIVATE_KEY or ""):
        found.append(
            Error(
                "JWT_SECRET_KEY holds no private key.",
                hint="Set it (or JWT_SECRET_KEY_FILE) to the PEM from `openssl genrsa 3072`.",
                id="accord.E013",
            )
        )
    if not settings.ACCORD_MASTER_KEY:
        found.append(
            Error(
                "ACCORD_MASTER_KEY is missing.",
                hint="Set it to id:key, the key being 32 random bytes in URL-safe base64. Keep a copy elsewhere.",
                id="accord.E014",
            )
        )
    return found


def _addresses() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    base = urlsplit(settings.ACCORD_BASE_URL)
    if base.scheme != "https" or not base.hostname:
        found.append(
            Error(
                f"ACCORD_BASE_URL is {settings.ACCORD_BASE_URL!r}.",
                hint="Set it to the public https:// address: mailed links are made of it.",
                id="accord.E015",
            )
        )
    hosts = set(settings.ALLOWED_HOSTS)
    if "*" in hosts or not hosts:
        found.append(
            Error(
                "ACCORD_ALLOWED_HOSTS allows every host." if hosts else "ACCORD_ALLOWED_HOSTS is empty.",
                hint="Name the hosts that the site is reached by, separated by commas.",
                id="accord.E016",
            )
        )
    elif (
        base.hostname
        and base.hostname not in hosts
        and not any(host.startswith(".") and f".{base.hostname}".endswith(host) for host in hosts)
    ):
        found.append(
            Error(
                "ACCORD_ALLOWED_HOSTS does not hold the host of ACCORD_BASE_URL.",
                hint=f"Add {base.hostname}.",
                id="accord.E017",
            )
        )
    if any(origin == "*" for origin in settings.CORS_ALLOWED_ORIGINS) or getattr(
        settings, "CORS_ALLOW_ALL_ORIGINS", False
    ):
        found.append(
            Error("CORS_ALLOW_ORIGINS allows every origin.", hint="Name the origins one by one.", id="accord.E018")
        )
    return found


def _servers() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in ("DATABASE_URL", "CACHE_URL", "BROKER_URL", "CHANNEL_URL"):
        if not getattr(settings, name):
            hint = "Set it." if name == "DATABASE_URL" else f"Set REDIS_URL, or {name} by itself."
            found.append(Error(f"{name} is missing.", hint=hint, id="accord.E019"))
    if settings.CACHE_URL and settings.CACHE_URL == settings.BROKER_URL:
        found.append(
            Caution(
                "Cache and broker share one Redis.",
                hint="Give the broker its own with maxmemory-policy noeviction: a full cache must not drop tasks.",
                id="accord.W001",
            )
        )
    return found


def refuse_wrong_settings() -> None:
    """Raise ImproperlyConfigured with every error of ours and its hint, one a line. For processes that run no
    checks.
    """
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious() and not message.is_silenced()]
    if errors:
        raise ImproperlyConfigured(
            "Accord does not start with these settings:\n"
            + "\n".join(f"- {error.msg} {error.hint}" for error in errors)
        )
