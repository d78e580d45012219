"""The access matrix, walked: every door is in it, every cell answers as it says, and no answer shows what is not its reader's."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory

from accounts.models import User
from config.tests.access_matrix import (
    ADMIN_COLUMNS,
    ADMIN_MODELS,
    ADMIN_SITE,
    KNOCKS,
    ROWS,
    Row,
    address,
    admin_rows,
    knock_for,
)
from config.tests.doors import admin_address, admin_pages, admin_site_routes, operations
from config.tests.principals import (
    PRINCIPALS,
    SEALED_UNTIL_DISCLOSURE,
    SETUPS,
    Caller,
    World,
    build,
    caller,
    say_all,
    undone,
)
from disputes.enums import StreamKind
from disputes.models import Evidence, Message, MessageStream, Truth
from disputes.tests.conftest import footprint, unlimited
from kernel.models import JournalEntry, OutboxEvent

__all__ = ["unlimited"]

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


def knock(method: str, route: str, world: World, who: Caller) -> Answer:
    """One request, as this principal."""
    carried = knock_for(method, route, world)
    url = address(route, world)
    query = urlencode(carried.query)
    is_api = route.startswith("api/")
    client = who.api if is_api else who.page
    signed_in_with = client.cookies.output()
    if method in ("GET", "DELETE"):
        answer = client.generic(method, url, QUERY_STRING=query)
    elif is_api:
        answer = client.generic(method, url, json.dumps(carried.data), content_type="application/json")
    else:
        answer = client.post(url, carried.data)
    client.cookies = SimpleCookie(signed_in_with.replace("Set-Cookie: ", ""))
    body = answer.getvalue()
    return Answer(answer.status_code, (body + str(dict(answer.headers)).encode()).decode(errors="replace"))


READ_BY_ITS_READERS: dict[str, tuple[str, ...]] = {
    "stating": (
        "title", "description", "title of another case", "notification", "joint message", "pair message", "own document",
        "envelope's document", "words of a drafted document", "question to the assistant", "answer of the assistant",
        "caucus of claimant", "caucus of respondent", "mediator's answer in a caucus", *SEALED_UNTIL_DISCLOSURE,
    ),
    "mediating": SEALED_UNTIL_DISCLOSURE,
    "understanding": ("understanding of claimant", "understanding of respondent", "correction of respondent"),
    "ranking": ("summary of a candidate", "the claimant's ranking"),
    "held": ("hold's quote",),
    "proposed": ("summary of a proposal", "comment of a counter"),
}  # fmt: skip


def rows_of(setup: str) -> list[Row]:
    return [row for row in ROWS if row.setup == setup]


# --- completeness -------------------------------------------------------------------------------------------------------------
def test_every_route_and_method_is_in_the_matrix(client: Client) -> None:
    there, listed = operations(client), {row.operation for row in ROWS}
    assert {f"{method} /{route}" for method, route in there - listed} == set(), "give each a row in access_matrix.py"
    assert {f"{method} /{route}" for method, route in listed - there} == set(), "these are gone from the urls"
    assert len({(row.operation, row.setup) for row in ROWS}) == len(ROWS)


def test_every_setup_and_knock_is_used() -> None:
    assert {row.setup for row in ROWS} == set(SETUPS)
    operations_listed = {f"{row.method} {row.route}" for row in ROWS}
    assert set(KNOCKS) - operations_listed - {f"{row.method} {row.route}" for row in ADMIN_SITE} == set()


# --- every cell ---------------------------------------------------------------------------------------------------------------
@dataclass
class Walk:
    """What was found on the way through one setup."""

    world: World
    wrong: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def go(self, rows: Iterable[Row]) -> None:
        callers = [caller(self.world, name) for name in PRINCIPALS]
        for row in rows:
            for who in callers:
                with undone():
                    self.one(row, who)

    def one(self, row: Row, who: Caller) -> None:
        writes = row.method not in READING
        before = footprint() if writes else ()
        answer = knock(row.method, row.route, self.world, who)
        expected = row.statuses[who.name]
        if answer.status != expected:
            self.wrong.append(f"{row} as {who.name}: {answer.status}, not {expected}: {answer.text[:160]}")
        if writes and answer.status >= 400 and footprint() != before:
            self.wrong.append(f"{row} as {who.name}: refused with {answer.status}, but something was written")
        self.scan(row, who, answer)

    def scan(self, row: Row, who: Caller, answer: Answer) -> None:
        sent = knock_for(row.method, row.route, self.world)
        by_link = "{token}" in row.route or "token" in sent.query
        for name, marker in self.world.markers.items():
            if marker.text not in answer.text:
                continue
            self.seen[name].add(who.name)
            # Whoever sends something knows it already.
            is_known = marker.text in sent.data.values() or (by_link and marker.by_link)
            if who.name not in marker.readers and not is_known:
                self.leaks.append(f"{row} shows {name} to {who.name}")


@pytest.mark.parametrize("setup", SETUPS)
def test_every_cell_answers_as_the_matrix_says_and_shows_nobody_else_s(setup: str) -> None:
    walk = Walk(build(setup))

    walk.go(rows_of(setup))

    say_all(walk.leaks)
    # The scan must be able to find: whose a marker is reads it somewhere.
    for name in READ_BY_ITS_READERS.get(setup, ()):
        assert walk.seen[name] >= walk.world.markers[name].readers - {"invited"}, name
    say_all(walk.wrong)


# --- the admin ----------------------------------------------------------------------------------------------------------------
def labels() -> list[str]:
    return sorted(model._meta.label for model in admin.site._registry)


def test_every_page_of_the_admin_has_a_rule() -> None:
    ruled = [label for models in ADMIN_MODELS.values() for label in models]
    assert sorted(ruled) == labels()
    assert {label: {page for _method, page in admin_rows(label)} for label in labels()} == {
        label: admin_pages(label) for label in labels()
    }
    assert {row.route for row in ADMIN_SITE} == admin_site_routes()


def row_for(model_admin: Any, reader: User) -> Model:
    """A row of this model that the reader sees; there is one of each in the world."""
    request = RequestFactory().get("/")
    request.user = reader
    found: Model | None = model_admin.get_queryset(request).first()
    assert found is not None, f"no {model_admin.model._meta.label} to look at: make one in principals.py"
    return found


COLUMN_OF = {name: column for column, names in ADMIN_COLUMNS.items() for name in names}
APPS = sorted({label.partition(".")[0] for label in labels()})


@pytest.mark.parametrize("app", [*APPS, "the site"])
def test_every_admin_page_answers_as_its_rule_says_and_shows_nobody_else_s(app: str) -> None:
    world = build("signing")
    walk = Walk(world)
    callers = [caller(world, name) for name in PRINCIPALS]
    if app == "the site":
        walk.go(ADMIN_SITE)
    for model, model_admin in admin.site._registry.items():
        label = model._meta.label
        if label.startswith(f"{app}."):
            pk = row_for(model_admin, world.cast["counsel"]).pk
            for (method, page), statuses in admin_rows(label).items():
                expected = {name: statuses[COLUMN_OF[name]] for name in PRINCIPALS}
                row = Row(method, admin_address(label, page, pk).removeprefix("/"), "signing", expected)
                for who in callers:
                    with undone():
                        walk.one(row, who)
    say_all(walk.leaks + walk.wrong)


def test_no_action_of_the_admin_does_anything_for_whoever_may_not() -> None:
    world = build("signing")
    people = {
        name: caller(world, name).page for name in ("anonymous", "stranger", "claimant", "other_lawyer", "mediator")
    }
    before = footprint()
    found = []
    for model, model_admin in admin.site._registry.items():
        label = model._meta.label
        pk = row_for(model_admin, world.cast["counsel"]).pk
        for action in (*(model_admin.actions or ()), "delete_selected"):
            data = {"action": action, "_selected_action": [str(pk)], "post": "yes", "part": "counsel"}
            data["lawyer"] = str(world.cast["other_lawyer"].pk)
            for name, page in people.items():
                with undone():
                    answer = page.post(admin_address(label, "list", None), data)
                    if answer.status_code >= 500 or footprint() != before:
                        found.append(f"{label} {action} as {name}: {answer.status_code}")
    say_all(found)


def test_only_counsel_reviews_a_contract_in_the_admin() -> None:
    world = build("review")
    walk = Walk(world)
    address = admin_address("disputes.Contract", "review", world.case.contract.pk).removeprefix("/")
    expected = {name: 302 if COLUMN_OF[name] == "clients" else 403 for name in PRINCIPALS} | {"counsel": 200}
    walk.go([Row("GET", address, "review", expected), Row("POST", address, "review", expected)])
    say_all(walk.leaks + walk.wrong)


def test_what_is_sealed_or_private_has_no_page_in_the_admin() -> None:
    """Neither truths and evidence before disclosure nor private streams, their lines, journals and events: for administrators too."""
    world = build("stating")
    private = MessageStream.objects.filter(dispute_id=world.case.id).exclude(kind=StreamKind.JOINT)
    rows: list[Any] = [
        *Truth.objects.filter(dispute_id=world.case.id), *Evidence.objects.filter(dispute_id=world.case.id), *private,
        *Message.objects.filter(stream__in=private), *JournalEntry.objects.filter(stream_id__in=private.values("pk")),
        *OutboxEvent.objects.filter(payload__has_key="stream_id"),
    ]  # fmt: skip
    assert {type(row) for row in rows} == {Truth, Evidence, MessageStream, Message, JournalEntry, OutboxEvent}
    found = []
    for name in ("counsel", "mediator", "arbitrator", "admin"):
        page = caller(world, name).page
        for row in rows:
            # The list first: afterwards a message on it names what was not found.
            listed = page.get(admin_address(row._meta.label, "list", None)).content.decode()
            if str(row.pk) in listed:
                found.append(f"{row._meta.label} is listed for {name}")
        for row in rows:
            for kind in ("change", "history"):
                answer = page.get(admin_address(row._meta.label, kind, row.pk))
                if answer.status_code not in (302, 403) or "login" in answer.get("Location", ""):
                    found.append(f"{row._meta.label} {kind} as {name}: {answer.status_code}")
    say_all(found)
