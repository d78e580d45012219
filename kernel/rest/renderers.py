"""JSON answers by orjson: ids as strings, decimals as strings, times RFC 3339 in UTC with Z. And the shared,
cacheable ones.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.http import parse_etags
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.clock import as_utc
from kernel.money import Money

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def jsonable(value: Any) -> Any:
    """What orjson does not know itself."""
    if isinstance(value, datetime):
        return as_utc(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Money):
        return value.as_json()
    if isinstance(value, Promise):
        return force_str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("Bytes have no place in JSON; encode them first.")
    if isinstance(value, int):  # beyond 64 bits
        return orjson.Fragment(str(int(value)))
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON.")


def dump_json(data: Any) -> bytes:
    """`data` as the API writes it."""
    try:
        return orjson.dumps(data, default=jsonable, option=OPTIONS)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
        return json.dumps(data, default=jsonable, ensure_ascii=False, separators=(",", ":")).encode()


class JSONRenderer(BaseRenderer):
    """`application/json`. Data that already is bytes goes out as it is (a hot list may have made its own JSON)."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        if isinstance(data, bytes):
            return data
        return dump_json(data)


def etag_of(*parts: object) -> str:
    """A strong ETag from whatever identifies a state of a shared resource: versions, ids, bytes."""
    digest = blake2b(digest_size=12)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part).encode())
        digest.update(b"\x00")
    return f'"{digest.hexdigest()}"'


def shared_answer(
    request: Request, etag: str, data: Any | Callable[[], Any], max_age: int = 300, *, content_type: str | None = None
) -> HttpResponseBase:
    """An answer that is the same for everybody who may ask: ETag, kept `max_age` seconds, 304 when the client has it.

    `data` may be a function, called only when the body is needed; bytes with a `content_type` go out as they are.
    Caches shared by people keep it only when it was asked for without credentials.
    """
    if not etag.startswith(('"', 'W/"')):
        etag = f'"{etag}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponseBase
    if known == ["*"] or etag.removeprefix("W/") in {item.removeprefix("W/") for item in known}:
        response = HttpResponseNotModified()
    else:
        body = data() if callable(data) else data
        response = Response(body) if content_type is None else HttpResponse(body, content_type=content_type)
    identified = "Authorization" in request.headers or bool(request.COOKIES)
    response["ETag"] = etag
    response["Cache-Control"] = f"{'private' if identified else 'public'}, max-age={max_age}"
    response["Vary"] = "Accept, Accept-Language, Authorization, Cookie"
    return response
