"""Reminders: at seven, three and one days, once, to whoever still has to act; and what happens when a deadline passes."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from disputes.models import DeadlineReminder, Dispute, Invitation
from disputes.selectors import due
from disputes.services.deadlines import accept_deadline, propose_deadline
from disputes.services.invitations import Invitee, invite_another, report_wrong_person
from disputes.services.reminding import remind_of_deadline, remind_of_invitation
from disputes.tasks import sweep_deadlines
from disputes.tests import factories as make
from kernel.clock import now
from kernel.models import JournalEntry, OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.db


def reminded() -> list[tuple[str, int]]:
    return list(DeadlineReminder.objects.order_by("created_at", "id").values_list("awaited", "days"))


def days_on(clock: Clock, days: float) -> None:
    clock.advance(timedelta(days=days))
    sweep_deadlines()


def test_seven_three_and_one_days_before_and_then_the_time_is_over(clock: Clock) -> None:
    case = make.stating()
    sweep_deadlines()
    assert reminded() == []
    left = (case.dispute.statement_deadline - now()).total_seconds() / 86400  # type: ignore[operator]
    days_on(clock, left - 7.01)
    assert reminded() == []
    for step, days in ((0.02, 7), (4, 3), (2, 1)):
        days_on(clock, step)
        sweep_deadlines()
        assert reminded()[-1] == ("statement_deadline", days)
    assert len(reminded()) == 3
    assert OutboxEvent.objects.filter(type="disputes.DeadlineNear").count() == 3
    assert JournalEntry.objects.filter(verb="deadline.reminded").count() == 3
    days_on(clock, 1.1)
    assert (case.status, case.dispute.outcome) == ("closed", "unanswered")
    assert len(reminded()) == 3


def test_an_invited_person_is_reminded_to_answer(clock: Clock) -> None:
    case = make.file_case()
    left = (case.dispute.respond_by - now()).total_seconds() / 86400
    days_on(clock, left - 2.9)
    assert reminded() == [("respond_by", 3)], "what a standstill swallowed is not sent in a row"
    make.join(case, case.respondent)
    days_on(clock, 2)
    assert ("respond_by", 1) not in reminded()


def test_reminders_whose_moment_has_passed_at_the_filing_are_skipped(clock: Clock) -> None:
    case = make.file_case(respond_by=now() + timedelta(days=5))
    sweep_deadlines()
    assert reminded() == []
    days_on(clock, 2.1)
    assert reminded() == [("respond_by", 3)]
    assert case.status == "invite_sent"
    make.file_case(respond_by=now() + timedelta(hours=5))
    sweep_deadlines()
    assert len(reminded()) == 1


def test_a_moved_deadline_is_reminded_of_anew(clock: Clock) -> None:
    case = make.stating()
    left = (case.dispute.statement_deadline - now()).total_seconds() / 86400  # type: ignore[operator]
    days_on(clock, left - 2.9)
    propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=now() + timedelta(days=20))
    accept_deadline(acting_user=case.respondent, dispute_id=case.id)
    sweep_deadlines()
    assert reminded() == [("statement_deadline", 3)]
    days_on(clock, 13.1)
    assert reminded() == [("statement_deadline", 3), ("statement_deadline", 7)]


def test_signatures_and_consent_are_reminded_of_and_a_move_ends_reminders(clock: Clock) -> None:
    make.signing()
    days_on(clock, 24)
    assert reminded() == [("signing", 7)]
    locked = make.mediating()
    make.fail_rounds(locked, 5)
    days_on(clock, 8)
    assert ("consent_deadline", 7) in reminded()
    case = make.stating()
    assert case.dispute.next_reminder_at is not None
    make.disclose(case)
    assert case.dispute.next_reminder_at is None


def test_who_said_not_me_is_not_reminded(clock: Clock) -> None:
    case = make.file_case(invitees=(Invitee("x@example.org"),))
    report_wrong_person(token=make.token_for(case, "x@example.org"))
    left = (case.dispute.respond_by - now()).total_seconds() / 86400
    days_on(clock, left - 2.9)
    assert DeadlineReminder.objects.count() == 1
    assert DeadlineReminder.objects.get().invitation.participant.wrong_address_at is None  # type: ignore[union-attr]


def test_the_sweep_costs_by_what_is_due(clock: Clock) -> None:
    counts = []
    for cases in (1, 12):
        for _ in range(cases):
            make.stating()
        with CaptureQueriesContext(connection) as queries:
            sweep_deadlines()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert due.disputes_to_remind() == []
    assert due.invitations_to_remind() == []


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_remind_once() -> None:
    case = make.stating()
    waiting = make.file_case()
    present = now()
    Dispute.objects.filter(pk=case.id).update(next_reminder_at=present, statement_deadline=present + timedelta(days=2))
    Invitation.objects.filter(participant__dispute_id=waiting.id).update(
        next_reminder_at=present, expires_at=present + timedelta(days=2)
    )
    invitation_id = Invitation.objects.get(participant__dispute_id=waiting.id).pk

    def sweep() -> None:
        remind_of_deadline(dispute_id=case.id)
        remind_of_invitation(invitation_id=invitation_id)
        close_old_connections()
        connection.close()

    sweepers = [Thread(target=sweep) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert sorted(reminded()) == [("respond_by", 3), ("statement_deadline", 3)]
    assert OutboxEvent.objects.filter(type="disputes.DeadlineNear").count() == 2


def test_somebody_invited_after_the_answer_date_gets_time_of_their_own(clock: Clock) -> None:
    case = make.file_case(invitees=(Invitee("slow@example.org"),))
    Invitation.objects.filter(participant__dispute_id=case.id).update(expires_at=now() + timedelta(days=60))
    clock.advance(timedelta(days=20))
    person = invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee("late@example.org"))
    assert person.invitation.expires_at > now() + timedelta(days=12)
