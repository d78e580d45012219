"""The parent's side: starts the warm server when first needed or told, hands it jobs, reads the answers.

Safe to call from any thread of any process, also from the children of Celery's prefork pool and after a fork: each process
has its own server. A server that was killed is started again; a job lost with it is done once more.
"""

import contextlib
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from documents.adapters.sandbox.limits import JobFailedError, JobKilledError, Limits, SandboxError

log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[3]
DEFAULT = Limits()
GRACE_SECONDS = 5.0
START_SECONDS = 60.0
AT_ONCE = max(2, (os.cpu_count() or 2))
LANES = ("looking", "making")


class _ServerGoneError(SandboxError):
    """The warm server died; the job may be tried again on a new one."""


@dataclass
class _Handle:
    control: socket.socket
    process: "subprocess.Popen[bytes]"


@dataclass
class _Lane:
    """Jobs of one kind, AT_ONCE of them at work: what makes documents never waits for what looks at files, nor it for them."""

    slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        with self.lock:
            self.asked += 1
        try:
            with self.slots:
                yield
        finally:
            with self.lock:
                self.asked -= 1


@dataclass
class _State:
    """This process's server. Never shared across a fork: `owner` tells."""

    owner: int = 0
    handle: _Handle | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    lanes: "dict[str, _Lane]" = field(default_factory=lambda: {name: _Lane() for name in LANES})


_state = _State()
_preloaded: list[str] = []


def _forget_after_fork() -> None:
    global _state
    inherited = _state.handle
    if inherited is not None:
        with contextlib.suppress(OSError):
            inherited.control.close()  # else the parent's server would not notice the parent's end
    _state = _State()


os.register_at_fork(after_in_child=_forget_after_fork)


def preload(module: str) -> None:
    """Have servers started from now on import `module`, whose functions jobs name. It must not import Django."""
    if module not in _preloaded:
        _preloaded.append(module)


def start_early() -> threading.Thread:
    """Begin this process's server beside whatever else it does, so that its first job finds the engines warm.

    A job that comes sooner waits for this very start. If the start fails the log says so, and the first job tries again.
    """
    thread = threading.Thread(target=_start_early, name="sandbox-start", daemon=True)
    thread.start()
    return thread


def _start_early() -> None:
    try:
        _server()
    except (SandboxError, OSError):
        log.exception("The rendering server did not start early; the first job will start it.")


def run(
    job: str,
    arguments: dict[str, Any],
    *,
    limits: Limits = DEFAULT,
    file: BinaryIO | None = None,
    lane: str = "looking",
) -> Any:
    """Run `package.module:function` with `arguments` in a confined child and return its plain value.

    `file`, if given, must be a real file (it has a descriptor); the function gets it as `file=`, positioned at the start.
    Raises JobKilledError (time, memory, crash, answer too large) and JobFailedError (the function raised).
    """
    message = msgspec.msgpack.encode({"job": job, "arguments": arguments})
    with _state.lanes[lane].turn():
        try:
            return _attempt(message, limits, file)
        except _ServerGoneError:
            return _attempt(message, limits, file)


def waiting(lane: str) -> int:
    """How many jobs of this process wait for a place among the AT_ONCE of their lane that run."""
    return max(0, _state.lanes[lane].asked - AT_ONCE)


def shut_down() -> None:
    """End this process's server, if it has one."""
    with _state.lock:
        _discard(_state.handle)
        _state.handle = None


def server_pid() -> int:
    """The process id of this process's server, starting it if needed."""
    return _server().process.pid


def _attempt(message: bytes, limits: Limits, file: BinaryIO | None) -> Any:
    handle = _server()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    report, report_end = os.pipe2(os.O_CLOEXEC)
    with ours, theirs, open(report, "rb", buffering=0) as reported:
        descriptors = [theirs.fileno(), report_end]
        if file is not None:
            file.flush()
            os.lseek(file.fileno(), 0, os.SEEK_SET)  # the descriptor itself: seek() may only move within a buffer
            descriptors.append(file.fileno())
        header = msgspec.msgpack.encode(
            {
                "wall_seconds": limits.wall_seconds,
                "cpu_seconds": limits.cpu_seconds,
                "memory_bytes": limits.memory_bytes,
            }
        )
        try:
            socket.send_fds(handle.control, [header], descriptors)
        except OSError as error:
            raise _lost(handle) from error
        finally:
            os.close(report_end)
        theirs.close()
        deadline = time.monotonic() + limits.wall_seconds + GRACE_SECONDS
        answer = _exchange(ours, message, limits.answer_bytes, deadline)
        ending = _ending(reported, deadline)
    return _value(answer, ending, handle)


def _exchange(channel: socket.socket, message: bytes, most: int, deadline: float) -> bytes:
    """Send the job, read the answer until the child closes. What is missing shows in the child's ending."""
    parts: list[bytes] = []
    size = 0
    try:
        channel.settimeout(max(0.1, deadline - time.monotonic()))
        channel.sendall(len(message).to_bytes(8, "big") + message)
        while True:
            channel.settimeout(max(0.1, deadline - time.monotonic()))
            part = channel.recv(1 << 20)
            if not part:
                return b"".join(parts)
            size += len(part)
            if size > most:
                raise JobKilledError("answer", f"The answer is larger than {most} bytes.")
            parts.append(part)
    except TimeoutError as error:
        raise JobKilledError("time", "The job took too long.") from error
    except OSError:
        return b"".join(parts)


def _ending(reported: Any, deadline: float) -> str:
    ready, _, _ = select.select([reported], [], [], max(0.1, deadline - time.monotonic()))
    return reported.read(32).decode() if ready else "time"


def _value(answer: bytes, ending: str, handle: _Handle) -> Any:
    if ending == "time":
        raise JobKilledError("time", "The job took too long.")
    if ending == "":
        raise _lost(handle)
    try:
        reply = msgspec.msgpack.decode(answer)
    except msgspec.DecodeError as error:
        raise JobKilledError("crash", "The job crashed.") from error
    if "error" in reply:
        kind, detail = reply["error"]
        if kind == "MemoryError":
            raise JobKilledError("memory", detail)
        raise JobFailedError(kind, detail)
    return reply["value"]


def _lost(handle: _Handle) -> _ServerGoneError:
    with _state.lock:
        if _state.handle is handle:
            _discard(handle)
            _state.handle = None
    return _ServerGoneError("The rendering server ended.")


def _discard(handle: _Handle | None) -> None:
    if handle is None:
        return
    handle.control.close()
    with contextlib.suppress(OSError):
        handle.process.kill()
    handle.process.wait()


def _server() -> _Handle:
    with _state.lock:
        if _state.handle is not None and _state.handle.process.poll() is None:
            return _state.handle
        _discard(_state.handle)
        _state.handle = _start()
        return _state.handle


def _start() -> _Handle:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "documents.adapters.sandbox.server", str(theirs.fileno()), str(os.getpid())]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, *_preloaded],
            cwd=PROJECT,
            env=_environment(),
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    handle = _Handle(control=ours, process=process)
    ours.settimeout(START_SECONDS)
    try:
        is_ready = ours.recv(16) != b""
    except OSError:
        is_ready = False
    if not is_ready:
        _discard(handle)
        raise SandboxError("The rendering server did not start.")
    return handle


def _environment() -> dict[str, str]:
    """Almost nothing: no secret of the deployment, only our fonts, and nothing that differs between two runs."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",
        "FONTCONFIG_FILE": str(PROJECT / "static" / "fonts" / "fonts.conf"),
        **({"LD_LIBRARY_PATH": os.environ["LD_LIBRARY_PATH"]} if "LD_LIBRARY_PATH" in os.environ else {}),
    }
