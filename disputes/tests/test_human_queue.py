"""Who asks for a person is told by when one answers; who should answer is reminded when that time is over."""

from datetime import timedelta

import pytest

from accounts.tests.factories import UserFactory
from disputes.enums import Part
from disputes.events import HumanOverdue
from disputes.selectors.back_office import desk
from disputes.services.contracts import decline_contract
from disputes.services.ending import escalate_dispute
from disputes.services.resolving import request_resolution
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of
from disputes.tests.factories import Case, accept, assign, draw_up, fail_rounds, mediating, propose
from kernel.clock import as_utc, now
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def escalate(case: Case) -> None:
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="It leads nowhere.")


def reminders() -> int:
    return OutboxEvent.objects.filter(type=HumanOverdue.type_name()).count()


def test_every_party_is_told_by_when_a_person_answers(unlimited: None) -> None:
    case = mediating()
    assert client_of(case.respondent).get(case.url()).json()["human_due_at"] is None
    asked = now()
    escalate(case)
    due = case.dispute.human_due_at
    assert due is not None
    assert timedelta(0) <= due - asked - timedelta(hours=24) < timedelta(minutes=1)
    for user in case.parties:
        assert client_of(user).get(case.url()).json()["human_due_at"] == as_utc(due)
    escalate(case)  # asking again gives no later date
    assert case.dispute.human_due_at == due


def test_the_back_office_is_reminded_when_it_is_late_and_again_each_day(clock: Clock) -> None:
    case = mediating()
    escalate(case)
    for hours, count in ((23, 0), (2, 1), (1, 1), (22, 1), (2, 2)):
        clock.advance(timedelta(hours=hours))
        sweep_deadlines()
        assert reminders() == count, hours
    assign(case, Part.MEDIATOR)
    assert case.dispute.human_due_at is None
    clock.advance(timedelta(days=2))
    sweep_deadlines()
    assert reminders() == 2


def test_overdue_cases_stand_on_top_of_the_desk(clock: Clock, settings: object) -> None:
    admin = UserFactory(admin=True)
    settled, first, second = mediating(), mediating(), mediating()
    escalate(settled)
    propose(settled)
    accept(settled)
    settings.DISPUTES_HUMAN_HOURS = 72  # type: ignore[attr-defined]
    escalate(first)
    settings.DISPUTES_HUMAN_HOURS = 24  # type: ignore[attr-defined]
    clock.advance(timedelta(hours=1))
    escalate(second)
    clock.advance(timedelta(hours=25))
    waiting = desk(admin).for_human
    assert [(row.id, row.is_past) for row in waiting.rows] == [
        (second.id, True), (first.id, False), (settled.id, None),
    ]  # fmt: skip
    assert waiting.rows[0].since == second.dispute.human_due_at


def test_a_case_that_settles_waits_for_nobody_and_one_that_comes_back_waits_anew() -> None:
    case = mediating()
    escalate(case)
    propose(case)
    accept(case)
    assert case.dispute.human_due_at is None
    draw_up(case)
    decline_contract(acting_user=case.claimant, dispute_id=case.id, reason="")
    assert case.dispute.human_due_at is None
    escalate(case)
    assert case.dispute.human_due_at is not None


def test_used_up_rounds_start_the_same_clock() -> None:
    case = mediating()
    fail_rounds(case, 5)
    assert request_resolution(acting_user=case.claimant, dispute_id=case.id).resolution is None
    assert case.dispute.human_due_at is not None
