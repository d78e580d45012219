"""What every socket needs: who calls, from where, and an answer for addresses that lead nowhere."""

from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from kernel.ratelimit import client_address

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


async def refuse_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse the handshake (the server answers 403)."""
    await receive()
    await send({"type": "websocket.close"})


def header(scope: Scope, name: bytes) -> str:
    """The first header of that (lower-case) name; empty when there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def address_of(scope: Scope) -> str:
    """The address that limits count by, seen through the trusted proxies like that of a request."""
    request = HttpRequest()
    request.META = {
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "HTTP_X_FORWARDED_FOR": header(scope, b"x-forwarded-for"),
    }
    return client_address(request)


def page_session_of(scope: Scope) -> str:
    """The browser's session key, if the socket was opened by one of our own pages; else empty.

    A browser sends its cookies along for every page of the world that opens a socket here, so only the Origin header (RFC 6455,
    section 10.2) tells whether it was ours.
    """
    host, origin = header(scope, b"host"), header(scope, b"origin")
    if not origin or not _is_ours(host, origin):
        return ""
    try:
        cookies = SimpleCookie(header(scope, b"cookie"))
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel is not None else ""


def _is_ours(host: str, origin: str) -> bool:
    domain, _port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or (["localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    if not domain or not validate_host(domain, allowed):
        return False
    parts = urlsplit(origin)
    return parts.netloc.lower() == host.lower() or origin in settings.CSRF_TRUSTED_ORIGINS
