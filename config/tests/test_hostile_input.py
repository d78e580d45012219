"""Any JSON type in any field, and everything else a client may send wrongly: a 4xx problem that says so, and nothing half-written.

Which fields there are, the committed description says; a valid request and somebody who may make it, the access matrix.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings
from django.http.response import HttpResponseBase

from config.tests.access_matrix import ROWS, Knock, Row, address, knock_for
from config.tests.description import Operation, operations
from config.tests.principals import SETUPS, Caller, World, build, caller, say_all, undone
from disputes.tests.conftest import footprint, unlimited

__all__ = ["unlimited"]

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]

DEEP = "@deep@"
RAW = {DEEP: "[" * 400 + "]" * 400}  # json.dumps would rather not
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 10**30, "", " ", "\u0000", "\ud800", "\u202eabc", "x" * 100_000, "not-a-uuid", str(uuid4()),
    "9999-12-31T23:59:60Z", [], {}, [None], [[]], [{}], {"amount": "NaN", "currency": "EUR"}, {"amount": "1e400", "currency": "EUR"}, DEEP,
)  # fmt: skip
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


@dataclass(frozen=True)
class Place:
    """A valid request: the operation, where it stands in the matrix, and who may make it."""

    operation: Operation
    row: Row
    who: str


@cache
def places() -> tuple[Place, ...]:
    """One for each operation of the description that anybody may do in some state. The claimant goes first."""
    found = []
    for operation in operations():
        rows = [row for row in ROWS if row.operation == (operation.method, operation.route)]
        good = [
            Place(operation, row, who)
            for row in rows
            for who in sorted(row.statuses, key=lambda name: name != "claimant")
            if row.statuses[who] < 300
        ]
        found += good[:1] or [Place(operation, rows[0], "claimant")]
    return tuple(found)


def test_every_operation_of_the_description_is_in_the_matrix() -> None:
    missing = [
        str(item) for item in operations() if not any(row.operation == (item.method, item.route) for row in ROWS)
    ]
    assert missing == []
    assert len(places()) == len(operations()) >= 60


@pytest.fixture(params=SETUPS)
def scene(request: pytest.FixtureRequest) -> "Scene":
    return Scene(build(request.param))


class Scene:
    """A world, and everybody who knocks there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._callers: dict[str, Caller] = {}
        self._before: tuple[Any, ...] = ()
        self.found: list[str] = []

    def places(self) -> list[Place]:
        return [place for place in places() if place.row.setup == self.world.setup]

    def caller(self, name: str) -> Caller:
        if name not in self._callers:
            self._callers[name] = caller(self.world, name)
            self._before = footprint()  # nothing that follows stays, so it is this until the next one signs in
        return self._callers[name]

    def knock_of(self, place: Place) -> Knock:
        return knock_for(place.row.method, place.row.route, self.world)

    def send(
        self, place: Place, body: bytes | str = b"", *, query: str = "", media_type: str = "application/json",
        method: str = "", url: str = "", **headers: str,
    ) -> HttpResponseBase:  # fmt: skip
        extra: dict[str, Any] = {"QUERY_STRING": query, **headers}
        door = url or address(place.row.route, self.world)
        return self.caller(place.who).api.generic(method or place.row.method, door, body, media_type, **extra)

    def expect(self, statuses: Iterable[int], place: Place, what: str, body: bytes | str = b"", **how: Any) -> None:
        """One of these statuses, a whole problem if refused, and nothing written by a refusal."""
        self.caller(place.who)  # signed in outside of what is undone
        allowed = tuple(statuses)
        if allowed == SOUND and place.row.statuses["anonymous"] == 401:
            allowed = tuple(status for status in SOUND if status != 401)
        with undone():
            answer = self.send(place, body, **how)
            if answer.status_code not in allowed:
                text = b"" if answer.streaming else answer.content  # type: ignore[attr-defined]
                self.found.append(f"{place.row}: {what}: {answer.status_code}, not {allowed[:3]} {text[:200]!r}")
            elif answer.status_code >= 400:
                self.found += [f"{place.row}: {what}: {flaw}" for flaw in flaws(answer)]
                if footprint() != self._before:
                    self.found.append(f"{place.row}: {what}: refused with {answer.status_code} and written")


def flaws(answer: Any) -> Iterator[str]:
    """What is wrong with a problem document."""
    if answer["Content-Type"] != "application/problem+json":
        yield f"{answer.status_code} as {answer['Content-Type']}"
        return
    body = json.loads(answer.content)
    if missing := MEMBERS - set(body):
        yield f"lacks {sorted(missing)}"
        return
    if body["status"] != answer.status_code or body["request_id"] != answer["X-Request-ID"]:
        yield "its status or request id is another's"
    if not (body["code"] and body["title"] and body["detail"]):
        yield "says nothing"
    if body["code"] == "validation_failed" and not body.get("errors", [None]):
        yield "does not say where"
    if any(not item["pointer"].startswith("/") for item in body.get("errors", ()) if item["pointer"]):
        yield f"its pointers are none: {body['errors']}"
    text = answer.content.decode()
    if any(word in text for word in ("Traceback", "<html", "<!DOCTYPE", "django.", "psycopg", 'File \\"')):
        yield f"shows our insides: {text[:200]}"
    if len(text) > 20_000:
        yield f"is {len(text)} characters long"


SOUND = (*range(200, 300), *range(400, 429))


def as_json(value: Any) -> str:
    text = json.dumps(value)
    for word, raw in RAW.items():
        text = text.replace(json.dumps(word), raw)
    return text


def mutations(valid: dict[str, Any], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(what, body): each field with each value, left out, and one nobody knows."""
    for name in names:
        for value in VALUES:
            yield f"{name} = {as_json(value)[:40]}", as_json({**valid, name: value})
        yield f"without {name}", as_json({key: value for key, value in valid.items() if key != name})
    yield "a field nobody knows", as_json({**valid, "nobody_knows": 1})
    yield "nothing", "{}"
    yield "empty body", ""


def nested(valid: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """(what, variants) of what lies inside objects and lists of a valid body."""
    if isinstance(valid, dict):
        for name, value in valid.items():
            yield f"{path}/{name}", [{**valid, name: hostile} for hostile in VALUES]
            for where, variants in nested(value, f"{path}/{name}"):
                yield where, [{**valid, name: variant} for variant in variants]
    elif isinstance(valid, list) and valid:
        yield f"{path}/0", [[hostile, *valid[1:]] for hostile in VALUES]
        for where, variants in nested(valid[0], f"{path}/0"):
            yield where, [[variant, *valid[1:]] for variant in variants]


def test_any_value_in_any_field_is_taken_or_refused_with_a_problem(scene: Scene) -> None:
    for place in scene.places():
        if not place.operation.takes_body:
            continue
        valid = scene.knock_of(place).data
        for what, body in mutations(valid, place.operation.fields):
            scene.expect(SOUND, place, what, body)
        for where, variants in nested(valid):
            if where.count("/") > 1:
                for variant in variants:
                    scene.expect(SOUND, place, f"{where} hostile", as_json(variant))
    say_all(scene.found)


BROKEN = {
    "cut off": b'{"a": ',
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "NaN": b'{"a": NaN}',
    "a doubled name": b'{"a": 1, "a": 2}',
    "an abyss": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a lone surrogate as a name": b'{"\\ud800": 1}',
}
OTHER_TYPES = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "text/html", "nonsense", "")


def test_bodies_that_cannot_be_read_are_refused_by_their_own_status(scene: Scene) -> None:
    too_large = b'{"a": "' + b"x" * (int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) + 1) + b'"}'
    for place in scene.places():
        if not place.operation.takes_body:
            continue
        for what, body in BROKEN.items():
            scene.expect((400,), place, what, body)
        scene.expect((413,), place, "too large", too_large)
        for media_type in OTHER_TYPES:
            scene.expect((415,), place, f"as {media_type!r}", b"a=1", media_type=media_type)
        if "multipart/form-data" in place.operation.media_types:
            scene.expect((400,), place, "multipart without its boundary", b"x", media_type="multipart/form-data")
        else:
            multipart = "multipart/form-data; boundary=x"
            scene.expect((415,), place, "multipart", b"--x--", media_type=multipart)
    say_all(scene.found)


QUERIES = (
    "",
    "%00",
    "-1",
    "0",
    "9" * 40,
    "x" * 3000,
    "%F0%28%8C%28",
    "null",
    "%7B%7D",
    "a&x=b",
    "%F0%9F%92%A9",
    str(uuid4()),
)


def test_any_query_parameter_is_taken_or_refused_with_a_problem(scene: Scene) -> None:
    for place in scene.places():
        valid = scene.knock_of(place)
        body = as_json(valid.data) if place.operation.takes_body else ""
        for name in place.operation.query:
            others = "&".join(f"{key}={quote(str(value))}" for key, value in valid.query.items() if key != name)
            for value in QUERIES:
                scene.expect(SOUND, place, f"?{name}={value[:40]}", body, query=f"{others}&{name}={value}")
    say_all(scene.found)


HEADERS: dict[str, tuple[int, ...]] = {
    "HTTP_AUTHORIZATION=Bearer": (401,),
    "HTTP_AUTHORIZATION=Bearer x": (401,),
    "HTTP_AUTHORIZATION=Bearer a.b.c": (401,),
    f"HTTP_AUTHORIZATION=Bearer {'x' * 9000}": (401,),
    "HTTP_AUTHORIZATION=Bearer \u00e9": (401,),
    "HTTP_AUTHORIZATION=Basic eDp5": (401,),
    "HTTP_ACCEPT=application/json; version=99": (406,),
    "HTTP_ACCEPT=image/png": (406,),
    "HTTP_ACCEPT_LANGUAGE=" + "x," * 2000: SOUND,
    "HTTP_IDEMPOTENCY_KEY=": (*SOUND,),
    "HTTP_IDEMPOTENCY_KEY=" + "k" * 256: SOUND,
    "HTTP_IDEMPOTENCY_KEY=\u00e9": SOUND,
    "HTTP_X_REQUEST_ID=<script>": SOUND,
    "HTTP_X_REQUEST_ID=" + "x" * 5000: SOUND,
    "HTTP_HOST=evil.example\r\nX: y": (400,),
}


def test_any_header_is_taken_or_refused_with_a_problem(scene: Scene) -> None:
    for place in scene.places():
        if place.row.statuses["anonymous"] != 401:
            continue
        body = as_json(scene.knock_of(place).data) if place.operation.takes_body else ""
        query = "&".join(f"{key}={quote(str(value))}" for key, value in scene.knock_of(place).query.items())
        for line, statuses in HEADERS.items():
            name, _equals, value = line.partition("=")
            downloads = name == "HTTP_ACCEPT" and not place.operation.answers_json
            scene.expect(SOUND if downloads else statuses, place, line[:60], body, query=query, **{name: value})
    say_all(scene.found)


def test_other_methods_are_refused_and_told_which_are_taken(scene: Scene) -> None:
    taken: dict[str, set[str]] = {}
    for item in operations():
        taken.setdefault(item.route, set()).add(item.method)
    for place in scene.places():
        methods = taken[place.row.route]
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
            scene.expect((405,), place, method, method=method)
            with undone():
                allow = {name.strip() for name in scene.send(place, method=method).get("Allow", "").split(",")}
            if allow - {"HEAD", "OPTIONS"} != methods:
                scene.found.append(f"{place.row}: {method}: Allow says {sorted(allow)}")
    say_all(scene.found)


def test_ids_that_are_not_there_are_not_found(scene: Scene) -> None:
    for place in scene.places():
        valid = scene.knock_of(place)
        query = "&".join(f"{key}={quote(str(value))}" for key, value in valid.query.items())
        body = as_json(valid.data) if place.operation.takes_body else ""
        for name in place.operation.path:
            for value in ("not-a-uuid", str(uuid4()), "%00", "x" * 500, "..%2f..%2fetc"):
                # Only this part of the address is wrong.
                facts = {key: "{" + key + "}" for key in place.operation.path} | {name: value}
                url = address(place.row.route.format(**facts), scene.world)
                statuses = (404,) if name != "token" or place.row.method == "GET" else (400, 404)
                scene.expect(statuses, place, f"{name} = {value[:20]}", body, query=query, url=url)
    say_all(scene.found)
