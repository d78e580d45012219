"""What the mediation protocol tells, and that what is one party's own is told to nobody else."""

from datetime import timedelta

import pytest

from accounts.tests.factories import UserFactory
from disputes.events import UnderstandingRequested
from disputes.services.ending import escalate_dispute
from disputes.services.reminding import remind_of_waiting_for_human
from disputes.services.understanding import answer_understanding
from disputes.tests.factories import Case, assign, bid, mediated, mediating, rank, ranking, understand
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock
from notifications.models import Mail, Notification
from notifications.tests.factories import pump

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def told(kind: str) -> list[object]:
    """Who was told in the app; the mails go to the same people."""
    people = sorted(Notification.objects.filter(kind=kind).values_list("user_id", flat=True))
    assert sorted(Mail.objects.filter(kind=kind).values_list("user_id", flat=True)) == people
    return list(people)


def quiet() -> Case:
    """Nobody has a summary yet, and the AI makes none."""
    case = mediated()
    OutboxEvent.objects.filter(type=UnderstandingRequested.type_name()).delete()
    return case


def test_a_summary_is_told_to_its_party_alone() -> None:
    case = quiet()
    understand(case, case.claimant)
    pump()
    assert told("understanding_ready") == [case.claimant.pk]


def test_who_has_answered_before_the_news_leaves_is_left_alone() -> None:
    case = quiet()
    understand(case, case.claimant)
    answer_understanding(acting_user=case.claimant, dispute_id=case.id, decision="confirm")
    pump()
    assert told("understanding_ready") == []


def test_who_has_not_ranked_is_asked_to() -> None:
    case = ranking()
    rank(case, case.claimant, "600.00", "800.00", "900.00", "1000.00")
    pump()
    assert told("please_rank") == [case.respondent.pk]


def test_both_are_told_that_bids_did_not_meet() -> None:
    case = mediated()
    bid(case, case.claimant, "900.00")
    pump()
    assert told("bidding_closed") == []
    bid(case, case.respondent, "100.00")
    pump()
    assert told("bidding_closed") == sorted([case.claimant.pk, case.respondent.pk])


def test_administrators_and_the_cases_lawyers_are_reminded_of_who_waits(clock: Clock) -> None:
    admin, case = UserFactory(admin=True), mediating()
    counsel = assign(case)
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    clock.advance(timedelta(days=5))  # over any weekend
    assert remind_of_waiting_for_human(dispute_id=case.id)
    pump()
    assert {admin.pk, counsel.pk} <= set(told("human_overdue"))
    assert not {party.pk for party in case.parties} & set(told("human_overdue"))
