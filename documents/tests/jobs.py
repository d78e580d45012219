"""Jobs that misbehave, for the sandbox's tests. Run in the killable child; no Django here."""

import ctypes
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO


def echo(*, value: Any) -> Any:
    return value


def read_all(*, file: BinaryIO) -> bytes:
    return file.read()


def errno_of(attempt: Callable[[], object]) -> int:
    """0 when it worked."""
    try:
        attempt()
    except OSError as error:
        return error.errno or -1
    return 0


def attempts() -> dict[str, int]:
    """What a hostile input that took over the child would try."""
    io_uring_setup = 425
    libc = ctypes.CDLL(None, use_errno=True)

    def system_call(number: int, *arguments: int) -> None:
        if libc.syscall(number, *arguments) < 0:
            raise OSError(ctypes.get_errno(), "")

    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    return {
        "inet": errno_of(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        "inet6": errno_of(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)),
        "netlink": errno_of(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        "packet": errno_of(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
        "connect": errno_of(lambda: local.connect("/tmp/nobody-listens-here")),
        "bind": errno_of(lambda: local.bind("\0accord-test")),
        "execve": errno_of(lambda: os.execv("/bin/true", ["true"])),
        "fork": errno_of(os.fork),
        "kill": errno_of(lambda: os.kill(os.getppid(), 0)),
        "io_uring": errno_of(lambda: system_call(io_uring_setup, 1, 0)),
        "write": errno_of(lambda: open("/tmp/accord-sandbox-wrote-this", "w").write("x") and None),
    }


def thread_works() -> int:
    """Engines may use threads."""
    seen: list[int] = []
    worker = threading.Thread(target=lambda: seen.append(1))
    worker.start()
    worker.join()
    return len(seen)


def readable(*, path: str) -> bool:
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def environment() -> dict[str, str]:
    return dict(os.environ)


def burn() -> None:
    while True:
        pass


def sleep(*, seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def eat() -> int:
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def crash() -> None:
    ctypes.string_at(0)


def chatter(*, size: int) -> bytes:
    return bytes(size)


def fail() -> None:
    raise ValueError("as asked")


def process_ids() -> tuple[int, int]:
    return os.getpid(), os.getppid()
