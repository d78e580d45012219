"""The warm server: holds the engines in memory and forks one confined child per job.

Started by `client` as `python -m documents.adapters.sandbox.server <control fd> <parent pid> [module …]` with an almost
empty environment: no secret of the deployment is ever in its memory. It is single-threaded and imports no Django.

For each job the control socket (SOCK_SEQPACKET) brings the limits and two or three descriptors: the channel on which the child reads
the job and writes the answer, a pipe on which the server reports how the child ended, and, if the job has one, the file.
The server ends with its parent: it watches a pidfd, because PR_SET_PDEATHSIG fires when the *thread* that started
it ends, and web servers' threads come and go.
"""

import contextlib
import importlib
import io
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from documents.adapters.sandbox.confine import ConfinementError, confine, die_with_parent, readable_paths

LENGTH_BYTES = 8
READY = b"ready"
BUILT_IN = (
    "documents.adapters.jobs.rendering",
    "documents.adapters.jobs.inspection",
    "documents.adapters.jobs.thumbnails",
    "documents.adapters.jobs.pages",
)


@dataclass
class Running:
    """A child at work and the moment it is killed at."""

    deadline: float
    report: int
    ending: str = ""


class Server:
    """One parent's warm engines."""

    def __init__(self, control: socket.socket, parent: int) -> None:
        self.control = control
        self.parent = parent
        self.running: dict[int, Running] = {}
        self.selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Take jobs until the parent closes the control socket or dies."""
        self.selector.register(self.control, selectors.EVENT_READ, "control")
        with contextlib.suppress(OSError):
            self.selector.register(os.pidfd_open(self.parent), selectors.EVENT_READ, "parent")
        wakeup, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(wakeup, selectors.EVENT_READ, "child")
        while os.getppid() == self.parent:
            for key, _ in self.selector.select(self._patience()):
                if key.data == "parent" or (key.data == "control" and not self._take_job()):
                    self._kill_all()
                    return
                if key.data == "child":
                    with contextlib.suppress(BlockingIOError):
                        os.read(wakeup, 4096)
            self._kill_overdue()
            self._reap()
        self._kill_all()

    def _patience(self) -> float:
        soonest = min((job.deadline for job in self.running.values() if not job.ending), default=time.monotonic() + 1.0)
        return max(0.0, min(1.0, soonest - time.monotonic()))

    def _take_job(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, 4096, 3)
        except OSError:
            return False
        if not message:
            return False
        header = msgspec.msgpack.decode(message)
        channel, report, *attached = descriptors
        pid = os.fork()
        if pid == 0:
            self._become_child(header, channel, report, attached)
        for descriptor in (channel, *attached):
            os.close(descriptor)
        self.running[pid] = Running(deadline=time.monotonic() + header["wall_seconds"], report=report)
        return True

    def _become_child(self, header: dict[str, Any], channel: int, report: int, attached: Sequence[int]) -> NoReturn:
        """The child: confine, answer, leave. Never returns into the server's loop."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with_parent(self.server_pid)
            self.control.close()
            self.selector.close()
            for descriptor in (report, *(job.report for job in self.running.values())):
                os.close(descriptor)
            answer(header, channel, attached[0] if attached else None)
            code = 0
        finally:
            os._exit(code)

    @property
    def server_pid(self) -> int:
        return SERVER_PID

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for pid, job in self.running.items():
            if job.deadline <= now and not job.ending:
                job.ending = "time"
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self.running:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self.running.pop(pid, None)
            if job is None:
                continue
            with contextlib.suppress(OSError):
                os.write(job.report, (job.ending or ending_of(status)).encode())
            os.close(job.report)

    def _kill_all(self) -> None:
        for pid in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def ending_of(status: int) -> str:
    """How a child ended: `done`, `time` (processor limit) or `crash`."""
    if os.WIFSIGNALED(status):
        return "time" if os.WTERMSIG(status) == signal.SIGXCPU else "crash"
    return "done" if os.WEXITSTATUS(status) == 0 else "crash"


def answer(header: dict[str, Any], channel: int, attached: int | None) -> None:
    """Read the job, confine this process, do it and write `{"value": …}` or `{"error": …}`."""
    with open(channel, "rb", buffering=0, closefd=False) as stream:
        # The job came from our own parent: only its *contents* are hostile.
        job = msgspec.msgpack.decode(read_exactly(stream, int.from_bytes(read_exactly(stream, LENGTH_BYTES), "big")))
    try:
        module, _, name = job["job"].partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        confine(memory_bytes=header["memory_bytes"], cpu_seconds=header["cpu_seconds"], readable=readable_paths())
        arguments = dict(job["arguments"])
        if attached is not None:
            arguments["file"] = os.fdopen(attached, "rb")
        reply = {"value": function(**arguments)}
    except ConfinementError as error:
        reply = {"error": ["ConfinementError", str(error)]}
    except MemoryError:
        reply = {"error": ["MemoryError", "The job needed more memory than it may have."]}
    except RecursionError:
        reply = {"error": ["RecursionError", "The input is nested too deeply."]}
    except Exception as error:
        reply = {"error": [type(error).__name__, str(error)[:500]]}
    encoded = memoryview(msgspec.msgpack.encode(reply))
    while encoded:
        encoded = encoded[os.write(channel, encoded) :]


def read_exactly(stream: io.FileIO, count: int) -> bytes:
    """`count` bytes; EOFError when the parent went away in the middle."""
    parts: list[bytes] = []
    while count:
        part = stream.read(min(count, 1 << 20))
        if not part:
            raise EOFError("The parent closed the channel.")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


SERVER_PID = os.getpid()


@contextlib.contextmanager
def ending_with(parent: int) -> Iterator[None]:
    """While this process has no loop that watches the parent yet: a thread that does. It is gone again before the first fork."""
    stop, done = os.pipe2(os.O_CLOEXEC)
    watcher = threading.Thread(target=_end_with, args=(parent, stop), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.close(done)
        watcher.join()
        os.close(stop)


def _end_with(parent: int, stop: int) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(stop, selectors.EVENT_READ)
        with contextlib.suppress(OSError):  # the parent has ended already: the next line sees it
            selector.register(os.pidfd_open(parent), selectors.EVENT_READ, "parent")
        if os.getppid() != parent or any(key.data == "parent" for key, _ in selector.select()):
            os._exit(1)


def main(arguments: Sequence[str]) -> None:
    control, parent = socket.socket(fileno=int(arguments[0])), int(arguments[1])
    with ending_with(parent):
        for module in (*BUILT_IN, *arguments[2:]):
            importlib.import_module(module)
        for module in (*BUILT_IN, *arguments[2:]):
            if warm_up := getattr(sys.modules[module], "warm_up", None):
                warm_up()
    control.send(READY)
    Server(control, parent).serve()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; we end with it
    main(sys.argv[1:])
