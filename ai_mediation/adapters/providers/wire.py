"""The sockets under the SDKs: bounded as a whole, in time and in bytes.

The SDKs' own timeouts hold for one read each: a server that sends a byte now and then could keep a caller for hours, and a body is
read whatever its size. Here everything that one call reads and writes counts against one allowance.
"""

import logging
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import httpcore2
import httpx2

MOST_BYTES: Final = 2 * 1024 * 1024
_WAIT: Final = 3600.0
logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request; ours say more


class Allowance:
    """What one call may still use. Enter it on whichever thread does the next step."""

    def __init__(self, seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self._until = time.monotonic() + seconds
        self._bytes = most_bytes
        self.is_over_size = False

    @property
    def seconds(self) -> float:
        return self._until - time.monotonic()

    @contextmanager
    def used(self) -> Iterator[None]:
        before = getattr(_here, "allowance", None)
        _here.allowance = self
        try:
            yield
        finally:
            _here.allowance = before

    def timeout(self, wanted: float | None, error: type[Exception]) -> float:
        if self.seconds <= 0:
            raise error("The time for this call is over.")
        return min(self.seconds, wanted if wanted is not None else _WAIT)

    def take(self, count: int) -> None:
        self._bytes -= count
        if self._bytes < 0:
            self.is_over_size = True
            raise httpcore2.ReadError("The answer is larger than any answer may be.")


_here = threading.local()


def _timeout(wanted: float | None, error: type[Exception]) -> float | None:
    allowance: Allowance | None = getattr(_here, "allowance", None)
    return wanted if allowance is None else allowance.timeout(wanted, error)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        read = self._inner.read(max_bytes, _timeout(timeout, httpcore2.ReadTimeout))
        allowance: Allowance | None = getattr(_here, "allowance", None)
        if allowance is not None:
            allowance.take(len(read))
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _timeout(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        allowed = _timeout(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, allowed))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        allowed = _timeout(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, allowed, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore2.ConnectTimeout as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except httpcore2.ConnectError as error:
        raise httpx2.ConnectError(str(error)) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise httpx2.ReadError(str(error)) from error


class _Body(httpx2.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


@cache
def _certificates() -> ssl.SSLContext:
    """Whom we believe: read once in a process, for all clients; it takes longer than a call."""
    return httpx2.create_ssl_context()


class BoundedTransport(httpx2.BaseTransport):
    """HTTP/1.1 over pooled connections, every read and write within the allowance of the thread that makes it."""

    def __init__(self) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=200,
            max_keepalive_connections=50,
            keepalive_expiry=30,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        stream = request.stream
        if not isinstance(stream, Iterable):
            raise httpx2.LocalProtocolError("Only plain bodies are sent.")
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = httpcore2.Request(
            request.method, target, headers=request.headers.raw, content=stream, extensions=request.extensions
        )
        with _as_httpx():
            answer = self._pool.handle_request(sent)
        response = httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()  # nobody asked for compression; what unfolds from it would not be counted
            raise httpx2.DecodingError("The answer is compressed.", request=request)
        return response

    def close(self) -> None:
        self._pool.close()


def http_client() -> httpx2.Client:
    """The client to hand to an SDK."""
    return httpx2.Client(transport=BoundedTransport(), headers={"Accept-Encoding": "identity"}, follow_redirects=False)
