"""The addresses of a test run, fixed before Django reads its settings and before any server runs.

The first process (the xdist controller, or the only one) makes the run's folder and owns the servers; workers inherit
its name by ACCORD_TEST_RUN. Every worker has a database, a Valkey and a data folder of its own; the keys are the run's.
DATABASE_URL and REDIS_URL, when set, name the servers to use: then workers share that Valkey, one database number each.
"""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from kernel.servers import postgres, valkey

SETTINGS = "config.settings.test"
RUN, DATABASE, REDIS = "ACCORD_TEST_RUN", "ACCORD_TEST_DATABASE_URL", "ACCORD_TEST_REDIS_URL"
# Whatever the person at the terminal has set for a real deployment must not reach a test.
FOREIGN = (
    *("ACCORD_HOST", "ACCORD_PORT", "ACCORD_BASE_URL", "ACCORD_ALLOWED_HOSTS", "ACCORD_TRUSTED_PROXIES"),
    *("ACCORD_ANON_RATE", "ACCORD_SEAL_KEY", "ACCORD_MASTER_KEY", "SECRET_KEY", "JWT_SECRET_KEY", "JWT_ALGORITHM"),
    *("DATABASE_REPLICA_URL", "BROKER_URL", "CHANNEL_URL", "CACHE_URL", "S3_BUCKET_NAME", "S3_BUCKET"),
    *("S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY"),
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "LLM_API_KEY", "LLM_MODEL"),
    *("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "TSA_URL", "ESIGN_PROVIDER_URL", "ESIGN_API_KEY"),
    *("CLAMD_SOCKET", "CORS_ALLOW_ORIGINS", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"),
)


def with_database(url: str, name: str) -> str:
    """The same PostgreSQL server, another database."""
    parts = urlsplit(url)
    # urlunsplit drops the empty host of postgresql:///x, which is how a socket address looks
    return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def with_number(url: str, number: int) -> str:
    """The same Redis server, another database number."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.netloc}{parts.path}?{urlencode({'db': number})}"
    return urlunsplit(parts._replace(path=f"/{number}"))


@dataclass(frozen=True)
class TestRun:
    """What one process of a run works with."""

    __test__ = False

    folder: Path
    worker: str
    is_owner: bool
    server_url: str
    has_own_postgres: bool
    given_redis_url: str

    @property
    def sockets(self) -> Path:
        return self.folder / "run"

    @property
    def database(self) -> str:
        return f"accord_test_{self.folder.name.rpartition('-')[2]}_{self.worker}".lower()

    @property
    def database_url(self) -> str:
        return with_database(self.server_url, self.database)

    @property
    def data(self) -> Path:
        return self.folder / self.worker

    @property
    def redis_url(self) -> str:
        if not self.given_redis_url:
            return valkey.socket_url(self.data)
        number = self.worker.removeprefix("gw")
        return with_number(self.given_redis_url, int(number) + 1) if number.isdigit() else self.given_redis_url


def _of_this_process() -> TestRun:
    inherited = os.environ.get(RUN)
    if inherited is None:
        os.environ[RUN] = tempfile.mkdtemp(prefix="accord-test-")
        os.environ[DATABASE] = os.environ.get("DATABASE_URL", "")
        os.environ[REDIS] = os.environ.get("REDIS_URL", "")
    folder = Path(os.environ[RUN])
    given = os.environ[DATABASE]
    return TestRun(
        folder=folder,
        worker=os.environ.get("PYTEST_XDIST_WORKER", "main"),
        is_owner=inherited is None,
        server_url=given or postgres.socket_url(folder / "run"),
        has_own_postgres=not given,
        given_redis_url=os.environ[REDIS],
    )


@lru_cache(maxsize=1)
def prepare() -> TestRun:
    """Sets this process's environment and Django up for the tests. Runs in the root conftest, before all others."""
    if "django.conf" in sys.modules:
        from django.conf import settings

        if settings.configured:
            raise RuntimeError("Unset DJANGO_SETTINGS_MODULE: the tests choose their settings themselves.")
    run = _of_this_process()
    for name in FOREIGN:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    (run.folder / "secrets").mkdir(exist_ok=True, mode=0o700)
    run.data.mkdir(exist_ok=True, mode=0o700)
    if not (run.data / "secrets").exists():
        (run.data / "secrets").symlink_to(run.folder / "secrets")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "ACCORD_ENV": "test",
        "ACCORD_DATA": str(run.data),
        "DATABASE_URL": run.database_url,
        "REDIS_URL": run.redis_url,
    }
    import django

    django.setup()
    # A worker that inherited the name would have its settings read before its own addresses are known.
    del os.environ["DJANGO_SETTINGS_MODULE"]
    return run


def forget(run: TestRun) -> None:
    """Removes the run's folder; the owner does it when the servers are down."""
    shutil.rmtree(run.folder, ignore_errors=True)
