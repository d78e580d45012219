"""Who asks for a person is told by when one answers; who should answer is reminded when that time is over."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.tests.factories import UserFactory, browser
from disputes.enums import Part
from disputes.events import HumanOverdue
from disputes.models import Dispute
from disputes.selectors.back_office import desk
from disputes.selectors.working_time import WorkingTime, human_due
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


@pytest.fixture(autouse=True)
def _around_the_clock(settings: Any) -> None:
    """Plain hours, so that the tests do not depend on the day they run; those of working hours say so themselves."""
    settings.DISPUTES_WORKING_DAYS, settings.DISPUTES_WORKING_HOURS = tuple(range(7)), ("00:00", "00:00")
    settings.DISPUTES_HUMAN_HOURS = 24


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


# --- working hours ----------------------------------------------------------------------------------------------------
OFFICE = WorkingTime(frozenset(range(5)), time(9), time(17), frozenset({date(2026, 12, 25)}))


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("start", "hours", "due", "zone"),
    [
        ("2026-11-18T10:00", 8, "2026-11-19T10:00", "Europe/Madrid"),  # a Wednesday: what is left goes to the next day
        ("2026-11-18T09:00", 8, "2026-11-18T17:00", "Europe/Madrid"),  # a whole day ends with the day
        ("2026-11-18T03:00", 2, "2026-11-18T11:00", "America/Bogota"),  # before it opens
        ("2026-11-20T16:00", 8, "2026-11-23T16:00", "Europe/Madrid"),  # over the weekend
        ("2026-11-21T12:00", 1, "2026-11-23T10:00", "Asia/Tokyo"),  # asked on a Saturday
        ("2026-12-24T16:30", 1, "2026-12-28T09:30", "Europe/Berlin"),  # a holiday, then the weekend
        ("2026-11-18T17:00", 1, "2026-11-19T10:00", "Europe/Madrid"),  # as it closes
    ],
)
def test_working_hours_alone_are_counted(start: str, hours: int, due: str, zone: str) -> None:
    assert OFFICE.after(at(start, zone), hours, zone) == at(due, zone)


@pytest.mark.unit
def test_around_the_clock_an_hour_is_an_hour_also_when_clocks_change() -> None:
    always = WorkingTime(frozenset(range(7)), time(0), time(0), frozenset())
    start = at("2026-10-24T12:00", "Europe/Madrid")  # in the night the clocks go back
    assert always.after(start, 24, "Europe/Madrid").timestamp() - start.timestamp() == 24 * 3600


@pytest.mark.unit
def test_where_nobody_ever_works_it_says_so() -> None:
    with pytest.raises(ValueError, match="never"):
        WorkingTime(frozenset(), time(9), time(17), frozenset()).after(at("2026-11-18T10:00", "UTC"), 1, "UTC")


def test_person_is_promised_in_working_hours_of_the_disputes_time_zone(settings: Any) -> None:
    settings.DISPUTES_WORKING_DAYS, settings.DISPUTES_WORKING_HOURS = (0, 1, 2, 3, 4), ("09:00", "17:00")
    settings.DISPUTES_HUMAN_HOURS = 8
    case = mediating()
    Dispute.objects.filter(pk=case.id).update(timezone="America/Bogota")
    escalate(case)
    due = case.dispute.human_due_at
    assert due is not None
    local = due.astimezone(ZoneInfo("America/Bogota"))
    assert (local.weekday() < 5, 9 <= local.hour <= 17) == (True, True)
    assert abs(due - human_due(now(), "America/Bogota")) < timedelta(minutes=1)
    settings.DISPUTES_HOLIDAYS = (local.date().isoformat(),)
    assert human_due(now(), "America/Bogota").astimezone(ZoneInfo("America/Bogota")).date() > local.date()


def test_late_answer_is_marked_in_the_room_and_in_the_back_office(clock: Clock, unlimited: None) -> None:
    case, admin = mediating(), UserFactory(admin=True)
    escalate(case)
    places = (
        (case.claimant, f"/disputes/{case.id}/", ">overdue</span>"),
        (admin, "/staff/", "· overdue</span>"),
        (admin, "/admin/disputes/dispute/?waiting=human", ">overdue</strong>"),
    )
    assert [mark in browser(user).get(place).content.decode() for user, place, mark in places] == [False] * 3
    clock.advance(timedelta(hours=25))
    assert [mark in browser(user).get(place).content.decode() for user, place, mark in places] == [True] * 3
