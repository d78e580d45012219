"""What nobody else may see: markers in every private field, every readable path, every kind of person, every column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.urls import URLPattern, reverse

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import Decision, DisputeStatus, Part
from disputes.models import Assignment, Evidence
from disputes.rest.urls import urlpatterns
from disputes.services.assignments import end_assignment
from disputes.services.contracts import review_contract
from disputes.services.ending import escalate_dispute, withdraw_dispute
from disputes.services.evidence import add_evidence
from disputes.services.invitations import Invitee, decline_dispute, invite_another
from disputes.tests.conftest import client_of
from disputes.tests.factories import (
    KINDS,
    Case,
    assign,
    caucus,
    disclose,
    file_case,
    in_review,
    join,
    mediating,
    peopled,
    propose,
    put_on_record,
    respond,
    say,
    state,
    token_for,
)
from documents.public import discard_bytes, ingest_upload
from kernel.models import OutboxEvent
from kernel.subscriptions import subscribers_of

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
S = DisputeStatus
INVITED_ADDRESS = "zq-marker-invited@example.org"


@dataclass
class Planted:
    case: Case
    cast: dict[str, User]
    readers: dict[str, set[str]]  # marker → the kinds of people who may read it


@pytest.fixture
def planted() -> Iterator[Planted]:
    """A case in `stating` with a marker in everything private."""
    case, cast = peopled(S.STATING)
    readers: dict[str, set[str]] = {}

    def mark(what: str, *kinds: str) -> str:
        marker = f"zqmark-{what}-zq"
        readers[marker] = set(kinds)
        return marker

    for kind in ("claimant", "respondent"):
        state(case, cast[kind], mark(f"truth-{kind}", kind))
        state(case, cast[kind], mark(f"addendum-{kind}", kind))
        put_on_record(case, cast[kind], description=mark(f"description-{kind}", kind))
        caucus(case, cast[kind], mark(f"caucus-{kind}", kind, "mediator"))
    stored = ingest_upload(
        BytesIO(mark("file", "claimant").encode()), file_name=mark("name", "claimant") + ".txt", max_bytes=1000
    )
    add_evidence(acting_user=case.claimant, dispute_id=case.id, stored=stored, description="a note")
    say(case, case.claimant, mark("pair", "claimant", "respondent"), recipient_id=case.respondent.pk)
    say(case, cast["mediator"], mark("caucus-answer", "co_claimant", "mediator"), recipient_id=cast["co_claimant"].pk)
    say(
        case,
        case.claimant,
        mark("joint", "claimant", "co_claimant", "respondent", "counsel", "mediator", "arbitrator", "admin"),
    )
    readers[INVITED_ADDRESS] = set()
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(INVITED_ADDRESS, "Somebody"))
    leaver = UserFactory()
    other = file_case(invitees=(Invitee(leaver.email),))
    decline_dispute(acting_user=leaver, dispute_id=other.id, reason=mark("left-elsewhere"))
    yield Planted(case, cast, readers)
    discard_bytes(stored.key)


def readable_paths() -> list[URLPattern]:
    """Every path of this app that answers GET."""
    return [path for path in urlpatterns if "get" in path.callback.actions]  # type: ignore[attr-defined]


def addresses_of(case: Case) -> list[str]:
    """Every readable address about a case; each path must be filled in or this fails."""
    ids: dict[str, list[Any]] = {
        "evidence_id": list(Evidence.objects.filter(dispute_id=case.id).values_list("pk", flat=True)),
        "resolution_id": list(case.dispute.resolutions.values_list("pk", flat=True)),
    }
    addresses = []
    for path in readable_paths():
        names = list(path.pattern.converters)
        if names == ["token"]:
            continue  # whoever holds the link is the person invited: test_invitations
        for extra in [{name: value} for name in names if name in ids for value in ids[name]] or [{}]:
            if any(name in ids for name in names) and not extra:
                continue
            arguments = {name: case.id for name in names if name == "dispute_id"} | extra
            addresses.append(reverse(f"disputes:{path.name}", kwargs=arguments))
    messages = reverse("disputes:messages", args=[case.id])
    one = reverse("disputes:list")
    return [
        *addresses, f"{messages}?after=", f"{messages}?limit=1", f"{one}?q=zqmark", f"{one}?limit=1",
        *(f"{address}?limit=1" for address in addresses if address.endswith(("timeline", "truths", "evidence"))),
    ]  # fmt: skip


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def leaks(planted: Planted) -> list[str]:
    found = []
    addresses = addresses_of(planted.case)
    for kind in [*KINDS, "anonymous"]:
        client = client_of(planted.cast.get(kind))
        for address in addresses:
            answer = client.get(address)
            text = (body_of(answer) + str(dict(answer.headers)).encode()).decode(errors="replace")
            assert answer.status_code < 500 or address.endswith("/download")  # some of it has no bytes in storage
            found += [
                f"{kind} reads {marker} at {address}"
                for marker, readers in planted.readers.items()
                if marker in text and kind not in readers
            ]
    return found


def test_no_path_shows_a_marker_to_anybody_else_before_disclosure(planted: Planted) -> None:
    assert len(readable_paths()) >= 12
    assert leaks(planted) == []


def test_each_reader_does_see_what_is_theirs(planted: Planted) -> None:
    """Else the scan above would find nothing for the wrong reason."""
    for kind, user in planted.cast.items():
        client = client_of(user)
        text = "".join(body_of(client.get(address)).decode() for address in addresses_of(planted.case))
        mine = {marker for marker, readers in planted.readers.items() if kind in readers}
        assert {marker for marker in planted.readers if marker in text} == mine, kind


def test_after_disclosure_truths_and_evidence_open_and_nothing_else_does(planted: Planted) -> None:
    disclose(planted.case)
    insiders = {"claimant", "co_claimant", "respondent", "counsel", "mediator", "arbitrator", "admin"}
    for marker in planted.readers:
        if any(word in marker for word in ("truth", "addendum", "description", "zqmark-file", "zqmark-name")):
            planted.readers[marker] = insiders
    reason = "zqmark-escalation-zq"
    planted.readers[reason] = set()
    escalate_dispute(acting_user=planted.case.claimant, dispute_id=planted.case.id, reason=reason)
    assert leaks(planted) == []
    propose(planted.case)
    respond(planted.case, planted.case.respondent, Decision.REJECT)
    planted.readers["zqmark-withdrawn-zq"] = set()
    withdraw_dispute(acting_user=planted.case.claimant, dispute_id=planted.case.id, reason="zqmark-withdrawn-zq")
    assert leaks(planted) == []


def test_a_party_s_reason_for_leaving_is_shown_to_nobody() -> None:
    case, cast = peopled(S.INVITE_SENT)
    decline_dispute(acting_user=cast["respondent"], dispute_id=case.id, reason="zqmark-left-zq")
    assert leaks(Planted(case, cast, {"zqmark-left-zq": set()})) == []


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def rows_with(text: str) -> set[str]:
    """The tables in any of whose columns the text stands, plain or as bytes."""
    found = set()
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s OR t::text LIKE %s',
                [f"%{text}%", f"%{text.encode().hex()}%"],
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_no_column_of_any_table_holds_private_text_in_clear(planted: Planted) -> None:
    sealed = [
        marker
        for marker in planted.readers
        if any(word in marker for word in ("truth", "addendum", "caucus", "pair", "invited"))
    ]
    assert len(sealed) == 9
    assert {marker: rows_with(marker) for marker in sealed} == {marker: set() for marker in sealed}
    assert rows_with("zqmark-joint-zq") == {"disputes_message"}  # the search finds what is there


def test_journal_and_outbox_hold_no_text_of_anybody(planted: Planted) -> None:
    escalation, withdrawal = "zqmark-escalation-zq", "zqmark-withdrawn-zq"
    disclose(planted.case)
    escalate_dispute(acting_user=planted.case.claimant, dispute_id=planted.case.id, reason=escalation)
    propose(planted.case)
    respond(planted.case, planted.case.respondent, Decision.COUNTER, comment="zqmark-comment-zq")
    withdraw_dispute(acting_user=planted.case.claimant, dispute_id=planted.case.id, reason=withdrawal)
    records = {
        "kernel_journal_entry",
        "kernel_journal_stream",
        "kernel_outbox_event",
        "kernel_delivery",
        "kernel_idempotency_record",
    }
    for marker in [*planted.readers, escalation, withdrawal, "zqmark-comment-zq"]:
        assert rows_with(marker) & records == set(), marker


# --- that a private thing exists ---------------------------------------------------------------------------------------
_MOVING = re.compile(rb'"(request_id|instance)": ?"[^"]*"')


def answers_to(user: User, case: Case) -> dict[str, bytes]:
    """Every answer about a case, byte for byte, and every page of the timeline one entry at a time."""
    client = client_of(user)
    shown = {}
    for address in addresses_of(case):
        answer = client.get(address)
        headers = {name: value for name, value in answer.headers.items() if name not in ("X-Request-ID", "Date")}
        shown[address] = _MOVING.sub(b"", body_of(answer)) + str(headers).encode()
    page, number = f"{case.url('timeline')}?limit=1", 0
    while page:
        answer = client.get(page)
        shown[f"timeline page {number}"] = _MOVING.sub(b"", answer.content)
        page, number = answer.json().get("next"), number + 1
    return shown


def compare(case: Case, cast: dict[str, User], others: set[str], happen: Any) -> None:
    others_before = {kind: answers_to(cast[kind], case) for kind in others}
    happen()
    for kind in others:
        after = answers_to(cast[kind], case)
        assert set(after) == set(others_before[kind]), kind
        assert [address for address, body in after.items() if body != others_before[kind][address]] == [], kind


def test_fifty_private_messages_of_others_change_no_byte_of_anybody_s_answers() -> None:
    case, cast = peopled(S.STATING)
    say(case, case.claimant, "joint")

    def talk() -> None:
        for number in range(25):
            caucus(case, case.claimant, f"alone {number}")
            say(case, case.claimant, f"to one {number}", recipient_id=case.respondent.pk)

    compare(case, cast, {"co_claimant", "counsel", "arbitrator", "admin", "stranger", "ex_party", "invited"}, talk)
    assert len(client_of(case.claimant).get(case.url("messages")).json()["results"]) == 50


def test_evidence_and_addenda_of_others_leave_no_trace_before_disclosure() -> None:
    case, cast = peopled(S.STATING)
    state(case, case.claimant)
    known = set(Evidence.objects.values_list("pk", flat=True))

    def add() -> None:
        for _ in range(3):
            put_on_record(case, case.claimant)
            state(case, case.claimant, "more")

    addresses = addresses_of(case)
    others = {"co_claimant", "respondent", "counsel", "mediator", "arbitrator", "admin", "stranger"}
    before = {kind: answers_to(cast[kind], case) for kind in others}
    add()
    new = set(Evidence.objects.values_list("pk", flat=True)) - known
    for kind in others:
        after = {
            address: body for address, body in answers_to(cast[kind], case).items()
            if not any(str(pk) in address for pk in new)
        }  # fmt: skip
        assert [address for address, body in after.items() if body != before[kind].get(address)] == [], kind
    assert addresses != []


def test_hidden_evidence_looks_like_evidence_that_is_not_there() -> None:
    case, cast = peopled(S.STATING)
    piece = put_on_record(case, case.claimant)
    for kind in ("respondent", "counsel", "admin", "mediator"):
        client = client_of(cast[kind])
        for rest in ("", "/download"):
            hidden = client.get(case.url(f"evidence/{piece.pk}{rest}"))
            missing = client.get(case.url(f"evidence/{UUID(int=7)}{rest}"))
            assert hidden.status_code == missing.status_code == 404
            assert _without_place(hidden.json()) == _without_place(missing.json())


def test_a_foreign_case_looks_like_a_case_that_is_not_there() -> None:
    case, cast = peopled(S.MEDIATING)
    propose(case)
    for kind in ("stranger", "other_lawyer", "ex_party", "invited"):
        client = client_of(cast[kind])
        for address in addresses_of(case):
            if str(case.id) not in address:
                continue
            there = client.get(address)
            nowhere = client.get(address.replace(str(case.id), str(UUID(int=7))))
            assert there.status_code == nowhere.status_code == 404, address
            assert _without_place(there.json()) == _without_place(nowhere.json())


def _without_place(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in ("instance", "request_id")}


def test_search_finds_nothing_in_the_cases_of_others() -> None:
    case, cast = peopled(S.STATING, title="zqtitle")
    counts = {
        kind: len(client_of(user).get(f"{reverse('disputes:list')}?q=zqtitle").json()["results"])
        for kind, user in cast.items()
    }
    insiders = ("claimant", "co_claimant", "respondent", "counsel", "mediator", "arbitrator", "admin")
    assert counts == {kind: int(kind in insiders) for kind in cast}
    assert case.status == S.STATING


def test_an_invitation_tells_its_holder_only_what_api_md_says() -> None:
    case = file_case(invitees=(Invitee(INVITED_ADDRESS, "Nora Neu"),))
    join(case, case.respondent)
    say(case, case.claimant, "zqmark-joint")
    answer = client_of(None).get(f"/api/invitations/{token_for(case, INVITED_ADDRESS)}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert set(answer.json()) == {
        "title", "description", "category", "amount", "locale", "invited_by", "full_name", "side", "expires_at", "ai_mediation",
        "can_ask_more_time", "more_time",
    }  # fmt: skip
    assert answer.json()["full_name"] == "Nora Neu"


# --- who works a case --------------------------------------------------------------------------------------------------
def test_parties_read_who_is_their_neutral_and_not_who_is_counsel() -> None:
    case, cast = peopled(S.MEDIATING)
    rows = {row.part: row for row in Assignment.objects.filter(dispute_id=case.id)}
    for part in (Part.COUNSEL, Part.ARBITRATOR):
        end_assignment(acting_user=cast["admin"], dispute_id=case.id, assignment_id=rows[part].pk)
    everything = {
        (verb, part)
        for verb, parts in (("lawyer.assigned", Part.values), ("lawyer.unassigned", ["counsel", "arbitrator"]))
        for part in parts
    }
    of_neutrals = {(verb, part) for verb, part in everything if part != "counsel"}
    part_of = {str(row.pk): part for part, row in rows.items()}
    for kind in ("claimant", "co_claimant", "respondent", "mediator", "admin"):
        timeline = client_of(cast[kind]).get(case.url("timeline?limit=100")).json()["results"]
        seen = {
            (entry["verb"], part_of[entry["subject_id"]]) for entry in timeline if entry["subject_type"] == "assignment"
        }
        is_party = kind not in ("mediator", "admin")
        assert seen == (of_neutrals if is_party else everything), kind
        page = browser(cast[kind]).get(f"/disputes/{case.id}/").content.decode()
        assert f"{cast['mediator'].full_name} was assigned as mediator." in page
        assert (cast["counsel"].full_name in page) is not is_party, kind


def test_a_review_is_the_back_office_s_in_the_parties_timeline() -> None:
    case = in_review()
    counsel = assign(case, lawyer=UserFactory(lawyer=True, full_name="Lena Lawyer"))
    review_contract(acting_user=counsel, dispute_id=case.id, decision="approve", comment="", checksum=None)
    shown = {user.pk: browser(user).get(f"/disputes/{case.id}/").content.decode() for user in (case.claimant, counsel)}
    assert "The back-office approved the contract." in shown[case.claimant.pk]
    assert "Lena Lawyer" not in shown[case.claimant.pk]
    assert "Lena Lawyer approved the contract." in shown[counsel.pk]


def test_the_neutrals_are_among_the_participants_by_name_and_counsel_is_not() -> None:
    case, cast = peopled(S.MEDIATING)
    arbitrator = Assignment.objects.get(dispute_id=case.id, part=Part.ARBITRATOR)
    end_assignment(acting_user=cast["admin"], dispute_id=case.id, assignment_id=arbitrator.pk)
    mediator = Assignment.objects.get(dispute_id=case.id, part=Part.MEDIATOR)
    for kind in ("claimant", "respondent", "mediator", "counsel", "admin"):
        client = client_of(cast[kind])
        listed = next(row for row in client.get("/api/disputes").json()["results"] if row["id"] == str(case.id))
        for shown in (client.get(case.url()).json(), listed):
            neutrals = [person for person in shown["participants"] if person["side"] == "neutral"]
            assert neutrals == [
                {
                    "id": str(mediator.pk),
                    "user_id": str(cast["mediator"].pk),
                    "full_name": cast["mediator"].full_name,
                    "side": "neutral",
                    "part": "mediator",
                    "status": "joined",
                    "has_stated": False,
                    "has_asked_to_end": False,
                    "is_address_wrong": False,
                    "is_me": kind == "mediator",
                }
            ], kind
            assert {person["part"] for person in shown["participants"] if person["side"] != "neutral"} == {None}
            assert str(cast["counsel"].pk) not in str(shown["participants"])


@pytest.mark.parametrize(("part", "is_told"), [(Part.COUNSEL, False), (Part.MEDIATOR, True), (Part.ARBITRATOR, True)])
def test_assignment_is_told_to_the_room_only_of_a_neutral(db: None, part: Part, is_told: bool) -> None:
    case = mediating()

    def seen() -> tuple[list[Any], int]:
        client = client_of(case.respondent)
        paths = ("", "/timeline", "/messages", "/resolutions")
        return [client.get(f"/api/disputes/{case.id}{path}").json() for path in paths], rung()

    def rung() -> int:
        types = OutboxEvent.objects.values_list("type", flat=True)
        names = (entry.name for each in types for entry in subscribers_of(each))
        return sum(name.startswith("disputes.tell_room_") for name in names)

    before = seen()
    lawyer = assign(case, part)
    assigned = seen()
    assignment = Assignment.objects.get(dispute_id=case.id, lawyer=lawyer)
    end_assignment(acting_user=UserFactory(admin=True), dispute_id=case.id, assignment_id=assignment.pk)
    after = seen()
    assert (assigned == before, after == before) == (not is_told, not is_told)
    assert after[1] - before[1] == (2 if is_told else 0)
