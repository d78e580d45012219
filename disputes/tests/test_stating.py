"""Truths: sealed together, opened together."""

from datetime import timedelta

import pytest

from accounts.public import User
from disputes.enums import Decision, DisputeStatus, Outcome
from disputes.errors import WrongStateError
from disputes.models import Dispute, Truth
from disputes.selectors.case_files import truth_content
from disputes.services.invitations import Invitee, decline_dispute, start_dispute
from disputes.services.stating import pass_statement_deadline
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    disclose,
    file_case,
    join,
    mediating,
    participant_of,
    propose,
    respond,
    state,
    stating,
    with_co_claimant,
)
from kernel.journal import StreamRef, entries
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.db
S = DisputeStatus
LONG = timedelta(days=20)


def readable(case: Case, user: User) -> list[str]:
    answer = client_of(user).get(case.url("truths"))
    assert answer.status_code == 200
    return [truth["content"] for truth in answer.json()["results"]]


def verbs(case: Case) -> list[str]:
    return list(entries(StreamRef("dispute", case.id)).values_list("verb", flat=True))


def events(name: str) -> int:
    return OutboxEvent.objects.filter(type=f"disputes.{name}").count()


def test_the_last_truth_opens_all_at_once() -> None:
    case = with_co_claimant()
    for number, user in enumerate(case.parties):
        assert case.status == S.STATING
        assert [readable(case, other) for other in case.parties] == [
            [f"truth {n}"] if n < number else [] for n in range(3)
        ]
        state(case, user, f"truth {number}")
    assert case.status == S.MEDIATING
    assert [readable(case, other) for other in case.parties] == [["truth 0", "truth 1", "truth 2"]] * 3
    assert verbs(case).count("dispute.disclose") == events("TruthsDisclosed") == 1


def test_a_second_statement_is_an_addendum_and_counts_for_nobody_else() -> None:
    case = stating()
    first, second = state(case, case.claimant, "first"), state(case, case.claimant, "more")
    assert (first.is_addendum, second.is_addendum) == (False, True)
    assert case.status == S.STATING
    assert [truth_content(truth) for truth in Truth.objects.order_by("submitted_at")] == ["first", "more"]
    stated = participant_of(case, case.claimant).stated_at
    state(case, case.claimant, "again")
    assert participant_of(case, case.claimant).stated_at == stated


def test_the_claimant_may_state_while_invitations_are_open_and_the_respondent_may_not() -> None:
    case = file_case(invitees=(Invitee("slow@example.org"),))
    join(case, case.respondent)
    state(case, case.claimant)
    before = footprint()
    with pytest.raises(WrongStateError) as refused:
        state(case, case.respondent)
    assert refused.value.facts["allowed_from"] == ["stating", "mediating"]
    assert footprint() == before
    actions = client_of(case.respondent).get(case.url()).json()["allowed_actions"]
    assert "submit_truth" not in actions
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    assert case.status == S.STATING
    assert "submit_truth" in client_of(case.respondent).get(case.url()).json()["allowed_actions"]
    state(case, case.respondent)
    assert case.status == S.MEDIATING


def test_a_late_truth_is_marked_until_the_first_proposal(clock: Clock) -> None:
    case = stating()
    state(case, case.claimant)
    clock.advance(LONG)
    assert pass_statement_deadline(dispute_id=case.id)
    late = state(case, case.respondent, "late")
    assert (late.is_late, late.is_addendum, case.status) == (True, False, S.MEDIATING)
    assert state(case, case.claimant, "more").is_late
    propose(case)
    for _ in range(2):
        before = footprint()
        with pytest.raises(WrongStateError):
            state(case, case.respondent, "too late")
        assert footprint() == before
        if case.status == S.PROPOSED:
            respond(case, case.claimant, Decision.REJECT)
    assert case.status == S.MEDIATING


def test_the_deadline_opens_what_there_is_and_only_once(clock: Clock) -> None:
    case = with_co_claimant()
    state(case, case.claimant, "alone")
    sweep_deadlines()
    assert case.status == S.STATING
    clock.advance(LONG)
    assert case.status == S.STATING  # only the sweep moves it
    sweep_deadlines()
    assert case.status == S.MEDIATING
    assert readable(case, case.respondent) == ["alone"]
    before = footprint()
    sweep_deadlines()
    assert pass_statement_deadline(dispute_id=case.id) is False
    assert footprint() == before


def test_nobody_stated_closes_the_case_unanswered(clock: Clock) -> None:
    case = stating()
    clock.advance(LONG)
    sweep_deadlines()
    assert (case.status, case.dispute.outcome) == (S.CLOSED, Outcome.UNANSWERED)
    assert events("DisputeClosed") == 1
    assert events("TruthsDisclosed") == 0


def test_a_deadline_that_has_not_come_moves_nothing(clock: Clock) -> None:
    case = stating()
    state(case, case.claimant)
    deadline = case.dispute.statement_deadline
    assert deadline is not None
    clock.advance(deadline - clock.now() - timedelta(seconds=30))
    before = footprint()
    assert pass_statement_deadline(dispute_id=case.id) is False
    assert footprint() == before


def test_only_active_parties_count(clock: Clock) -> None:
    case = file_case(invitees=(Invitee("slow@example.org"),))
    join(case, case.respondent)
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    disclose(case)
    assert case.status == S.MEDIATING
    assert clock.now() is not None


def test_a_party_who_left_before_the_start_is_not_waited_for() -> None:
    leaver = "leaver@example.org"
    case = file_case(invitees=(Invitee(leaver),))
    join(case, case.respondent)
    participant = Dispute.objects.get(pk=case.id).participants.get(status="invited")
    participant.status = "declined"
    participant.save()
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    disclose(case)
    assert case.status == S.MEDIATING


def test_the_truths_of_a_withdrawn_case_stay_sealed_if_they_were() -> None:
    case = stating()
    state(case, case.claimant, "sealed")
    client_of(case.claimant).post(case.url("withdraw"), {"reason": ""})
    assert case.status == S.WITHDRAWN
    assert readable(case, case.respondent) == []
    assert readable(case, case.claimant) == ["sealed"]


def test_staff_read_no_sealed_truth() -> None:
    from disputes.tests.factories import peopled

    case, cast = peopled(S.STATING)
    state(case, case.claimant, "sealed")
    for kind in ("mediator", "arbitrator", "counsel", "admin"):
        assert readable(case, cast[kind]) == []


def test_a_late_joiner_in_mediation_states_late() -> None:
    case = mediating()
    assert state(case, case.respondent, "addendum").is_late
    assert case.status == S.MEDIATING


def test_declining_does_not_undo_a_joined_co_party() -> None:
    case = file_case(invitees=(Invitee("b@example.org"),))
    join(case, case.respondent)
    before = participant_of(case, case.claimant).status
    decline_dispute(acting_user=case.respondent, dispute_id=case.id, reason="")
    assert case.status == S.INVITE_SENT
    assert participant_of(case, case.claimant).status == before
