"""A ceiling on request bodies for the ASGI process.

Django spools a whole body to disk before any view or middleware of its own sees the request; this stops reading at the limit and
answers 413, whether the length was declared or the body comes in chunks. (Behind WSGI the server and the proxy do it.)
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from kernel.context import REQUEST_ID
from kernel.ids import new_id
from kernel.logs import mask_path

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
log = logging.getLogger(__name__)
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
            await self._refuse(scope, send)
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
                await self._refuse(scope, send)

    @staticmethod
    def _declared(scope: MutableMapping[str, Any]) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    async def _refuse(self, scope: MutableMapping[str, Any], send: Send) -> None:
        given = _header(scope, b"x-request-id")
        request_id = given if REQUEST_ID.fullmatch(given) else str(new_id())
        with translation.override(_language(scope)):
            detail = _("The request is larger than the %(megabytes)d MB that are taken here. Send a smaller file.")
            problem = {
                "type": "about:blank",
                "title": _("Too large"),
                "status": 413,
                "detail": detail % {"megabytes": self._limit // (1024 * 1024)},
                "instance": mask_path(str(scope.get("path", ""))),
                "code": "too_large",
                "request_id": request_id,
            }
        log.info("body too large", extra={"request_id": request_id, "path": problem["instance"], "status": 413})
        body = orjson.dumps(problem)
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _language(scope: MutableMapping[str, Any]) -> str:
    """What the request's headers ask for; Django's own middleware is not reached."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = _header(scope, b"accept-language")
    return translation.get_language_from_request(request)


def _header(scope: MutableMapping[str, Any], wanted: bytes) -> str:
    """The last header of that name; empty when there is none."""
    return next((value.decode("latin-1") for name, value in reversed(scope["headers"]) if name == wanted), "")
