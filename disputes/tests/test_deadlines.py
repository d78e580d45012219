"""Another date, if everybody agrees."""

from datetime import UTC, datetime, timedelta

import pytest

from disputes.enums import DisputeStatus, ProposalStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.models import DeadlineProposal, Dispute, Invitation
from disputes.services.deadlines import accept_deadline, propose_deadline
from disputes.services.invitations import start_dispute
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import Case, file_case, join, stating, with_co_claimant
from kernel.clock import now
from kernel.errors import ValidationFailedError
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.db
S = DisputeStatus


def in_days(days: int) -> datetime:
    return now() + timedelta(days=days)


def moved(case: Case) -> int:
    return OutboxEvent.objects.filter(type="disputes.DeadlineMoved", payload__dispute_id=str(case.id)).count()


def test_alone_the_claimant_moves_the_answer_date_at_once_and_the_invitations_with_it() -> None:
    case = file_case()
    wanted = in_days(40)
    proposal = propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=wanted)
    assert (proposal.status, proposal.kind) == (ProposalStatus.ACCEPTED, "respond_by")
    assert case.dispute.respond_by == wanted
    assert Invitation.objects.get(participant__dispute_id=case.id).expires_at == wanted
    assert moved(case) == 1


def test_a_date_holds_once_every_other_party_has_accepted() -> None:
    case = with_co_claimant()
    before, wanted = case.dispute.statement_deadline, in_days(40)
    propose_deadline(acting_user=case.respondent, dispute_id=case.id, deadline=wanted)
    accept_deadline(acting_user=case.claimant, dispute_id=case.id)
    assert case.dispute.statement_deadline == before
    assert moved(case) == 0
    assert accept_deadline(acting_user=case.co_parties[0], dispute_id=case.id).status == ProposalStatus.ACCEPTED
    assert case.dispute.statement_deadline == wanted
    assert moved(case) == 1


def test_who_asked_does_not_accept_for_the_others() -> None:
    case = stating()
    propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=in_days(40))
    before = footprint()
    with pytest.raises(NotYoursToDoError):
        accept_deadline(acting_user=case.claimant, dispute_id=case.id)
    assert footprint() == before


def test_accepting_twice_counts_and_is_journalled_once() -> None:
    case = with_co_claimant()
    propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=in_days(40))
    accept_deadline(acting_user=case.respondent, dispute_id=case.id)
    before = footprint()
    accept_deadline(acting_user=case.respondent, dispute_id=case.id)
    assert footprint() == before
    assert DeadlineProposal.objects.get().status == ProposalStatus.OPEN


def test_another_wish_replaces_the_open_one() -> None:
    case = stating()
    first = propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=in_days(40))
    wanted = in_days(20)
    propose_deadline(acting_user=case.respondent, dispute_id=case.id, deadline=wanted)
    first.refresh_from_db()
    assert first.status == ProposalStatus.SUPERSEDED
    accept_deadline(acting_user=case.claimant, dispute_id=case.id)
    assert case.dispute.statement_deadline == wanted


def test_nothing_to_accept_is_a_conflict() -> None:
    case = stating()
    with pytest.raises(WrongStateError):
        accept_deadline(acting_user=case.claimant, dispute_id=case.id)


def test_a_wish_for_the_answer_date_is_void_once_the_case_has_begun() -> None:
    case = file_case()
    other = file_case()
    join(case, case.respondent)
    # an invitation keeps the second case waiting, so that its wish stays open
    from disputes.services.invitations import Invitee, invite_another

    assert other.status == S.INVITE_SENT
    case = file_case(invitees=(Invitee("slow@example.org"),))
    join(case, case.respondent)
    propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=in_days(40))
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    before = footprint()
    with pytest.raises(WrongStateError):
        accept_deadline(acting_user=case.respondent, dispute_id=case.id)
    assert footprint() == before
    assert invite_another is not None


def test_a_wish_whose_date_has_passed_is_void(clock: Clock) -> None:
    case = stating()
    propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=in_days(2))
    clock.advance(timedelta(days=3))
    before = footprint()
    with pytest.raises(WrongStateError):
        accept_deadline(acting_user=case.respondent, dispute_id=case.id)
    assert footprint() == before


@pytest.mark.parametrize("days", [-1, 0, 366, 4000])
def test_dates_in_the_past_or_beyond_a_year_are_refused(days: int) -> None:
    case = stating()
    wanted = in_days(days)
    before = footprint()
    with pytest.raises(ValidationFailedError):
        propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=wanted)
    assert footprint() == before


def test_a_day_ends_at_midnight_where_the_dispute_lives() -> None:
    case = stating()
    Dispute.objects.filter(pk=case.id).update(timezone="America/New_York")
    day = (now() + timedelta(days=60)).date()
    answer = client_of(case.respondent).post(case.url("deadline"), {"date": day.isoformat()})
    assert answer.status_code == 201
    kept = DeadlineProposal.objects.get().deadline
    assert kept.astimezone(UTC) - datetime(day.year, day.month, day.day, tzinfo=UTC) in (
        timedelta(days=1, hours=4, seconds=-1), timedelta(days=1, hours=5, seconds=-1),
    )  # fmt: skip
