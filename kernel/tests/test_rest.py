"""JSON in and out, shared answers, keyset pages."""

import json
import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Cast
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from kernel.errors import ValidationFailedError
from kernel.models import OutboxEvent
from kernel.money import Money
from kernel.rest.pagination import KeysetPagination
from kernel.rest.parsers import JSONParser, load_object
from kernel.rest.renderers import JSONRenderer, dump_json
from kernel.tests.edge_urls import SharedViewSet


@pytest.fixture(autouse=True)
def _edge(settings: Settings) -> None:
    settings.ROOT_URLCONF = "kernel.tests.edge_urls"
    settings.ACCORD_ANON_RATE = "off"


# --- out -------------------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), '"2026-03-01T12:00:00Z"'),
        (datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=2))), '"2026-03-01T10:00:00.000005Z"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Decimal("1200.00"), '"1200.00"'),
        (Decimal("1E+3"), '"1000"'),
        (Money(Decimal("5"), "EUR"), '{"amount":"5.00","currency":"EUR"}'),
        (gettext_lazy("Not found"), '"Not found"'),
        ({1: "a"}, '{"1":"a"}'),
        ((x for x in (1, 2)), "[1,2]"),
        ("naïve ✓", '"naïve ✓"'),
        (2**70, "1180591620717411303424"),
    ],
)
def test_renderer_writes(value: Any, text: str) -> None:
    assert dump_json(value).decode() == text


@pytest.mark.unit
@pytest.mark.parametrize("value", [datetime(2026, 3, 1), b"bytes", object()])
def test_renderer_refuses(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        dump_json(value)


@pytest.mark.unit
def test_renderer_passes_ready_json_on_and_nothing_as_nothing() -> None:
    assert JSONRenderer().render(b'{"a":1}') == b'{"a":1}'
    assert JSONRenderer().render(None) == b""


def test_shared_answer_is_kept_five_minutes_and_not_sent_twice(client: Client) -> None:
    SharedViewSet.made = 0
    first = client.get("/api/shared")
    assert (first["ETag"], first["Cache-Control"]) == ('"v1"', "public, max-age=300")
    again = client.get("/api/shared", HTTP_IF_NONE_MATCH='"v0", W/"v1"')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", '"v1"')
    assert SharedViewSet.made == 1
    assert client.get("/api/shared", HTTP_IF_NONE_MATCH='"v0"').status_code == 200


def test_shared_answer_to_somebody_known_stays_out_of_shared_caches(client: Client) -> None:
    assert client.get("/api/shared", HTTP_AUTHORIZATION="Basic x")["Cache-Control"] == "private, max-age=300"


# --- in --------------------------------------------------------------------------------------------------------------


def code_of(body: bytes) -> str:
    with pytest.raises(ValidationFailedError) as refusal:
        load_object(body)
    (error,) = refusal.value.errors
    return error.code


@pytest.mark.unit
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"a": NaN}', "invalid_json"),
        (b'{"a": Infinity}', "invalid_json"),
        (b'{"a": "\\ud800"}', "invalid_json"),
        (b'{"a": "\xff"}', "invalid_json"),
        (b"{'a': 1}", "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"a": 1, "a": 2}', "doubled_name"),
        (b'{"x": [{"a": 1, "\\u0061": 2}]}', "doubled_name"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "too_deep"),
    ],
)
def test_parser_refuses(body: bytes, code: str) -> None:
    assert code_of(body) == code


@pytest.mark.unit
def test_parser_takes_wide_and_moderately_deep_objects() -> None:
    wide = {"a": [{"b": number} for number in range(500)]}
    assert load_object(json.dumps(wide).encode()) == wide
    deep = b'{"a":' * 32 + b"1" + b"}" * 32
    assert load_object(deep)


@pytest.mark.unit
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=8)))
def test_parser_reads_what_the_renderer_wrote(value: dict[str, Any]) -> None:
    assert load_object(dump_json(value)) == value


@pytest.mark.unit
def test_parser_reads_no_more_than_the_limit(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = BytesIO(b'{"a": "' + b"x" * 5000 + b'"}')
    with pytest.raises(RequestDataTooBig):
        JSONParser().parse(body)
    assert body.tell() <= 1001


def post(client: Client, body: bytes, content_type: str = "application/json") -> Any:
    return client.post("/api/echo", body, content_type=content_type)


def test_api_body_that_is_no_json_is_a_400_problem(client: Client) -> None:
    answer = post(client, b'{"a": }')
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "validation_failed"
    assert "not valid JSON" in answer.json()["detail"]


def test_api_body_too_large_is_a_413_problem(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post(client, b'{"a": "' + b"x" * 1000 + b'"}')
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_api_body_of_another_media_type_is_a_415_problem(client: Client) -> None:
    answer = post(client, b"<a/>", "text/xml")
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


# --- pages -----------------------------------------------------------------------------------------------------------

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_events(count: int, *, same_moment: int = 3) -> None:
    """`same_moment` events share each created_at, so that the id has to break ties."""
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            type="t", payload={"n": number}, request_id="", created_at=START + timedelta(seconds=number // same_moment)
        )
        for number in range(count)
    )


def expected() -> list[int]:
    return [row.payload["n"] for row in OutboxEvent.objects.order_by("-created_at", "-id")]


def walk(client: Client, url: str | None, link: str) -> list[list[int]]:
    pages = []
    while url:
        body = client.get(url).json()
        pages.append(body["results"])
        url = body[link]
    return pages


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 3, 4, 100])
def test_pages_forwards_show_every_row_once_in_order(client: Client, limit: int) -> None:
    make_events(13)
    pages = walk(client, f"/api/events?limit={limit}", "next")
    assert [number for page in pages for number in page] == expected()
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.django_db
def test_pages_backwards_show_the_same_pages(client: Client) -> None:
    make_events(12)
    forwards = walk(client, "/api/events?limit=4", "next")
    url: str | None = "/api/events?limit=4"
    last = ""
    while url:
        last, url = url, client.get(url).json()["next"]
    assert walk(client, last, "previous") == forwards[::-1]


@pytest.mark.django_db
def test_pages_row_added_in_front_moves_nothing(client: Client) -> None:
    make_events(6)
    first = client.get("/api/events?limit=3").json()
    before = expected()
    OutboxEvent.objects.create(type="t", payload={"n": 99}, created_at=START + timedelta(days=1))
    assert first["results"] + client.get(first["next"]).json()["results"] == before


@pytest.mark.django_db
def test_pages_links_are_absolute_and_keep_other_parameters(client: Client) -> None:
    make_events(3)
    link = client.get("/api/events?limit=1&status=open").json()["next"]
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "testserver", "/api/events")
    assert {name: parse_qs(parts.query)[name] for name in ("limit", "status")} == {"limit": ["1"], "status": ["open"]}


@pytest.mark.django_db
def test_pages_empty_and_single_page_have_no_links(client: Client) -> None:
    assert client.get("/api/events").json() == {"results": [], "next": None, "previous": None}
    make_events(1)
    assert client.get("/api/events").json() == {"results": [0], "next": None, "previous": None}


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 20])
def test_pages_take_one_statement_each(client: Client, rows: int) -> None:
    make_events(rows)
    url = client.get("/api/events?limit=1").json()["next"] or "/api/events"
    with CaptureQueriesContext(
        connection,
    ) as statements:
        client.get(url)
    assert len(statements) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5", "٣", "1" * 30])
def test_pages_bad_limit_is_400_with_a_pointer(client: Client, limit: str) -> None:
    answer = client.get("/api/events", {"limit": limit})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/limit")


def tampered(cursor: str) -> list[str]:
    return ["", "x", "%00", "é", cursor[:-2], "A" + cursor[1:], cursor[::-1], "A" * 2000, cursor + "AAAA"]


@pytest.mark.django_db
def test_pages_cursor_that_is_not_ours_is_400_with_a_pointer(client: Client) -> None:
    make_events(3)
    cursor = parse_qs(urlsplit(client.get("/api/events?limit=1").json()["next"]).query)["cursor"][0]
    assert client.get("/api/events", {"cursor": cursor}).status_code == 200
    for forged in tampered(cursor):
        answer = client.get("/api/events", {"cursor": forged})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/cursor"), forged


class View:
    """A view as far as the paginator looks at it."""

    def __init__(self, *keyset: str) -> None:
        self.keyset = keyset


def page(queryset: "QuerySet[Any]", view: View, **query: str) -> tuple[list[Any], dict[str, str | None]]:
    paginator = KeysetPagination()
    rows = paginator.paginate_queryset(queryset, Request(APIRequestFactory().get("/x", query)), view)
    body = paginator.envelope([])
    cursors = {
        name: parse_qs(urlsplit(body[name]).query)["cursor"][0] if body[name] else None for name in ("next", "previous")
    }
    return rows, cursors


@pytest.mark.django_db
def test_pages_order_by_annotation_and_of_dicts_and_mixed_directions() -> None:
    make_events(7)
    queryset = OutboxEvent.objects.annotate(
        n=Cast(F("payload__n"), IntegerField()), odd=Cast(F("payload__n"), IntegerField()) % 2
    ).values("n", "odd")
    view = View("odd", "-n")
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        rows, cursors = page(queryset, view, limit="2", **({"cursor": cursor} if cursor else {}))
        seen += [row["n"] for row in rows]
        cursor = cursors["next"]
    assert seen == [6, 4, 2, 0, 5, 3, 1]


@pytest.mark.django_db
def test_pages_cursor_of_another_order_is_refused() -> None:
    make_events(3)
    _rows, cursors = page(OutboxEvent.objects.all(), View("-created_at", "-id"), limit="1")
    with pytest.raises(ValidationFailedError):
        page(OutboxEvent.objects.all(), View("created_at", "id"), limit="1", cursor=cursors["next"] or "")
