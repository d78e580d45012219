"""Forgetting: what has no use any more, and nothing else."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from kernel.clock import now
from kernel.housekeeping import ATTEMPTS_KEPT, EVENTS_KEPT, KEYS_KEPT, forget_old_records
from kernel.journal import Actor, StreamRef, record
from kernel.models import Delivery, IdempotencyRecord, JournalEntry, OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.django_db


def event(*states: str, is_dispatched: bool = True) -> OutboxEvent:
    made = OutboxEvent.objects.create(type="kernel.Old", payload={}, dispatched_at=now() if is_dispatched else None)
    for number, state in enumerate(states):
        Delivery.objects.create(event=made, subscriber=f"test.{number}", state=state)
    return made


def test_events_are_forgotten_when_old_and_wholly_delivered(clock: Clock) -> None:
    finished = [event(), event("done"), event("done", "done")]
    kept = [event("done", state) for state in ("pending", "queued", "running", "dead")]
    kept.append(event(is_dispatched=False))
    clock.advance(EVENTS_KEPT - timedelta(minutes=1))
    young = event("done")
    assert forget_old_records() == (0, 0, 0)
    clock.advance(timedelta(minutes=2))
    _keys, gone, _attempts = forget_old_records()
    assert gone == len(finished) + 3  # with their deliveries
    assert set(OutboxEvent.objects.all()) == {*kept, young}
    assert Delivery.objects.count() == 2 * 4 + 1
    assert forget_old_records() == (0, 0, 0)


def test_keys_are_forgotten_after_a_day(clock: Clock) -> None:
    def key(digest: bytes) -> None:
        IdempotencyRecord.objects.create(
            caller="c", method="POST", path="/", key_digest=digest, body_digest=b"", locked_until=timezone.now()
        )

    key(b"old")
    clock.advance(KEYS_KEPT - timedelta(minutes=1))
    key(b"young")
    assert forget_old_records()[0] == 0
    clock.advance(timedelta(minutes=2))
    assert forget_old_records()[0] == 1
    assert bytes(IdempotencyRecord.objects.get().key_digest) == b"young"


def test_failed_sign_ins_are_forgotten_after_a_day(clock: Clock) -> None:
    AccessAttempt.objects.create(username="old", failures_since_start=3)
    clock.advance(ATTEMPTS_KEPT - timedelta(minutes=1))
    assert forget_old_records() == (0, 0, 0)
    clock.advance(timedelta(minutes=2))
    young = AccessAttempt.objects.create(username="young", failures_since_start=3)
    AccessAttempt.objects.filter(pk=young.pk).update(attempt_time=now())
    assert forget_old_records() == (0, 0, 1)
    assert list(AccessAttempt.objects.all()) == [young]


def test_journal_is_never_touched(clock: Clock) -> None:
    record(stream=StreamRef("dispute", event().pk), verb="thing.done", actor=Actor.system("test"))
    before = JournalEntry.objects.count()
    clock.advance(timedelta(days=4000))
    forget_old_records()
    assert JournalEntry.objects.count() == before
