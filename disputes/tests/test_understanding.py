"""The understanding check: each party hears how it is understood, answers for itself, and nobody waits for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.public import User
from accounts.tests.factories import UserFactory
from disputes.enums import Part
from disputes.errors import AlreadyAnsweredError, UnderstandingPendingError, WrongStateError
from disputes.events import UnderstandingReady, UnderstandingRequested, UnderstandingsSettled
from disputes.models import Understanding
from disputes.public import case_file, joint_case_file, party_file, record_understanding
from disputes.selectors.access import access_dispute
from disputes.selectors.timeline import timeline_for
from disputes.services.invitations import Invitee, start_dispute
from disputes.services.understanding import answer_understanding
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    ask,
    assign,
    caucus,
    confirm,
    disclose,
    eur,
    file_case,
    join,
    mediated,
    mediating,
    participant_of,
    propose,
    put_on_record,
    say,
    state,
    understand,
    understood,
)
from kernel.clock import days_from
from kernel.errors import ValidationFailedError
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def events_of(kind: type[Any]) -> list[dict[str, str]]:
    return list(
        OutboxEvent.objects.filter(type=kind.type_name()).order_by("created_at").values_list("payload", flat=True)
    )


def answer(case: Case, user: User, decision: str = "confirm", correction: str = "") -> Understanding:
    return answer_understanding(acting_user=user, dispute_id=case.id, decision=decision, correction=correction)


def test_disclosure_asks_for_every_partys_understanding_and_only_by_the_mediation_protocol() -> None:
    case = mediated()
    asked = {(event["dispute_id"], event["participant_id"]) for event in events_of(UnderstandingRequested)}
    assert asked == {(str(case.id), str(participant_of(case, user).pk)) for user in case.parties}
    rows = Understanding.objects.filter(dispute_id=case.id)
    assert {(row.status, row.summary_sealed) for row in rows} == {("pending", None)}
    assert {row.confirm_by for row in rows} == {days_from(case.dispute.disclosed_at, 3, "UTC")}  # type: ignore[arg-type]
    simple = mediating()
    assert not Understanding.objects.filter(dispute_id=simple.id).exists()


def test_a_party_reads_and_confirms_its_own_summary_over_the_api(unlimited: None) -> None:
    case = mediated()
    mine, theirs = client_of(case.claimant), client_of(case.respondent)
    confirm_by = Understanding.objects.filter(dispute_id=case.id)[0].confirm_by.isoformat().replace("+00:00", "Z")
    waiting = {
        "status": "pending", "summary": "", "confirm_by": confirm_by, "correction": "", "allowed_actions": ["correct"],
    }  # fmt: skip
    assert mine.get(case.url("understanding")).json() == waiting
    understand(case, case.claimant, "You say that the wheels were missing.")
    shown = {**waiting, "summary": "You say that the wheels were missing.", "allowed_actions": ["confirm", "correct"]}
    assert mine.get(case.url("understanding")).json() == shown
    assert theirs.get(case.url("understanding")).json() == waiting
    assert "answer_understanding" in mine.get(case.url()).json()["allowed_actions"]
    done = mine.post(case.url("understanding"), {"decision": "confirm"}, format="json")
    assert (done.status_code, done.json()) == (200, {**shown, "status": "confirmed", "allowed_actions": []})
    again = mine.post(case.url("understanding"), {"decision": "confirm"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert "answer_understanding" not in mine.get(case.url()).json()["allowed_actions"]
    assert theirs.get(case.url("understanding")).json() == waiting


def test_resolve_waits_until_everybody_has_answered(unlimited: None) -> None:
    case = mediated()
    refused = client_of(case.claimant).post(case.url("resolve"), {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "understanding_pending")
    confirm(case, case.claimant)
    before = footprint()
    with pytest.raises(UnderstandingPendingError):
        ask(case, case.respondent)
    assert footprint() == before
    answer(case, case.respondent, "correct", "I did send the wheels.")
    assert client_of(case.claimant).post(case.url("resolve"), {}, format="json").status_code == 202


def test_who_does_not_answer_in_time_is_not_waited_for_even_before_the_sweep(clock: Clock) -> None:
    case = mediated()
    confirm(case, case.claimant)
    clock.advance(timedelta(days=4))
    with pytest.raises(WrongStateError, match="time to answer is over"):
        answer(case, case.respondent, "correct", "Too late.")
    assert client_of(case.respondent).get(case.url("understanding")).json()["status"] == "expired"
    assert ask(case).round == 1
    sweep_deadlines()
    statuses = Understanding.objects.filter(dispute_id=case.id).values_list("participant__user_id", "status")
    assert dict(statuses) == {case.claimant.pk: "confirmed", case.respondent.pk: "expired"}
    assert [item.user_id for item in case_file(case.id).understandings] == [case.claimant.pk]


def test_an_answer_is_no_news_to_the_others_until_all_are_in() -> None:
    case = mediated()
    understand(case, case.claimant)
    access = access_dispute(case.respondent, case.id)
    seen = (
        case.dispute.updated_at,
        list(timeline_for(access).values_list("seq", flat=True)),
        len(events_of(UnderstandingReady)),
    )
    answer(case, case.claimant, "correct", "It was the front wheel.")
    now_seen = (
        case.dispute.updated_at,
        list(timeline_for(access).values_list("seq", flat=True)),
        len(events_of(UnderstandingReady)),
    )
    assert now_seen == seen
    assert events_of(UnderstandingsSettled) == []
    confirm(case, case.respondent)
    assert events_of(UnderstandingsSettled) == [{"dispute_id": str(case.id)}]


def test_only_what_was_confirmed_or_corrected_is_used_for_drafting_and_never_for_an_award() -> None:
    case = mediated()
    understand(case, case.claimant, "You want 1200.")
    answer(case, case.claimant, "correct", "I want it before May.")
    understand(case, case.respondent, "You offer 400.")
    used = case_file(case.id).understandings
    assert [(item.user_id, item.summary, item.correction) for item in used] == [
        (case.claimant.pk, "You want 1200.", "I want it before May.")
    ]
    for empty in (case_file(case.id, mode="arbitration"), joint_case_file(case.id)):
        assert (empty.understandings, empty.permitted) == ((), ())


@pytest.mark.parametrize(
    ("decision", "correction", "pointer"),
    [
        ("correct", "", "/correction"),
        ("correct", "  ", "/correction"),
        ("confirm", "x", "/correction"),
    ],
)
def test_an_answer_that_says_two_things_or_nothing_is_refused(decision: str, correction: str, pointer: str) -> None:
    case = mediated()
    understand(case, case.claimant)
    before = footprint()
    with pytest.raises(ValidationFailedError) as refused:
        answer(case, case.claimant, decision, correction)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert footprint() == before


def test_without_a_summary_there_is_nothing_to_confirm_but_one_can_say_how_to_be_understood() -> None:
    case = mediated()
    with pytest.raises(WrongStateError, match="not there yet"):
        answer(case, case.claimant)
    assert answer(case, case.claimant, "correct", "My own words.").status == "corrected"
    assert [item.correction for item in case_file(case.id).understandings] == ["My own words."]


def test_a_summary_that_does_not_come_is_asked_for_again_ever_more_seldom(clock: Clock) -> None:
    case = mediated()
    understand(case, case.claimant)
    asked = len(events_of(UnderstandingRequested))
    for minutes, more in ((9, 0), (2, 1), (19, 1), (2, 2), (39, 2), (2, 3)):
        clock.advance(timedelta(minutes=minutes))
        sweep_deadlines()
        assert len(events_of(UnderstandingRequested)) - asked == more, minutes
    assert {event["participant_id"] for event in events_of(UnderstandingRequested)[asked:]} == {
        str(participant_of(case, case.respondent).pk)
    }


def test_a_summary_is_recorded_once_and_never_for_what_was_said_before() -> None:
    case = mediated()
    participant = participant_of(case, case.claimant)
    stale = party_file(participant.pk).understanding_id
    state(case, case.claimant, "And the bell was missing too.")
    given: dict[str, Any] = {"participant_id": participant.pk, "claim_form": {}, "model": "m", "prompt_version": "1"}
    assert record_understanding(summary="Old.", understanding_id=stale, **given) is False
    fresh = party_file(participant.pk).understanding_id
    assert record_understanding(summary="New.", understanding_id=fresh, **given) is True
    assert record_understanding(summary="Newer.", understanding_id=fresh, **given) is False
    assert client_of(case.claimant).get(case.url("understanding")).json()["summary"] == "New."
    with pytest.raises(ValueError, match="summary"):
        record_understanding(summary=" ", understanding_id=fresh, **given)


def test_an_addendum_asks_anew_and_what_was_confirmed_stays_until_then() -> None:
    case = understood()
    state(case, case.claimant, "And the bell was missing too.")
    assert len(case_file(case.id).understandings) == 2
    with pytest.raises(UnderstandingPendingError):
        ask(case)
    confirm(case, case.claimant)
    assert ask(case).round == 1


def test_a_party_that_joins_a_running_mediation_is_asked_too() -> None:
    late = UserFactory()
    case = _with_invited(late)
    confirm(case)
    join(case, late)
    assert Understanding.objects.get(participant__user=late).status == "pending"
    with pytest.raises(UnderstandingPendingError):
        ask(case)


def _with_invited(late: User) -> Case:
    case = file_case(invitees=(Invitee(late.email),), protocol="mediated", amount=eur("1200.00"))
    join(case, case.respondent)
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    disclose(case)
    return case


def test_a_partys_file_holds_its_own_words_and_nobody_elses() -> None:
    case = mediated(description="No wheels.")
    put_on_record(case, case.claimant, "My receipt.")
    put_on_record(case, case.respondent, "Their receipt.")
    say(case, case.claimant, "Mine in the room.")
    say(case, case.respondent, "Theirs in the room.")
    caucus(case, case.claimant, "Mine alone.")
    caucus(case, case.respondent, "Theirs alone.")
    file = party_file(participant_of(case, case.claimant).pk)
    assert [(source.kind, source.text) for source in file.sources] == [
        ("description", "No wheels."),
        ("truth", f"The truth of {case.claimant.full_name}."),
        ("evidence", "the receipt\nMy receipt."),
        ("message", "Mine in the room."),
    ]
    assert {source.author_id for source in file.sources} == {case.claimant.pk}
    assert file.caucus == (("party", "Mine alone."),)
    assert party_file(participant_of(case, case.respondent).pk).sources[0].kind == "truth"


def test_what_passed_with_a_human_mediator_is_not_in_a_partys_file() -> None:
    case = mediated()
    caucus(case, case.claimant, "To the AI.")
    mediator = assign(case, Part.MEDIATOR)
    caucus(case, case.claimant, "To the person.")
    say(case, mediator, "From the person.", recipient_id=case.claimant.pk)
    assert party_file(participant_of(case, case.claimant).pk).caucus == (("party", "To the AI."),)


def test_rows_journal_and_outbox_hold_nothing_readable() -> None:
    case = mediated()
    understand(case, case.claimant, "zq-summary-zq")
    answer(case, case.claimant, "correct", "zq-correction-zq")
    with connection.cursor() as cursor:
        for table in ("disputes_understanding", "kernel_journal_entry", "kernel_outbox_event"):
            cursor.execute(f"SELECT string_agg(t::text, '') FROM {table} t")
            text = cursor.fetchone()[0]
            for marker in ("zq-summary-zq", "zq-correction-zq"):
                assert marker not in text
                assert marker.encode().hex() not in text


def test_once_a_proposal_is_made_the_time_to_answer_is_past() -> None:
    case = understood()
    propose(case)
    with pytest.raises(WrongStateError):
        answer(case, case.claimant)


def test_a_second_answer_is_refused_and_changes_nothing() -> None:
    case = understood()
    before = footprint()
    with pytest.raises(AlreadyAnsweredError):
        answer(case, case.claimant, "correct", "Once more.")
    assert footprint() == before
