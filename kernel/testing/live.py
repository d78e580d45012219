"""Real processes for `live` tests: the launcher itself, on a clone of the template and with a Valkey of its own.

One stack serves a module. Its data folder holds the run's keys, so tokens and seals made here are good there. The test's
own Django connection does not point at it: ask over HTTP, or with `stack.sql`.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kernel.servers.processes import start_time
from kernel.servers.services import discover
from kernel.testing.environment import DATABASE, REDIS, RUN, TestRun, with_database
from kernel.testing.template import ROOT, Template


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class LiveStack:
    """A running Accord: web, worker, relay, beat and mail catcher under their launcher."""

    data: Path
    database_url: str
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return self.services["WEB_URL"]

    @property
    def services(self) -> dict[str, str]:
        found = discover(self.data)
        if found is None:
            raise AssertionError(f"The launcher is gone:\n{self.output()}")
        return found

    @property
    def log(self) -> Path:
        """What the launcher says; beside its data folder, which holds nothing foreign."""
        return self.data.with_name(f"{self.data.name}-launcher.log")

    def start(self, *, seconds: float = 180) -> None:
        """Returns when it says that it is ready."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own launcher
                [sys.executable, str(ROOT / "manage.py"), "launch", "--without-demo"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until(lambda: "Accord is ready" in self.output() or self._has_ended(), seconds=seconds)
        if self._has_ended():
            raise AssertionError(f"The launcher ended:\n{self.output()}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends the launcher; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        return self.process.wait(60)

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def pid(self, name: str) -> int:
        """Of one child: postgres, valkey, web, worker, beat, relay or mail."""
        return int((self.data / "run" / f"{name}.pid").read_text(encoding="ascii"))

    def pids(self) -> dict[str, int]:
        return {path.stem: int(path.read_text(encoding="ascii")) for path in (self.data / "run").glob("*.pid")}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Kills one child; returns the pid it had."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def wait_restarted(self, name: str, old_pid: int, *, seconds: float = 60) -> int:
        """Waits until a new process has the name."""
        self.wait_until(lambda: self.pid(name) != old_pid and start_time(self.pid(name)) is not None, seconds=seconds)
        return self.pid(name)

    def wait_until(self, holds: Callable[[], Any], *, seconds: float = 30) -> Any:
        """The first true value of `holds()`; AssertionError with the launcher's words when it stays false."""
        deadline = time.monotonic() + seconds
        while True:
            if value := holds():
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"Did not come true within {seconds:.0f} s. The launcher says:\n{self.output()}")
            time.sleep(0.1)

    def request(
        self, method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None, seconds: float = 30
    ) -> Answer:
        """One HTTP request; `body` is sent as JSON unless it is bytes."""
        host, _, port = self.base_url.removeprefix("http://").rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=seconds)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            kind = {} if body is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
            connection.request(method, path, body=content, headers={**kind, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        try:
            return self.request("GET", "/readyz", seconds=5).status == 200
        except OSError:
            return False

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        """Caught mails, newest first."""
        mails: list[dict[str, Any]] = self.request("GET", f"/dev/mail.json?to={to}").json
        return mails

    def sql(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Asks the stack's database, in autocommit."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def advance_clock(self, by: timedelta) -> None:
        """Moves `kernel_now()` for every process of the stack."""
        self.sql("UPDATE kernel_test_clock SET shift = shift + %s", (by,))

    def _has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def stack_environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a launcher of its own: nothing of the test process's addresses."""
    dropped = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR", RUN, DATABASE, REDIS}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "ACCORD_ENV": "dev", "ACCORD_DATA": str(data), "ACCORD_PORT": "0", **more}


@pytest.fixture(scope="module")
def live_server_stack(
    request: pytest.FixtureRequest, test_run: TestRun, template_database: Template
) -> Iterator[LiveStack]:
    """A running Accord for the tests of one module: `make run` without demo people, with a generous anonymous limit."""
    name = f"{test_run.database}_live"
    template_database.clone(name)
    data = test_run.folder / f"{test_run.worker}-live-{request.module.__name__.rpartition('.')[2]}"
    data.mkdir(mode=0o700)
    (data / "secrets").symlink_to(test_run.folder / "secrets")
    database_url = with_database(test_run.server_url, name)
    stack = LiveStack(
        data, database_url, stack_environment(data, DATABASE_URL=database_url, ACCORD_ANON_RATE="10000/min")
    )
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        template_database.drop(name)
