"""Keeps children alive: one that dies is started again, after a pause that grows while it keeps dying."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from kernel.servers.errors import LaunchError
from kernel.servers.processes import Child

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
SETTLED_SECONDS = 60.0
TOO_OFTEN = 3
STOP_SECONDS = 6.0


@dataclass
class _Watch:
    child: Child
    started_at: float
    deaths: int = 0
    due_at: float | None = None


class Supervisor:
    """Runs in the launcher's main thread, which alone starts children (their death signal hangs on that thread)."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._watches: list[_Watch] = []
        self.is_starting = True

    def adopt(self, child: Child) -> None:
        """Watches a child that already runs."""
        self._watches.append(_Watch(child, time.monotonic()))

    def start(self, child: Child) -> None:
        child.start()
        self.adopt(child)

    def tick(self) -> None:
        """Looks once at every child. LaunchError when, before everything was ready, one dies again and again."""
        for watch in self._watches:
            if watch.due_at is not None:
                if time.monotonic() >= watch.due_at:
                    watch.due_at = None
                    watch.started_at = time.monotonic()
                    watch.child.start()
            elif not watch.child.is_running:
                self._note_death(watch)

    def _note_death(self, watch: _Watch) -> None:
        child, process = watch.child, watch.child.process
        if process is None:
            return
        child.kill()  # what it left in its session
        _forget_metrics(process.pid)
        if time.monotonic() - watch.started_at > SETTLED_SECONDS:
            watch.deaths = 0
        watch.deaths += 1
        if self.is_starting and watch.deaths >= TOO_OFTEN:
            raise LaunchError(
                f"{child.name} ended {watch.deaths} times while Accord was starting; its log is {child.log}.\n"
                f"{child.last_words()}"
            )
        pause = min(FIRST_PAUSE * 2 ** (watch.deaths - 1), LONGEST_PAUSE)
        watch.due_at = time.monotonic() + pause
        self._say(f"{child.name} ended ({_how(process.returncode)}); starting it again in {pause:g} s.")
        if watch.deaths >= TOO_OFTEN:
            self._say(child.last_words())

    def stop(self, names: tuple[str, ...]) -> None:
        """Ends the named children: all are asked at once, then waited for in turn."""
        children = [watch.child for watch in self._watches if watch.child.name in names]
        self._watches = [watch for watch in self._watches if watch.child.name not in names]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            child.wait_stopped(max(0.1, deadline - time.monotonic()))


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"


def _forget_metrics(pid: int) -> None:
    """A dead process has no open sockets: its live gauges leave /metrics."""
    from prometheus_client.multiprocess import mark_process_dead

    with contextlib.suppress(KeyError, OSError):  # no PROMETHEUS_MULTIPROC_DIR in this process
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
