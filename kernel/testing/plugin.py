"""The pytest plugin: servers of the run's own, a clone of the template database for every worker, the clock.

Fixtures: `db`/`transactional_db` as in pytest-django, on a clone; `clock` moves the database's time; `redis_url`;
`long_share` scales a soak; `live_server_stack` (kernel/testing/live.py) runs real processes.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import redis
from django.db import connection, connections
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from kernel.servers.postgres import DISPOSABLE, Postgres
from kernel.servers.processes import Child
from kernel.servers.valkey import Valkey
from kernel.testing import browsers
from kernel.testing.environment import TestRun, forget, prepare
from kernel.testing.live import live_server_stack
from kernel.testing.template import Template

__all__ = ["live_server_stack"]

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
GROUPS = ("live", "browser")


class RunServers:
    """The servers this process started for the run, and the template it is building."""

    def __init__(self, run: TestRun) -> None:
        self.run = run
        self.template = Template(run)
        self._children: list[Child] = []
        self._has_begun = False

    def begin(self) -> None:
        """Starts PostgreSQL (unless one was named) and the template's migrations; once, and only in the owner."""
        if self._has_begun or not self.run.is_owner:
            return
        self._has_begun = True
        if self.run.has_own_postgres:
            sockets = self.run.sockets
            sockets.mkdir(mode=0o700, exist_ok=True)
            postgres = Postgres.prepare(
                self.run.folder / "postgres",
                sockets=sockets,
                log=self.run.folder / "postgres.log",
                pid_file=self.run.folder / "postgres.pid",
                options=DISPOSABLE,
            )
            child = postgres.child()
            child.start()
            self._children.append(child)
            postgres.wait_ready(child)
        self.template.begin()

    def start_valkey(self) -> None:
        """This process's own Valkey, unless one was named."""
        if self.run.given_redis_url:
            return
        valkey = Valkey.prepare(
            self.run.data / "valkey",
            sockets=self.run.data,
            log=self.run.data / "valkey.log",
            pid_file=self.run.data / "valkey.pid",
            durable=False,
        )
        child = valkey.child()
        child.start()
        self._children.append(child)
        valkey.wait_ready(child)

    def end(self) -> None:
        self.template.end()
        for child in reversed(self._children):
            child.kill() if child.name == "valkey" else child.stop(20)
        if self.run.is_owner:
            forget(self.run)
        else:
            shutil.rmtree(self.run.data, ignore_errors=True)


SERVERS = pytest.StashKey[RunServers]()


def pytest_configure(config: pytest.Config) -> None:
    browsers.insist_where_required()
    config.stash[SERVERS] = RunServers(prepare())


def pytest_sessionstart(session: pytest.Session) -> None:
    # The xdist controller runs no test itself: it starts what its workers will ask for, while they collect.
    if getattr(session.config.option, "numprocesses", None) and not session.config.option.collectonly:
        session.config.stash[SERVERS].begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if servers := config.stash.get(SERVERS, None):
        servers.end()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`db` and `django_db` are one thing; live tests run one after another on one worker, browser tests on one too."""
    browsers.leave_out_without_browser(config, items)
    for item in items:
        uses_database = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or uses_database:
            item.add_marker("db")
        elif item.get_closest_marker("db"):
            item.add_marker("django_db")
        for group in GROUPS:
            if item.get_closest_marker(group):
                item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """The groups hold only if xdist wrote them into the ids; with pytest 9.2 and xdist 3.8 it silently did not."""
    if not getattr(session.config.option, "loadgroup", False):
        return
    for item in session.items:
        if item.get_closest_marker("xdist_group") and "@" not in item.nodeid.rpartition("]")[2]:
            raise pytest.UsageError(f"{item.nodeid} is in a group that this pytest-xdist does not keep together.")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    browsers.hear_worker(node)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    browsers.say_left_out(terminalreporter, config)


@pytest.fixture(scope="session")
def test_run(request: pytest.FixtureRequest) -> TestRun:
    """The addresses of this process."""
    return request.config.stash[SERVERS].run


@pytest.fixture(scope="session")
def template_database(request: pytest.FixtureRequest) -> Template:
    """The migrated template, ready to be cloned."""
    servers = request.config.stash[SERVERS]
    servers.begin()
    servers.template.wait()
    return servers.template


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    template_database: Template,
) -> Iterator[None]:
    """Replaces pytest-django's: no creation, no migration, just the clone that the settings already name."""
    name = request.config.stash[SERVERS].run.database
    template_database.clone(name)
    patch = pytest.MonkeyPatch()

    def clone_anew(_: TransactionTestCase) -> None:
        connections.close_all()
        template_database.clone(name)

    patch.setattr(TransactionTestCase, "_fixture_teardown", clone_anew)
    yield
    patch.undo()
    with django_db_blocker.unblock():
        connections.close_all()
    template_database.drop(name)


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """The address of this process's Valkey, which runs."""
    servers = request.config.stash[SERVERS]
    servers.start_valkey()
    return servers.run.redis_url


@pytest.fixture(scope="session")
def _redis_client(redis_url: str) -> Iterator["redis.Redis"]:
    client = redis.Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _empty_valkey(request: pytest.FixtureRequest) -> None:
    """Every test but a `unit` one starts with an empty Valkey: no limits used up, nothing cached."""
    if request.node.get_closest_marker("unit") is None:
        request.getfixturevalue("_redis_client").flushdb()


class Clock:
    """The database's clock, for tests: `kernel_now()` and everything that follows it."""

    def advance(self, by: timedelta) -> datetime:
        """Moves the clock; inside the test's transaction, so that it moves back with the rollback. The new time."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE kernel_test_clock SET shift = shift + %s * interval '1 second'", [by.total_seconds()]
            )
        return self.now()

    def now(self) -> datetime:
        with connection.cursor() as cursor:
            cursor.execute("SELECT kernel_now()")
            row: tuple[datetime] = cursor.fetchone()
        return row[0]


@pytest.fixture
def clock(db: None) -> Clock:
    return Clock()


def share_of_long() -> float:
    """How much of a soak or of a long table to run: 1 with `make test-long`, a tenth in `make test`."""
    return float(os.environ.get("ACCORD_TEST_LONG", "0.1"))


@pytest.fixture(scope="session")
def long_share() -> float:
    return share_of_long()


@pytest.fixture
def other_connection(db: None, test_run: TestRun) -> Iterator["psycopg.Connection"]:
    """A second connection to the test's database, in autocommit: what another process would see."""
    with psycopg.connect(test_run.database_url, autocommit=True) as second:
        yield second
