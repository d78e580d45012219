"""Every field of every POST takes nonsense with a 4xx problem, and nothing is half-written."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.public import User
from accounts.tests.factories import UserFactory, bearer
from disputes.enums import DisputeStatus, Part
from disputes.models import Dispute, Invitation
from disputes.rest.urls import urlpatterns
from disputes.selectors.terms import term_json
from disputes.services.bidding_direction import suggest_direction
from disputes.services.deadlines import propose_deadline
from disputes.services.fresh_links import mail_fresh_links
from disputes.services.invitations import Invitee, accept_invitation, invite_another
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    ORIGIN,
    Case,
    arbitrating,
    assign,
    caucus,
    file_case,
    held,
    in_review,
    mediated,
    mediating,
    payment,
    proposed,
    ranking,
    signing,
    stating,
    token_for,
    token_of,
    understand,
    understood,
)
from kernel.clock import days_from, now

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
S = DisputeStatus
NEW = "new.person@example.org"


def _nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


NONSENSE: list[Any] = [
    None, True, -1, 10**30, "", "\u0000", "\ud800", "1e400", [], {}, [{}], {"a": {"b": {}}},
    {"amount": "1e400", "currency": "EUR"}, {"instalments": 10**30}, _nested(60), "x" * 100_001, "not-a-uuid",
    "9999-12-31", "2026-01-01T00:00:00+99:99", "\u202ex",
]  # fmt: skip
# Inside lists and objects once more.
INNER: list[Any] = [None, True, -1, "\u0000", "\ud800", "1e400", [], {}, "x" * 100_001, "9999-12-31"]


@dataclass
class Door:
    """One POST: where, who may, and a body that would be taken."""

    case: Case
    path: str
    user: User | None
    body: dict[str, Any]


def _file() -> Door:
    case = file_case()
    body = {
        "title": "t", "description": "d", "category": "c", "amount": {"amount": "12.00", "currency": "EUR"}, "locale": "es",
        "protocol": "simple", "requires_contract": True, "respond_by": days_from(now(), 30, "UTC").date().isoformat(),
        "respondents": [{"email": NEW, "full_name": "N", "side": "respondent", "locale": "en"}],
    }  # fmt: skip
    return Door(case, "/api/disputes", case.claimant, body)


def _at(make: Callable[[], Case], rest: str, body: dict[str, Any], who: str = "claimant") -> Callable[[], Door]:
    def door() -> Door:
        case = make()
        user = getattr(case, who) if who in ("claimant", "respondent") else case.staff[who]
        return Door(case, case.url(rest), user, body)

    return door


def _with(part: str, make: Callable[[], Case]) -> Callable[[], Case]:
    def made() -> Case:
        case = make()
        if part == "admin":
            case.staff["admin"] = UserFactory(admin=True)
        else:
            assign(case, part)
        return case

    return made


def _join() -> Door:
    case = file_case()
    return Door(
        case,
        case.url("join"),
        case.respondent,
        {"invite_token": token_for(case, case.respondent.email), "answer": ANSWER},
    )


def _link(verb: str, body: dict[str, Any]) -> Callable[[], Door]:
    def door() -> Door:
        case = file_case(invitees=(Invitee(NEW),))
        return Door(case, f"/api/invitations/{token_for(case, NEW)}/{verb}", None, body)

    return door


def _answer_wish(verb: str, body: dict[str, Any]) -> Callable[[], Door]:
    def door() -> Door:
        case = stating()
        propose_deadline(acting_user=case.respondent, dispute_id=case.id, deadline=days_from(now(), 30, "UTC"))
        return Door(case, case.url(f"deadline/{verb}"), case.claimant, body)

    return door


def _return() -> Door:
    case = file_case(invitees=(Invitee(NEW),))
    accept_invitation(token=token_for(case, NEW), full_name="N", timezone="UTC", origin=ORIGIN)
    mail_fresh_links(email=NEW, origin=ORIGIN)
    back = token_of(Invitation.objects.get(participant__user__email=NEW))
    return Door(case, f"/api/invitations/{back}/return", None, {})


def _fresh_link() -> Door:
    return Door(file_case(invitees=(Invitee(NEW),)), "/api/invitations/fresh-link", None, {"email": NEW})


ANSWER = {"stance": "disagree", "text": "t", "amount": {"amount": "12.00", "currency": "EUR"}}


def _respond() -> Door:
    case = proposed()
    terms = [term_json(payment(case, "900.00", instalments=("450.00", "450.00")))]
    body = {"decision": "counter", "comment": "c", "terms": terms}
    return Door(case, case.url(f"resolutions/{case.resolution.pk}/respond"), case.claimant, body)


def _decide() -> Door:
    case = arbitrating()
    lawyer = assign(case, Part.ARBITRATOR)
    return Door(case, case.url("decision"), lawyer, {"terms": [term_json(payment(case))], "reasoning": "r"})


def _propose() -> Door:
    case = mediating()
    lawyer = assign(case, Part.MEDIATOR)
    terms = [term_json(payment(case, "900.00", instalments=("450.00", "450.00")))]
    return Door(case, case.url("resolutions"), lawyer, {"summary": "s", "terms": terms, "reasoning": "r"})


def _assign() -> Door:
    case = file_case()
    body = {"lawyer_id": str(UserFactory(lawyer=True).pk), "part": "counsel"}
    return Door(case, case.url("assignments"), UserFactory(admin=True), body)


def _respondents() -> Door:
    case = file_case(invitees=(Invitee("slow@example.org"),))
    from disputes.tests.factories import join

    join(case, case.respondent)
    return Door(case, case.url("start"), case.claimant, {})


def _rank() -> Door:
    case = ranking()
    order = [str(one.pk) for one in case.resolution.candidates.order_by("number")]
    return Door(case, case.url(f"resolutions/{case.resolution.pk}/ranking"), case.claimant, {"order": order})


def _permit() -> Door:
    case = mediated()
    line = caucus(case, case.claimant, "c")
    return Door(case, case.url(f"messages/{line.id}/permission"), case.claimant, {})


def _understand() -> Door:
    case = mediated()
    understand(case, case.claimant)
    body = {"decision": "correct", "correction": "c"}
    return Door(case, case.url("understanding"), case.claimant, body)


def _direct() -> Door:
    case = understood()
    return Door(case, case.url("bids/direction"), case.claimant, {"payer_id": str(case.claimant.pk)})


def _answer_direction() -> Door:
    case = understood()
    suggest_direction(acting_user=case.claimant, dispute_id=case.id, payer_id=case.claimant.pk)
    return Door(case, case.url("bids/direction/answer"), case.respondent, {"decision": "agree"})


def _draft_award() -> Door:
    case = arbitrating()
    return Door(case, case.url("award-draft"), assign(case, Part.ARBITRATOR), {})


def _lift(rest: str) -> Callable[[], Door]:
    def door() -> Door:
        case = held()
        counsel = assign(case, Part.COUNSEL)
        hold = case.contract.holds.get()
        return Door(case, case.url(f"contract/holds/{rest.format(hold=hold.pk)}"), counsel, {"reason": "r"})

    return door


DOORS: dict[str, Callable[[], Door]] = {
    "list": _file,
    "join": _join,
    "start": _respondents,
    "decline": _at(file_case, "decline", {"reason": "r"}, "respondent"),
    "withdraw": _at(mediating, "withdraw", {"reason": "r"}),
    "escalate": _at(mediating, "escalate", {"reason": "r"}),
    "invitations": _at(file_case, "invitations", {"email": NEW, "full_name": "N", "side": "respondent", "locale": "es"}),
    "deadline": _at(stating, "deadline", {"date": "2027-01-31", "reason": "r"}),
    "deadline-accept": _answer_wish("accept", {}),
    "deadline-refuse": _answer_wish("refuse", {"reason": "r"}),
    "arbitration-consent": _at(mediating, "arbitration-consent", {}),
    "invitation-accept": _link("accept", {"full_name": "N", "timezone": "Europe/Berlin", "answer": ANSWER}),
    "invitation-more-time": _link("more-time", {"date": "2027-01-31", "reason": "r"}),
    "invitation-not-me": _link("not-me", {}),
    "invitation-return": _return,
    "invitation-fresh-link": _fresh_link,
    "invitation-decline": _link("decline", {"reason": "r"}),
    "assignments": _assign,
    "truths": _at(stating, "truths", {"content": "c"}),
    "evidence": _at(stating, "evidence", {"text": "t", "description": "d"}),
    "messages": _at(
        stating, "messages",
        {"content": "c", "is_private": False, "recipient_id": None, "client_id": "c", "ask_mediator": False},
    ),
    "resolve": _at(mediating, "resolve", {"mode": "mediation"}),
    "respond": _respond,
    "resolutions": _propose,
    "end": _at(mediating, "end", {"reason": "r"}),
    "decision": _decide,
    "contract-generate": _at(signing, "contract/generate", {}),
    "contract-review": _at(
        _with(Part.COUNSEL, in_review), "contract/review", {"decision": "approve", "comment": "c", "checksum": None}, "counsel"
    ),
    "understanding": _understand,
    "ranking": _rank,
    "bids": _at(understood, "bids", {"amount": {"amount": "900.00", "currency": "EUR"}}),
    "bids-direction": _direct,
    "bids-direction-answer": _answer_direction,
    "award-draft": _draft_award,
    "message-permission": _permit,
    "contract-hold-lift": _lift("{hold}/lift"),
    "contract-holds-lift": _lift("lift"),
    "contract-decline": _at(signing, "contract/decline", {"reason": "r"}),
    "contract-sign": _at(
        signing, "contract/sign", {"full_name": "N N", "consent": True, "signature_image": None, "checksum": None}
    ),
}  # fmt: skip


def test_every_post_of_the_api_is_here() -> None:
    posts = {path.name for path in urlpatterns if "post" in path.callback.actions}  # type: ignore[attr-defined]
    assert set(DOORS) == posts


def send(door: Door, body: str | bytes) -> Any:
    return client_of(None).post(door.path, body, content_type="application/json", **_signed_in(door))


_HEADERS: dict[Any, dict[str, Any]] = {}


def _signed_in(door: Door) -> dict[str, Any]:
    if door.user is None:
        return {}
    if door.user.pk not in _HEADERS:
        _HEADERS[door.user.pk] = bearer(door.user)
    return _HEADERS[door.user.pk]


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body: each field, each item, each field of an item."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += spots(inner, (*path, key))
    return found


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(body))
    target = copy
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return copy


def problem_of(answer: Any) -> str:
    """What is wrong with an answer to nonsense; "" when it is as it must be."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code < 300:
        return ""  # this nonsense happens to be sense
    if answer["Content-Type"] != "application/problem+json":
        return f"{answer['Content-Type']}"
    body = answer.json()
    if not {"type", "title", "status", "detail", "instance", "code", "request_id"} <= set(body):
        return f"members {sorted(body)}"
    if body["code"] == "validation_failed" and not all(
        {"pointer", "code", "detail"} <= set(error) for error in body.get("errors", [{}])
    ):
        return f"errors {body.get('errors')}"
    return ""


@pytest.mark.parametrize("name", list(DOORS))
def test_nonsense_in_any_field_is_a_problem_and_changes_nothing(name: str) -> None:
    door = DOORS[name]()
    _HEADERS.clear()
    _signed_in(door)
    before = footprint()
    wrong = []
    for spot in [*spots(door.body), ("unknown_member",)]:
        for value in NONSENSE if len(spot) == 1 else INNER:
            point = transaction.savepoint()
            answer = send(door, json.dumps(replaced(door.body, spot, value)))
            if problem := problem_of(answer):
                wrong.append(f"{spot} = {str(value)[:40]!r}: {problem}")
            if answer.status_code < 300:
                transaction.savepoint_rollback(point)
        if footprint() != before:
            wrong.append(f"{spot}: refused, and yet something was written")
            break
    assert wrong == []


@pytest.mark.parametrize("name", list(DOORS))
def test_bodies_that_are_no_object_are_problems(name: str) -> None:
    door = DOORS[name]()
    _signed_in(door)
    before = footprint()
    raw: list[bytes] = [
        b"", b"[]", b"null", b'"x"', b"1", b"{", b'{"a": 1e400}', b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe{}", b'{"a": "\\ud800"}',
        b"[" * 5000, b'{"a":' * 200 + b"1" + b"}" * 200, b"{}" + b" " * 3_000_000,
    ]  # fmt: skip
    for body in raw:
        point = transaction.savepoint()
        answer = send(door, body)
        assert problem_of(answer) == "", body[:40]
        if answer.status_code < 300:
            transaction.savepoint_rollback(point)
        assert footprint() == before, body[:40]
    other = client_of(None).post(door.path, b"<x/>", content_type="application/xml", **_signed_in(door))
    assert (other.status_code, problem_of(other), footprint()) == (415, "", before)


@pytest.mark.parametrize("name", list(DOORS))
def test_a_body_that_is_right_is_taken(name: str) -> None:
    """Else the nonsense above might have been refused for another reason."""
    door = DOORS[name]()
    answer = send(door, json.dumps(door.body))
    assert answer.status_code in (200, 201, 202, 204), answer.content


@pytest.mark.parametrize("missing", [{}, {"unknown": 1}])
def test_required_fields_are_named_by_their_pointers(missing: dict[str, Any]) -> None:
    door = _file()
    errors = send(door, json.dumps(missing)).json()["errors"]
    assert {error["pointer"] for error in errors} == {"/title", "/description", "/respondents"}
    door.body["respondents"] = [{"email": "x"}, {"full_name": "y"}]
    errors = send(door, json.dumps(door.body)).json()["errors"]
    assert {error["pointer"] for error in errors} == {"/respondents/0/email", "/respondents/1/email"}


def test_longest_and_one_too_long() -> None:
    case = stating()
    client = client_of(case.claimant)
    for path, field, most in (
        ("truths", "content", 50_000),
        ("messages", "content", 10_000),
        ("withdraw", "reason", 2000),
    ):
        before = footprint()
        assert client.post(case.url(path), {field: "x" * (most + 1)}).status_code == 400
        assert footprint() == before
        assert client.post(case.url(path), {field: "ä" * most}).status_code in (200, 201)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 400),
        ({"description": "d"}, 400),
        ({"file": ("a.txt", b"")}, 400),
        ({"file": ("a.txt", b"x"), "text": "t"}, 400),
        ({"file": ("a.exe", b"MZ\x90\x00" + b"\x00" * 64)}, 415),
        ({"file": ("a.pdf", b"%PDF-1.7 broken")}, 400),
        ({"file": ("a.txt", b"x"), "description": "x" * 501}, 400),
        ({"file": ("a.txt", b"x"), "description": "a\u0000"}, 400),
    ],
)
def test_uploads_that_cannot_be_taken(data: dict[str, Any], status: int) -> None:
    case = stating()
    client = client_of(case.claimant)
    form = {key: SimpleUploadedFile(*value) if isinstance(value, tuple) else value for key, value in data.items()}
    before = footprint()
    answer = client.post(case.url("evidence"), form, format="multipart")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert footprint() == before


def test_an_upload_is_kept_hashed_and_downloaded_by_its_readers_only() -> None:
    case = stating()
    content = b"Received 900 euros.\n"
    upload = SimpleUploadedFile("../../evil\u202e.txt", content, content_type="text/html")
    answer = client_of(case.claimant).post(
        case.url("evidence"), {"file": upload, "description": "d"}, format="multipart"
    )
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["file_type"], made["file_size"], made["scan_status"]) == ("text/plain", len(content), "unscanned")
    assert "/" not in made["file_name"]
    download = case.url(f"evidence/{made['id']}/download")
    got = client_of(case.claimant).get(download)
    assert b"".join(got.streaming_content) == content
    assert got["Content-Disposition"].startswith("attachment")
    assert (got["X-Content-Type-Options"], got["Cache-Control"]) == ("nosniff", "private, no-store")
    assert client_of(case.respondent).get(download).status_code == 404
    Dispute.objects.filter(pk=case.id).update(disclosed_at=now())
    assert client_of(case.respondent).get(download).status_code == 200
    for status, code in (("infected", 403), ("unscannable", 403), ("pending", 403), ("clean", 200)):
        from disputes.models import Evidence

        file = Evidence.objects.get(pk=made["id"]).file
        file.scan_status = status
        file.save()
        assert client_of(case.respondent).get(download).status_code == code, status
        assert client_of(case.claimant).get(download).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["status=x", "role=x", "limit=0", "limit=x", "cursor=x", "cursor=%00", "status=%00", "status=invite_sent,x"],
)
def test_nonsense_in_the_list_s_query_is_a_problem(query: str) -> None:
    case = file_case()
    answer = client_of(case.claimant).get(f"/api/disputes?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("query", ["q=%00", "q=%25_%5C", "q=%F0%9F%98%80", "q=%ED%A0%80", "q=" + "x" * 4000, "q="])
def test_any_search_word_is_answered(query: str) -> None:
    case = file_case()
    assert client_of(case.claimant).get(f"/api/disputes?{query}").status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(method: str) -> None:
    case = file_case()
    answer = getattr(client_of(case.claimant), method)(case.url("truths"), {})
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_ids_that_are_none_are_not_found() -> None:
    case = file_case()
    client = client_of(case.claimant)
    for path in (
        "/api/disputes/x",
        "/api/disputes/1",
        f"/api/disputes/{uuid4()}",
        case.url("evidence/x"),
        case.url("nothing"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path


def test_an_invitation_sent_twice_at_filing_is_named() -> None:
    door = _file()
    door.body["respondents"] = [{"email": "a@example.org"}, {"email": "A@Example.org"}]
    errors = send(door, json.dumps(door.body)).json()["errors"]
    assert [error["pointer"] for error in errors] == ["/respondents/1/email"]
    assert invite_another is not None
