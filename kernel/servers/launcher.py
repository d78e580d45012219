"""`make run`: everything Accord needs on one machine, in order, from one process.

`begin()` runs before Django reads its settings (manage.py calls it for `launch`): data folder, port, servers.
`run()` is the command: migrations, the application's processes, demo data, readiness; then it watches until a signal.
"""

import contextlib
import http.client
import ipaddress
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kernel.servers.errors import LaunchError
from kernel.servers.folder import DataFolder, default_folder
from kernel.servers.processes import Child, tethered
from kernel.servers.services import Services, discover, publish, start_missing
from kernel.servers.supervisor import Supervisor

QUEUES = "default,mail,push,pdf,ai"
# Whoever takes in work stops first; the worker is killed (asked, it would finish its task), its task is taken up again.
APPLICATION = ("web", "mail", "beat", "relay", "worker")
READY_SECONDS = 120.0
ROOT = Path(__file__).resolve().parents[2]


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket for a child to inherit: nobody can take the port between our look and the child's start, and
    clients wait instead of being refused while the child is started again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise LaunchError(
            f"Port {port} of {host} is not free ({error.strerror}): stop what listens there, "
            "or choose another: make run ACCORD_PORT=8001"
        ) from error
    listener.set_inheritable(True)
    return listener


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the launcher talks to the terminal


@dataclass
class Launch:
    """One run of the launcher."""

    folder: DataFolder
    web: socket.socket
    smtp: socket.socket | None
    services: Services
    host: str
    began_at: float
    supervisor: Supervisor = field(default_factory=lambda: Supervisor(say))

    @property
    def port(self) -> int:
        port: int = self.web.getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    # --- before Django ----------------------------------------------------------------------------------------------
    @classmethod
    @contextlib.contextmanager
    def begin(cls) -> Iterator["Launch"]:
        """Claims the data folder and the port and starts PostgreSQL and Valkey; stops them at the end of the block."""
        began_at = time.monotonic()
        folder = DataFolder(default_folder())
        host = os.environ.get("ACCORD_HOST") or "127.0.0.1"
        port = _port()
        if not is_loopback(host):
            raise LaunchError(
                f"ACCORD_HOST={host} is not this machine alone: `make run` prints the demo people's passwords and serves "
                "plain HTTP, so it listens on 127.0.0.1 only. For other hosts see docker-compose.yml."
            )
        folder.claim()
        if (running := discover(folder.path)) and "WEB_URL" in running:
            raise LaunchError(
                f"Accord already runs from {folder.path}, at {running['WEB_URL']}: stop it first, or let a second one "
                "stand beside it with another ACCORD_DATA and ACCORD_PORT."
            )
        busy = f"A command is using the servers of {folder.path}: try again when it has ended."
        with contextlib.ExitStack() as stack:
            stack.enter_context(folder.lock(wait_seconds=15, busy=busy))
            web = stack.enter_context(listen(host, port))
            smtp = None if os.environ.get("SMTP_HOST") else stack.enter_context(listen("127.0.0.1", 0))
            services = start_missing(folder)
            launch = cls(folder, web, smtp, services, host, began_at)
            try:
                os.environ |= launch._environment()
                # It needs seconds to import the application, and is not announced before everything else is there.
                launch.supervisor.start(launch._web())
                yield launch
            finally:
                folder.services_file.unlink(missing_ok=True)
                launch.supervisor.stop(APPLICATION)
                services.stop()

    def _environment(self) -> dict[str, str]:
        metrics = self.folder.path / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir(mode=0o700)
        if self.smtp is not None:
            self.services.extra |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.smtp.getsockname()[1])}
        return {
            **self.services.environment,
            "ACCORD_DATA": str(self.folder.path),
            "ACCORD_HOST": self.host,
            "ACCORD_PORT": str(self.port),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "PYTHONUNBUFFERED": "1",
        }

    # --- the command --------------------------------------------------------------------------------------------------
    def run(self, prepare: Callable[[], None], load: Callable[[], None]) -> None:
        """`prepare` migrates, `load` brings the demo data; returns after a signal, when everything has stopped."""
        supervisor = self.supervisor
        with _signals_as_interrupts():
            try:
                self.services.wait_ready()
                for child in self.services.children:
                    supervisor.adopt(child)
                publish(self.folder, {**self.services.environment, "WEB_URL": self.base_url})
                prepare()
                for child in self._others():
                    supervisor.start(child)
                load()
                self._wait_ready(supervisor)
                self._announce()
                while True:
                    supervisor.tick()
                    time.sleep(0.2)
            except KeyboardInterrupt:
                say("\nStopping …")

    def _web(self) -> Child:
        web = [
            sys.executable,
            "-m",
            "uvicorn",
            "config.asgi:application",
            "--fd",
            str(self.web.fileno()),
            "--lifespan",
            "off",
        ]
        web += ["--no-access-log", "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "2"]
        # Compression keeps two windows of memory per socket; larger frames than this are refused by the protocol itself.
        web += ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", "1048576"]
        return self._child("web", web, inherited=(self.web.fileno(),))

    def _others(self) -> list[Child]:
        python = sys.executable
        worker = [python, "-m", "celery", "-A", "config.celery", "worker", "--queues", QUEUES, "--concurrency", "2"]
        worker += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--hostname", "accord@%h"]
        manage = [python, str(ROOT / "manage.py")]
        children = [
            self._child("worker", worker, stop_signal=signal.SIGKILL),
            self._child("relay", [*manage, "relay"]),
            self._child("beat", [*manage, "beat"], stop_signal=signal.SIGKILL),
        ]
        if self.smtp is not None:
            catcher = [python, "-m", "kernel.mailcatcher", str(self.folder.path / "mail")]
            catcher += ["--fd", str(self.smtp.fileno())]
            children.insert(0, self._child("mail", catcher, inherited=(self.smtp.fileno(),)))
        return children

    def _child(
        self,
        name: str,
        command: list[str],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        inherited: tuple[int, ...] = (),
    ) -> Child:
        return Child(
            name=name,
            command=tethered(command, signal_number=signal.SIGKILL),
            log=self.folder.logs / f"{name}.log",
            environment={**os.environ, "ACCORD_PROCESS": name},
            stop_signal=stop_signal,
            pid_file=self.folder.run / f"{name}.pid",
            folder=ROOT,
            inherited=inherited,
        )

    def _wait_ready(self, supervisor: Supervisor) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            supervisor.tick()
            status, body = self._ask("/readyz")
            if status == 200:
                supervisor.is_starting = False
                return
            if time.monotonic() > deadline:
                raise LaunchError(
                    f"Accord was not ready within {READY_SECONDS:.0f} s; /readyz says: {body[:500] or 'nothing'} "
                    f"(logs: {self.folder.logs})"
                )
            time.sleep(0.1)

    def _ask(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def _announce(self) -> None:
        logins = _demo_logins(self.folder.path / "demo-logins.json")
        pages = {
            "Accord": "/",
            "API": "/api/schema/swagger/",
            "Staff": "/staff/",
            "Admin": "/admin/",
            **({"Caught mail": "/dev/mail/"} if self.smtp is not None else {}),
        }
        lines = [f"\nAccord is ready ({time.monotonic() - self.began_at:.1f} s).\n"]
        lines += [f"  {name:<12} {self.base_url}{path}" for name, path in pages.items()]
        lines += [f"  {'Data':<12} {self.folder.path} (logs in logs/)"]
        if logins:
            lines += ["", "  Demo logins (also in demo-logins.json of the data folder)"]
            lines += [f"    {login['role']:<8} {login['email']:<34} {login['password']}" for login in logins]
        say("\n".join([*lines, "", "Ctrl-C stops everything."]))


def _port() -> int:
    text = os.environ.get("ACCORD_PORT") or "8000"
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise LaunchError(f"ACCORD_PORT must be a port number (0 chooses a free one), not {text!r}.")
    return port


def _demo_logins(path: Path) -> list[dict[str, str]]:
    """The list of {role, email, password} that `loaddemo` left."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [{name: str(login.get(name, "")) for name in ("role", "email", "password")} for login in found]


@contextlib.contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP (the terminal closed) end a run like Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # the end is on its way
