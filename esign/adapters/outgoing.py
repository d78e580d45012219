"""Small requests to time-stamping authorities, revocation lists and OCSP responders: bounded in time and size, no redirects."""

import http.client
import time
from urllib.parse import urlsplit

SECONDS = 5.0
USER_AGENT = "Accord"


class OutgoingError(Exception):
    """No usable answer. Its text names the kind of trouble, never the address or the body."""


def fetch(
    url: str,
    *,
    body: bytes | None = None,
    content_type: str = "",
    accept: str = "*/*",
    largest: int,
    seconds: float = SECONDS,
) -> bytes:
    """The body of a 200 answer, within `seconds` altogether (also from a server that drips) and `largest` bytes."""
    deadline = time.monotonic() + seconds
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OutgoingError("address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=seconds)
    headers = {"Accept": accept, "User-Agent": USER_AGENT, "Connection": "close"}
    if body is not None:
        headers["Content-Type"] = content_type
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST" if body is not None else "GET", target, body=body, headers=headers)
        _hurry(connection, deadline)
        answer = connection.getresponse()
        if answer.status != 200:
            raise OutgoingError(f"status {answer.status}")
        return _read(connection, answer, largest, deadline)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutgoingError(type(error).__name__) from error
    finally:
        connection.close()


def _read(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, largest: int, deadline: float
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        _hurry(connection, deadline)
        part = answer.read1(65_536)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > largest:
            raise OutgoingError("too large")
        parts.append(part)


def _hurry(connection: http.client.HTTPConnection, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutgoingError("too slow")
    if connection.sock is not None:
        connection.sock.settimeout(left)
