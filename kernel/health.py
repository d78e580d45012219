"""Whether this process can do its work: database, cache, broker, storage, and what apps registered, each within two
seconds.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from kernel.ids import new_id
from kernel.redis_client import client_for
from kernel.registries import health_checks

log = logging.getLogger(__name__)

LIMIT_SECONDS = 2.0
MIGRATIONS_ASKED_EVERY = 5.0

Check = Callable[[], None]


class NotReadyError(Exception):
    """Why a check fails, in words that may be shown: no addresses, no credentials."""


@dataclass(frozen=True)
class Result:
    """One check's outcome; `reason` is empty when it is well."""

    name: str
    is_well: bool
    milliseconds: int
    reason: str = ""


class _Migrations:
    """Asked of the database until there are none pending; a running process gets no new ones."""

    def __init__(self) -> None:
        self._done = False
        self._pending = 0
        self._asked_at = float("-inf")

    def check(self) -> None:
        if self._done:
            return
        if time.monotonic() - self._asked_at >= MIGRATIONS_ASKED_EVERY:
            executor = MigrationExecutor(connection)
            self._pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            self._done = not self._pending
            self._asked_at = time.monotonic()
        if self._pending:
            raise NotReadyError(f"{self._pending} migrations are not applied.")


_migrations = _Migrations()


def check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _migrations.check()
    finally:
        connections.close_all()  # of this check's own thread


def check_cache() -> None:
    client_for(settings.CACHE_URL).ping()


def check_broker() -> None:
    client_for(settings.BROKER_URL).ping()


def check_storage() -> None:
    """A local folder is written to; of S3 one object is asked for, which needs the bucket, the keys and the network."""
    if isinstance(default_storage._wrapped, FileSystemStorage):  # type: ignore[attr-defined]
        name = default_storage.save(f".ready/{new_id()}", ContentFile(b"ready"))
        default_storage.delete(name)
    else:
        default_storage.exists(".ready")


class _Runner:
    """Runs each check in a thread of its own at most once at a time, so that a hanging server cannot eat all
    threads.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=16, thread_name_prefix="health")
        self._running: dict[str, Future[int]] = {}
        self._lock = threading.Lock()

    def start(self, name: str, check: Check) -> Future[int]:
        with self._lock:
            running = self._running.get(name)
            if running is not None and not running.done():
                return running
            future = self._executor.submit(_timed, check)
            self._running[name] = future
            return future


def _timed(check: Check) -> int:
    started = time.perf_counter()
    check()
    return round((time.perf_counter() - started) * 1000)


_runner: _Runner | None = None
_runner_lock = threading.Lock()


def _the_runner() -> _Runner:
    """Made on first use, so that a server that forks after loading the code gets threads of its own."""
    global _runner
    with _runner_lock:
        if _runner is None:
            _runner = _Runner()
        return _runner


def register(name: str, check: Check) -> None:
    """Add an app's check, in its `ready()`. It raises when the thing is not well."""
    health_checks.register(name, check)


def checks() -> list[tuple[str, Check]]:
    return [
        ("database", check_database),
        ("cache", check_cache),
        ("broker", check_broker),
        ("storage", check_storage),
        *health_checks.items(),
    ]


def readiness() -> list[Result]:
    """Every check's result, all asked at once, at most two seconds in all."""
    runner = _the_runner()
    started = time.monotonic()
    asked = [(name, runner.start(name, check)) for name, check in checks()]
    return [_result(name, future, started) for name, future in asked]


def _result(name: str, future: Future[int], started: float) -> Result:
    try:
        return Result(name, True, future.result(timeout=max(0.0, started + LIMIT_SECONDS - time.monotonic())))
    except Late as error:
        reason = f"No answer within {LIMIT_SECONDS:g} seconds."
        if future.done() and future.exception() is error:  # the check's own time-out
            reason = "TimeoutError"
    except NotReadyError as error:
        reason = str(error)
    except Exception as error:
        reason = type(error).__name__  # the text of a driver's error may hold addresses and names
    log.warning("not ready", extra={"check": name, "reason": reason})
    return Result(name, False, round((time.monotonic() - started) * 1000), reason)
