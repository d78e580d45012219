"""Keyset pagination: a page costs the same wherever it is, and rows that come or go move nothing.

A cursor is opaque and signed: its values are compared with columns, and unsigned ones would let a caller search for
values of columns that the list orders by but does not show.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Never
from uuid import UUID

import orjson
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from kernel.clock import as_utc
from kernel.errors import FieldError, ValidationFailedError

SIGNATURE_BYTES = 12
LONGEST_CURSOR = 1000


@dataclass(frozen=True)
class _Position:
    """Where a page begins: just after the row with these values, read forwards or backwards."""

    backwards: bool
    values: tuple[Any, ...]


class KeysetPagination(BasePagination):
    """Pages over `view.keyset`, for example `("-created_at", "-id")`: never null, and together unique.

    `?limit=` is 1..100 (default 50). Rows may be model instances, dicts (`values()`) or named tuples; annotations may
    be ordered by. One statement a page.
    """

    default_limit = 50
    max_limit = 100
    cursor_query_param = "cursor"
    limit_query_param = "limit"

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:  # type: ignore[override]
        self.request = request
        self.keyset: tuple[str, ...] = tuple(getattr(view, "keyset", ("-created_at", "-id")))
        self.limit = self._limit(request)
        self.position = self._position(request, queryset)
        backwards = self.position is not None and self.position.backwards
        names = [_inverted(name) if backwards else name for name in self.keyset]
        if self.position is not None:
            queryset = queryset.filter(_after(names, self.position.values))
        rows = list(queryset.order_by(*names)[: self.limit + 1])
        more = len(rows) > self.limit
        rows = rows[: self.limit]
        if backwards:
            rows.reverse()
        self.has_next = backwards or more
        self.has_previous = more if backwards else self.position is not None
        self.rows = rows
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.envelope(data))

    def envelope(self, data: Any) -> dict[str, Any]:
        """The body of a list: `results` and the absolute addresses of the pages beside this one."""
        return {"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()}

    def get_next_link(self) -> str | None:
        return self._link(self.rows[-1], backwards=False) if self.has_next and self.rows else None

    def get_previous_link(self) -> str | None:
        if not self.has_previous:
            return None
        if not self.rows:  # past the end: the way back is the first page
            return remove_query_param(self.request.build_absolute_uri(), self.cursor_query_param)
        return self._link(self.rows[0], backwards=True)

    def _link(self, row: Any, *, backwards: bool) -> str:
        values = tuple(_read(row, name.lstrip("-")) for name in self.keyset)
        cursor = _encode(self.keyset, _Position(backwards, values))
        return replace_query_param(self.request.build_absolute_uri(), self.cursor_query_param, cursor)

    def _limit(self, request: Request) -> int:
        given = request.query_params.get(self.limit_query_param)
        if given is None:
            return self.default_limit
        if not given.isascii() or not given.isdigit() or len(given) > 4 or not 1 <= int(given) <= self.max_limit:
            _refuse("/limit", _("The limit is a whole number from 1 to %(limit)s.") % {"limit": self.max_limit})
        return int(given)

    def _position(self, request: Request, queryset: QuerySet[Any]) -> _Position | None:
        given = request.query_params.get(self.cursor_query_param)
        if given is None:
            return None
        try:
            raw = _decode(self.keyset, given)
            fields = [_field(queryset, name.lstrip("-")) for name in self.keyset]
            values = tuple(field.to_python(value) for field, value in zip(fields, raw.values, strict=True))
        except (ValueError, TypeError, KeyError, ValidationError, binascii.Error):
            _refuse(
                "/cursor", _("This cursor is not one of this list. Take `next` or `previous` of an answer as they are.")
            )
        return _Position(raw.backwards, values)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": self.limit_query_param,
                "required": False,
                "in": "query",
                "description": _("How many results a page has."),
                "schema": {"type": "integer", "minimum": 1, "maximum": self.max_limit, "default": self.default_limit},
            },
            {
                "name": self.cursor_query_param,
                "required": False,
                "in": "query",
                "description": _("Taken from `next` or `previous` of an earlier answer."),
                "schema": {"type": "string", "maxLength": LONGEST_CURSOR},
            },
        ]


def _inverted(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _after(names: list[str], values: tuple[Any, ...]) -> Q:
    """Rows strictly after `values` in the order `names`: (a < x) or (a = x and b < y) or …

    The bound on the first column alone is implied; it is said so that PostgreSQL can enter the index at the right
    place.
    """
    first = names[0].lstrip("-")
    condition = Q()
    equal = Q()
    for name, value in zip(names, values, strict=True):
        column = name.lstrip("-")
        condition |= equal & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{column: value})
    return Q(**{f"{first}__{'lte' if names[0].startswith('-') else 'gte'}": values[0]}) & condition


def _read(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    for step in name.split("__"):
        row = getattr(row, step)
    return row


def _field(queryset: QuerySet[Any], name: str) -> "Field[Any, Any]":
    if name in queryset.query.annotations:
        annotated: Field[Any, Any] = queryset.query.annotations[name].output_field
        return annotated
    model: type[Model] = queryset.model
    field: Any = None
    for step in name.split("__"):
        try:
            field = model._meta.pk if step == "pk" else model._meta.get_field(step)
        except FieldDoesNotExist as error:
            raise FieldDoesNotExist(f"{queryset.model.__name__} has no {name} to order by.") from error
        model = field.related_model or model
    target: Field[Any, Any] = field.target_field if field.is_relation else field
    return target


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return as_utc(value)
    if isinstance(value, (UUID, Decimal, date)):
        return str(value)
    if isinstance(value, (str, int)):
        return value
    raise TypeError(f"A list cannot be paged by {type(value).__name__}; keyset columns are never null.")


def _signature(keyset: tuple[str, ...], body: bytes) -> bytes:
    key = hashlib.sha256(b"kernel.keyset|" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, ",".join(keyset).encode() + b"|" + body, "sha256")[:SIGNATURE_BYTES]


def _encode(keyset: tuple[str, ...], position: _Position) -> str:
    body = orjson.dumps([1 if position.backwards else 0, *(_plain(value) for value in position.values)])
    return base64.urlsafe_b64encode(_signature(keyset, body) + body).decode().rstrip("=")


def _decode(keyset: tuple[str, ...], cursor: str) -> _Position:
    if not cursor or len(cursor) > LONGEST_CURSOR or not cursor.isascii():
        raise ValueError("not a cursor")
    packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    signature, body = packed[:SIGNATURE_BYTES], packed[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(keyset, body)):
        raise ValueError("not a cursor of this list")
    backwards, *values = orjson.loads(body)
    return _Position(bool(backwards), tuple(values))


def _refuse(pointer: str, detail: str) -> Never:
    raise ValidationFailedError(detail, errors=[FieldError(pointer, "invalid", detail)])
