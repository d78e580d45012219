"""The virus scanner: clamd's INSTREAM command over a Unix or TCP socket (clamd(8)).

`zINSTREAM\\0`, then chunks of a 4-byte big-endian length and the bytes, then a zero length; the answer is one line ending in
NUL: `stream: OK`, `stream: <name> FOUND` or `… ERROR`.
"""

import socket
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

from documents.enums import ScanStatus

CHUNK = 128 * 1024
SECONDS = 60.0


class ScannerDownError(Exception):
    """The scanner does not answer; the file stays pending."""


@dataclass(frozen=True)
class Verdict:
    """What the scanner said; `detail` is the signature's name or the reason."""

    status: ScanStatus
    detail: str


def scan(stream: BinaryIO, address: str = "") -> Verdict:
    """Scan the bytes of `stream`. Raises ScannerDownError."""
    try:
        with _connect(address or settings.CLAMD_SOCKET) as connection:
            try:
                connection.sendall(b"zINSTREAM\0")
                while chunk := stream.read(CHUNK):
                    connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
                connection.sendall(bytes(4))
            except (BrokenPipeError, ConnectionResetError):
                pass  # over clamd's StreamMaxLength: it has answered and hung up
            return _verdict(_answer(connection))
    except OSError as error:
        raise ScannerDownError(str(error)) from error


def answers(address: str = "") -> bool:
    """Whether the scanner says PONG."""
    try:
        with _connect(address or settings.CLAMD_SOCKET) as connection:
            connection.sendall(b"zPING\0")
            return _answer(connection) == "PONG"
    except (OSError, ScannerDownError):
        return False


def _connect(address: str) -> socket.socket:
    """`/run/clamav/clamd.ctl`, `unix:/path` or `host:port`."""
    if address.startswith(("/", "unix:")):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(address.removeprefix("unix:"))
        return connection
    host, _colon, port = address.removeprefix("tcp://").rpartition(":")
    return socket.create_connection((host or "127.0.0.1", int(port)), timeout=SECONDS)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        part = connection.recv(4096)
        if not part:
            break
        answer += part
    if not answer:
        raise ScannerDownError("clamd closed the connection without an answer.")
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(answer: str) -> Verdict:
    body = answer.removeprefix("stream:").strip()
    if body == "OK":
        return Verdict(ScanStatus.CLEAN, "")
    if body.endswith(" FOUND"):
        return Verdict(ScanStatus.INFECTED, body.removesuffix(" FOUND"))
    if "size limit exceeded" in body:
        return Verdict(ScanStatus.UNSCANNABLE, body)
    raise ScannerDownError(body)
