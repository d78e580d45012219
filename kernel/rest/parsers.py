"""JSON bodies by orjson, strictly: one object, UTF-8, no NaN, no doubled names, no abyss of nesting, no more than the
limit.
"""

import json
from collections.abc import Mapping
from typing import IO, Any, Never

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from kernel.errors import FieldError, ValidationFailedError

DEEPEST = 32


class JSONParser(BaseParser):
    """`application/json` to a dict. Raises ValidationFailedError (400) saying what is wrong, RequestDataTooBig (→
    413).
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return load_object(_read_limited(stream))


def _read_limited(stream: IO[Any]) -> bytes:
    limit: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None:
        return bytes(stream.read())
    declared = getattr(stream, "META", {}).get("CONTENT_LENGTH") or "0"
    if str(declared).isdigit() and int(declared) > limit:
        raise RequestDataTooBig(f"The body has {declared} bytes; {limit} are taken.")
    body = bytes(stream.read(limit + 1))
    if len(body) > limit:
        raise RequestDataTooBig(f"The body has more than {limit} bytes.")
    return body


def load_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises ValidationFailedError."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _refuse("invalid_json", _("The body is not valid JSON: %(reason)s.") % {"reason": str(error).rstrip(".")})
    if not isinstance(value, dict):
        _refuse("not_an_object", _('The body must be a JSON object, such as {"name": "value"}.'))
    if body.count(b"{") + body.count(b"[") > DEEPEST and _depth_exceeds(value, DEEPEST):
        _refuse("too_deep", _("The JSON is nested more than %(levels)s levels deep.") % {"levels": DEEPEST})
    _refuse_doubled_names(body)
    return value


def _depth_exceeds(value: Any, levels: int) -> bool:
    layer = [value]
    for _level in range(levels):
        layer = [
            child
            for parent in layer
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not layer:
            return False
    return True


def _refuse_doubled_names(body: bytes) -> None:
    """Two readers of `{"a": 1, "a": 2}` may see two things (RFC 8259, 4): nobody signs or pays on such a body."""

    def pairs(items: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _value in items:
            if name in seen:
                _refuse("doubled_name", _('The name "%(name)s" stands twice in one object.') % {"name": name[:80]})
            seen.add(name)

    json.loads(body, object_pairs_hook=pairs, parse_int=_ignore, parse_float=_ignore)


def _ignore(_text: str) -> None:
    """Numbers were read by orjson; here only names count."""


def _refuse(code: str, detail: str) -> Never:
    raise ValidationFailedError(detail, errors=[FieldError("", code, detail)])
