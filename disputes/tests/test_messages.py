"""Chat: addressing, order, cursors, resending, idempotency keys."""

import base64
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.public import Role, User
from accounts.tests.factories import UserFactory
from disputes.enums import DisputeStatus, Part, ParticipantStatus
from disputes.errors import NotYoursToDoError
from disputes.models import Assignment, Message, MessageStream
from disputes.selectors.messages import decode_position, messages_after
from disputes.services.streams import caucus_stream_id, joint_stream_id, pair_stream_id
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    arbitrate,
    assign,
    caucus,
    mediating,
    message,
    participant_of,
    say,
    stating,
    with_co_claimant,
)
from kernel.errors import NotFoundError, ValidationFailedError
from kernel.journal import StreamRef, entries
from kernel.models import JournalEntry, OutboxEvent

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
S = DisputeStatus


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def read(case: Case, user: User, query: str = "") -> dict[str, Any]:
    answer = client_of(user).get(case.url("messages") + query)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def contents(page: dict[str, Any]) -> list[str]:
    return [line["content"] for line in page["results"]]


# --- addressing ----------------------------------------------------------------------------------------------------------
def test_each_audience_has_a_stream_of_its_own_numbered_from_one() -> None:
    case = with_co_claimant()
    mediator = assign(case, Part.MEDIATOR)
    one, two, three = case.claimant, case.respondent, case.co_parties[0]
    lines = [
        say(case, one, "joint"),
        caucus(case, one, "caucus"),
        say(case, one, "pair", recipient_id=two.pk),
        say(case, two, "pair back", recipient_id=one.pk, is_private=True),
        say(case, three, "other pair", recipient_id=one.pk),
        say(case, mediator, "caucus answer", recipient_id=one.pk),
        say(case, mediator, "joint too"),
        caucus(case, three, "another caucus"),
    ]
    joint, own = joint_stream_id(case.id), caucus_stream_id(case.id, one.pk)
    pair = pair_stream_id(case.id, one.pk, two.pk)
    assert [(line.stream_id, line.seq) for line in lines] == [
        (joint, 1), (own, 1), (pair, 1), (pair, 2), (pair_stream_id(case.id, one.pk, three.pk), 1), (own, 2), (joint, 2),
        (caucus_stream_id(case.id, three.pk), 1),
    ]  # fmt: skip
    assert [line.is_private for line in lines] == [False, True, True, True, True, True, False, True]
    assert [line.recipient_id for line in lines] == [None, None, two.pk, one.pk, one.pk, one.pk, None, None]


def test_a_line_is_one_row_one_entry_and_one_event_that_agree() -> None:
    case = stating()
    say(case, case.claimant, "first")
    line = message(say(case, case.claimant, "second"))
    entry = entries(StreamRef("messages", line.stream_id)).get(seq=2)
    assert (line.seq, line.created_at) == (entry.seq, entry.created_at)
    assert (entry.verb, entry.actor_id, entry.subject_id) == ("message.posted", case.claimant.pk, line.pk)
    event = OutboxEvent.objects.filter(type="disputes.MessagePosted").order_by("-created_at")[0]
    assert event.payload == {
        "dispute_id": str(case.id), "message_id": str(line.pk), "stream_id": str(line.stream_id), "ask_mediator": False,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["self", "stranger", "nobody", "left", "counsel"])
def test_a_recipient_who_is_no_other_active_party_is_refused(who: str) -> None:
    case = with_co_claimant()
    gone = case.co_parties[0]
    participant = participant_of(case, gone)
    participant.status = ParticipantStatus.REMOVED
    participant.save()
    counsel = assign(case)
    recipient = {
        "self": case.claimant.pk, "stranger": UserFactory().pk, "nobody": uuid4(), "left": gone.pk, "counsel": counsel.pk,
    }[who]  # fmt: skip
    before = footprint()
    with pytest.raises(ValidationFailedError):
        say(case, case.claimant, recipient_id=recipient)
    assert footprint() == before


def test_lawyers_send_nothing_in_private_but_the_mediator_to_a_party() -> None:
    case = stating()
    lawyers = {part: assign(case, part) for part in Part}
    before = footprint()
    for part in (Part.COUNSEL, Part.ARBITRATOR):
        with pytest.raises(NotYoursToDoError):
            say(case, lawyers[part], recipient_id=case.claimant.pk)
    for part in Part:
        with pytest.raises(ValidationFailedError):
            say(case, lawyers[part], is_private=True)
    assert footprint() == before
    assert say(case, lawyers[Part.MEDIATOR], recipient_id=case.claimant.pk).is_private


def test_a_former_lawyer_s_assignment_gives_no_voice() -> None:
    """A person whose role changed sees nothing; nor may they write."""
    case = stating()
    person = assign(case)
    User.objects.filter(pk=person.pk).update(role=Role.CLIENT)
    person.refresh_from_db()
    before = footprint()
    with pytest.raises(NotFoundError):
        say(case, person)
    assert footprint() == before


def test_caucuses_close_when_arbitration_begins_also_those_not_yet_used() -> None:
    case = mediating()
    caucus(case, case.claimant, "before")
    arbitrate(case)
    before = footprint()
    for party in case.parties:
        with pytest.raises(NotYoursToDoError):
            caucus(case, party, "after")
    assert footprint() == before
    assert say(case, case.claimant, "the joint room stays open").seq == 1
    assert say(case, case.claimant, "and pairs", recipient_id=case.respondent.pk).seq == 1
    assert contents(read(case, case.claimant))[-1] == "before"


# --- resending -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("to", ["joint", "caucus", "pair"])
def test_the_same_client_id_again_is_the_same_line(to: str) -> None:
    case = stating()
    places: dict[str, dict[str, Any]] = {
        "joint": {},
        "caucus": {"is_private": True},
        "pair": {"recipient_id": case.respondent.pk},
    }
    where = places[to]
    first = say(case, case.claimant, "once", client_id="c-1", **where)
    before = footprint()
    assert say(case, case.claimant, "once more", client_id="c-1", **where) == first
    assert footprint() == before
    assert say(case, case.claimant, "next", client_id="c-2", **where).seq == first.seq + 1
    assert say(case, case.respondent, "mine", client_id="c-1").id != first.id


def test_resending_over_http_gives_the_same_answer() -> None:
    case = stating()
    client = client_of(case.claimant)
    body = {"content": "once", "client_id": "c-1"}
    first, second = (client.post(case.url("messages"), body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json()["client_id"] == "c-1"


def test_who_has_left_gets_nothing_by_resending() -> None:
    case = with_co_claimant()
    person = case.co_parties[0]
    say(case, person, "once", client_id="c-1")
    participant = participant_of(case, person)
    participant.status = ParticipantStatus.REMOVED
    participant.save()
    with pytest.raises(NotFoundError):
        say(case, person, "once", client_id="c-1")
    lawyer = assign(case)
    say(case, lawyer, "once", client_id="c-1")
    Assignment.objects.filter(lawyer=lawyer).update(ended_at="2026-01-01T00:00Z")
    with pytest.raises(NotFoundError):
        say(case, lawyer, "once", client_id="c-1")


def test_only_the_sender_is_shown_the_client_id() -> None:
    case = stating()
    say(case, case.claimant, client_id="zq-client")
    assert read(case, case.claimant)["results"][0]["client_id"] == "zq-client"
    assert "client_id" not in read(case, case.respondent)["results"][0]


# --- reading -----------------------------------------------------------------------------------------------------------------
def chatter(case: Case) -> list[str]:
    """Thirty lines over three streams that the claimant reads; their contents in the order they came."""
    said = []
    for number in range(10):
        for where in ({}, {"is_private": True}, {"recipient_id": case.respondent.pk}):
            said.append(f"{number}-{sorted(where)}")
            say(case, case.claimant, said[-1], **where)
    return said


def test_newest_first_and_older_pages_follow_without_gap_or_repeat() -> None:
    case = stating()
    said = chatter(case)
    page = read(case, case.claimant, "?limit=7")
    seen = contents(page)
    while page["next"]:
        page = client_of(case.claimant).get(page["next"]).json()
        seen += contents(page)
    assert seen == said[::-1]
    assert page["previous"] is None


@pytest.mark.parametrize("limit", [1, 4, 7, 100])
def test_catching_up_in_small_pages_is_gapless_and_in_order(limit: int) -> None:
    case = stating()
    said = chatter(case)
    seen, cursor = [], ""
    while True:
        page = read(case, case.claimant, f"?after={cursor}&limit={limit}")
        if not page["results"]:
            break
        seen += contents(page)
        cursor = page["cursor"]
    assert seen == said
    assert page["cursor"] == cursor
    late = caucus(case, case.claimant, "late")
    assert [line["id"] for line in read(case, case.claimant, f"?after={cursor}")["results"]] == [str(late.id)]


def test_the_cursor_of_the_newest_page_says_where_the_reader_stands() -> None:
    case = stating()
    chatter(case)
    cursor = read(case, case.claimant, "?limit=2")["cursor"]
    assert read(case, case.claimant, f"?after={cursor}")["results"] == []
    assert decode_position(cursor) == {
        str(joint_stream_id(case.id)): 10,
        str(caucus_stream_id(case.id, case.claimant.pk)): 10,
        str(pair_stream_id(case.id, case.claimant.pk, case.respondent.pk)): 10,
    }
    assert set(decode_position(read(case, case.respondent)["cursor"])) == {
        str(joint_stream_id(case.id)), str(pair_stream_id(case.id, case.claimant.pk, case.respondent.pk)),
    }  # fmt: skip


def test_a_stream_missing_in_the_cursor_starts_at_its_beginning() -> None:
    case = stating()
    say(case, case.claimant, "joint")
    cursor = read(case, case.claimant)["cursor"]
    caucus(case, case.claimant, "first of a new stream")
    assert contents(read(case, case.claimant, f"?after={cursor}")) == ["first of a new stream"]


def test_one_stream_alone_and_one_that_is_not_mine() -> None:
    case = stating()
    chatter(case)
    mine = caucus_stream_id(case.id, case.claimant.pk)
    assert {line["stream"] for line in read(case, case.claimant, f"?stream={mine}")["results"]} == {str(mine)}
    assert len(read(case, case.claimant, f"?stream={mine}&after=")["results"]) == 10
    for stream in (mine, uuid4()):
        for query in (f"?stream={stream}", f"?stream={stream}&after="):
            assert client_of(case.respondent).get(case.url("messages") + query).status_code == 404


def test_a_foreign_stream_in_the_cursor_moves_nothing() -> None:
    case = stating()
    caucus(case, case.claimant, "hidden")
    say(case, case.claimant, "joint")
    hostile = cursor_of({str(caucus_stream_id(case.id, case.claimant.pk)): 0, str(uuid4()): 5})
    assert contents(read(case, case.respondent, f"?after={hostile}")) == ["joint"]


HOSTILE = [
    "x", "!!!!", "%00", "%F0%9F%98%80", "e30" * 400_00, cursor_of([]), cursor_of(1), cursor_of(None), cursor_of("a"),
    cursor_of({"a": 1}), cursor_of({str(UUID(int=1)): -1}), cursor_of({str(UUID(int=1)): True}),
    cursor_of({str(UUID(int=1)): 2**63}), cursor_of({str(UUID(int=1)): 10**30}), cursor_of({str(UUID(int=1)): 1.5}),
    cursor_of({str(UUID(int=1)): None}), cursor_of({str(UUID(int=n)): 1 for n in range(1001)}),
    base64.urlsafe_b64encode(b"[" * 5000).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    cursor_of(["2026-01-01T00:00:00+00:00", 1]), cursor_of(["2026-01-01", 1, str(UUID(int=1))]),
    cursor_of(["2026-01-01T00:00:00+00:00", True, str(UUID(int=1))]), cursor_of(["x", 1, str(UUID(int=1))]),
    cursor_of(["2026-01-01T00:00:00+00:00", 2**63, str(UUID(int=1))]), cursor_of(["2026-01-01T00:00:00+00:00", 1, "x"]),
    cursor_of([None, 1, str(UUID(int=1))]), cursor_of([["a"], 1, str(UUID(int=1))]),
    cursor_of(["2026-01-01T00:00:00+00:00", 1.5, str(UUID(int=1))]),
]  # fmt: skip


@pytest.mark.parametrize("name", ["after", "before"])
def test_hostile_cursors_are_refused_by_name(name: str) -> None:
    case = stating()
    client = client_of(case.claimant)
    for value in HOSTILE:
        answer = client.get(f"{case.url('messages')}?{name}={value}")
        assert answer.status_code == 400, value[:80]
        assert answer["Content-Type"] == "application/problem+json"
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_place_at_the_ends_of_time_is_no_error(moment: str) -> None:
    case = stating()
    say(case, case.claimant)
    answer = client_of(case.claimant).get(f"{case.url('messages')}?before={cursor_of([moment, 1, str(UUID(int=1))])}")
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "99999999999999999999", "١"])
def test_impossible_limits_are_refused(limit: str) -> None:
    case = stating()
    assert client_of(case.claimant).get(case.url("messages"), {"limit": limit}).status_code == 400


@pytest.mark.parametrize("query", ["stream=x", "for_user_id=x", "stream=1", "for_user_id=%00"])
def test_impossible_ids_in_the_query_are_refused(query: str) -> None:
    case = stating()
    assert client_of(case.claimant).get(f"{case.url('messages')}?{query}").status_code == 400


def test_for_user_id_is_oneself_or_what_staff_read_of_a_person() -> None:
    case = stating()
    mediator, admin = assign(case, Part.MEDIATOR), UserFactory(admin=True)
    say(case, case.claimant, "joint")
    for party in case.parties:
        caucus(case, party, f"caucus {party.full_name}")
    say(case, case.claimant, "pair", recipient_id=case.respondent.pk)
    query = f"?for_user_id={case.respondent.pk}"
    assert contents(read(case, case.respondent, query)) == contents(read(case, case.respondent))
    assert client_of(case.claimant).get(case.url("messages") + query).status_code == 403
    assert contents(read(case, mediator, query)) == [f"caucus {case.respondent.full_name}", "joint"]
    assert contents(read(case, admin, query)) == ["joint"]


def test_reading_costs_one_statement_besides_authentication() -> None:
    case = stating()
    client = client_of(case.claimant)
    for _ in range(3):
        say(case, case.claimant)
        caucus(case, case.claimant, "x")
    client.get(case.url("messages"))  # the case's key is now at hand
    for query in ("", "?after=", "?limit=2"):
        with CaptureQueriesContext(
            connection,
        ) as taken:
            client.get(case.url("messages") + query)
        about_people = [
            entry["sql"] for entry in taken if "accounts_" in entry["sql"] and "disputes_" not in entry["sql"]
        ]
        assert len(taken) - len(about_people) == 1, [entry["sql"][:90] for entry in taken]


# --- idempotency keys ---------------------------------------------------------------------------------------------------------
def test_the_same_key_and_body_is_the_same_message_and_another_body_is_refused() -> None:
    case = stating()
    client = client_of(case.claimant)
    send = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
    first = client.post(case.url("messages"), {"content": "once"}, **send)
    again = client.post(case.url("messages"), {"content": "once"}, **send)
    other = client.post(case.url("messages"), {"content": "twice"}, **send)
    assert [answer.status_code for answer in (first, again, other)] == [201, 201, 422]
    assert first.json() == again.json()
    assert Message.objects.filter(stream__dispute_id=case.id).count() == 1
    # another caller's key of the same name is another key
    assert client_of(case.respondent).post(case.url("messages"), {"content": "twice"}, **send).status_code == 201


@pytest.mark.parametrize("where", [{}, {"is_private": True}, {"recipient": True}])
def test_a_repeated_private_message_is_rendered_the_same(where: dict[str, Any]) -> None:
    case = stating()
    client = client_of(case.claimant)
    body = {"content": "once", **({"recipient_id": str(case.respondent.pk)} if "recipient" in where else where)}
    answers = [client.post(case.url("messages"), body, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Message.objects.count() == 1


def test_a_key_whose_first_request_failed_is_free_again() -> None:
    case = stating()
    client = client_of(case.claimant)
    bad = client.post(case.url("messages"), {"content": ""}, HTTP_IDEMPOTENCY_KEY="k")
    good = client.post(case.url("messages"), {"content": "x"}, HTTP_IDEMPOTENCY_KEY="k")
    assert (bad.status_code, good.status_code) == (400, 201)


@pytest.mark.parametrize("path", ["evidence", "truths", "start", "escalate", "arbitration-consent", "deadline"])
def test_other_commands_are_done_once_per_key_too(path: str) -> None:
    case = stating() if path != "escalate" else mediating()
    body = {
        "evidence": {"text": "t"}, "truths": {"content": "c"}, "escalate": {"reason": ""}, "start": {}, "arbitration-consent": {},
        "deadline": {"date": "2026-12-24"},
    }[path]  # fmt: skip
    client = client_of(case.claimant)
    first = client.post(case.url(path), body, HTTP_IDEMPOTENCY_KEY="k")
    before, seen = footprint(), JournalEntry.objects.count()
    again = client.post(case.url(path), body, HTTP_IDEMPOTENCY_KEY="k")
    assert (first.status_code, first.json().get("id")) == (again.status_code, again.json().get("id"))
    if first.status_code < 300:
        assert (footprint(), JournalEntry.objects.count()) == (before, seen)
    else:
        assert path == "start"


def test_streams_are_made_by_their_first_line_only() -> None:
    case = stating()
    before = MessageStream.objects.count()
    with pytest.raises(ValidationFailedError):
        say(case, case.claimant, recipient_id=uuid4())
    assert MessageStream.objects.count() == before
    caucus(case, case.claimant, "x")
    caucus(case, case.claimant, "y")
    assert MessageStream.objects.count() == before + 1
    page = messages_after(user=case.claimant, dispute_id=case.id, position={}, limit=10)
    assert [line["seq"] for line in page.results] == [1, 2]
