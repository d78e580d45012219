"""A ceiling on request bodies for the ASGI process.

Django spools a whole body to disk before any view or middleware of its own sees the request; this stops reading at the limit and
answers 413, whether the length was declared or the body comes in chunks. (Behind WSGI the server and the proxy do it.)
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class _TooLargeError(Exception):
    """More came than is taken."""


class BodyLimit:
    """Wraps an ASGI application; HTTP bodies above `limit` bytes are refused with a 413 problem (RFC 9457)."""

    def __init__(self, application: Application, *, limit: int) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if self._declared(scope) > self._limit:
            await self._refuse(send)
            return
        seen, answered = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._application(scope, counted, noted)
        except _TooLargeError:
            if not answered:
                await self._refuse(send)

    @staticmethod
    def _declared(scope: MutableMapping[str, Any]) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    async def _refuse(self, send: Send) -> None:
        megabytes = self._limit // (1024 * 1024)
        body = orjson.dumps(
            {
                "type": "about:blank",
                "title": "Too large",
                "status": 413,
                "detail": f"The request is larger than the {megabytes} MB that are taken here. Send a smaller file.",
                "instance": "",
                "code": "too_large",
                "request_id": "",
            }
        )
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})
