"""The Celery side of the outbox: a batch of deliveries, each claimed, kept and finished for itself."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from kernel import relay, subscriptions
from kernel.context import request_id
from kernel.entry import entry
from kernel.events import Event
from kernel.journal import Actor, StreamRef, record
from kernel.models import Delivery, IdempotencyRecord, JournalEntry, OutboxEvent
from kernel.outbox import publish
from kernel.subscriptions import Done, GiveUp, RetryLater, subscriber
from kernel.tasks import deliver, sweep_old_records
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class LetterWritten(Event):
    letter_id: UUID


@pytest.fixture(autouse=True)
def _own_subscribers() -> Iterator[None]:
    by_name, by_type = dict(subscriptions._by_name), {k: list(v) for k, v in subscriptions._by_type.items()}
    yield
    subscriptions._by_name.clear()
    subscriptions._by_type.clear()
    subscriptions._by_name.update(by_name)
    subscriptions._by_type.update(by_type)


def listen(handler: Callable[[LetterWritten, Done], None], **more: Any) -> None:
    subscriber(LetterWritten, **{"name": "test.post", "queue": "mail", **more})(handler)


def post(count: int = 1) -> list[UUID]:
    letters = [uuid4() for _ in range(count)]
    with entry():
        for letter in letters:
            publish(LetterWritten(letter))
    relay.expand_events()
    return letters


def effect(event: LetterWritten) -> None:
    record(stream=StreamRef("dispute", event.letter_id), verb="letter.posted", actor=Actor.system("test"))


def effects() -> Counter[UUID]:
    return Counter(JournalEntry.objects.filter(verb="letter.posted").values_list("stream_id", flat=True))


def deliver_all() -> None:
    deliver("test.post", [str(pk) for pk in Delivery.objects.order_by("created_at").values_list("pk", flat=True)])


def states() -> Counter[tuple[str, int, str]]:
    return Counter(Delivery.objects.values_list("state", "attempts", "last_error"))


def test_handler_works_outside_a_transaction_and_its_effect_comes_with_the_mark() -> None:
    seen: list[tuple[bool, bool, str]] = []

    def handle(event: LetterWritten, done: Done) -> None:
        outside = connection.in_atomic_block
        with done():
            effect(event)
            seen.append((outside, connection.in_atomic_block, request_id()))

    listen(handle)
    letters = post(3)
    OutboxEvent.objects.update(request_id="request-3")
    deliver_all()
    deliver_all()  # the broker delivers twice
    assert effects() == dict.fromkeys(letters, 1)
    assert seen == [(False, True, "request-3")] * 3
    assert states() == {("done", 1, ""): 3}


def test_handler_that_needs_no_effect_is_done_when_it_returns() -> None:
    listen(lambda _event, _done: None)
    post()
    deliver_all()
    assert states() == {("done", 1, ""): 1}


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (RetryLater("Busy."), ("pending", 1, "RetryLater: Busy.")),
        (GiveUp("Never."), ("dead", 1, "GiveUp: Never.")),
        (ValueError("private"), ("pending", 1, "ValueError")),
    ],
)
@pytest.mark.parametrize("is_inside", [True, False])
def test_handler_that_fails_has_no_effect(failure: Exception, state: tuple[str, int, str], is_inside: bool) -> None:
    def handle(event: LetterWritten, done: Done) -> None:
        if not is_inside:
            raise failure
        with done():
            effect(event)
            raise failure

    listen(handle)
    post()
    deliver_all()
    assert (effects(), states()) == ({}, {state: 1})


def test_failure_of_one_leaves_the_rest_of_the_batch_alone() -> None:
    ill: set[UUID] = set()

    def handle(event: LetterWritten, done: Done) -> None:
        with done():
            effect(event)
            if event.letter_id in ill:
                raise ValueError

    listen(handle)
    letters = post(5)
    ill.add(letters[2])
    deliver_all()
    assert effects() == {letter: 1 for letter in letters if letter not in ill}
    assert states() == {("done", 1, ""): 4, ("pending", 1, "ValueError"): 1}


def test_handler_that_failed_after_its_effect_is_done_all_the_same() -> None:
    def handle(event: LetterWritten, done: Done) -> None:
        with done():
            effect(event)
        raise ValueError("only now")

    listen(handle)
    (letter,) = post()
    deliver_all()
    deliver_all()
    assert (effects(), states()) == ({letter: 1}, {("done", 1, ""): 1})


def test_subscriber_unknown_to_this_version_is_a_dead_letter() -> None:
    listen(lambda _event, _done: None)
    post()
    subscriptions._by_name.clear()
    deliver_all()
    assert states() == {("dead", 1, "GiveUp: This version of Accord has no such subscriber."): 1}


def test_delivery_of_a_killed_worker_is_delivered_again(clock: Clock) -> None:
    class Killed(BaseException):
        pass

    deaths = [1]

    def handle(event: LetterWritten, done: Done) -> None:
        with done():
            effect(event)
            if deaths.pop() if deaths else 0:
                raise Killed

    listen(handle)
    (letter,) = post()
    with pytest.raises(Killed):
        deliver_all()
    deliver_all()
    assert effects() == {}
    sent: list[str] = []
    clock.advance(relay.LEASE + timedelta(seconds=1))
    relay.send_queued_deliveries(lambda _queue, _name, ids: sent.extend(ids))
    deliver("test.post", sent)
    assert (effects(), states()) == ({letter: 1}, {("done", 2, ""): 1})


def test_delivery_taken_over_in_the_middle_has_one_effect() -> None:
    takers: list[Delivery | None] = []

    def handle(event: LetterWritten, done: Done) -> None:
        if not takers:  # slow: its lease has ended and another worker begins
            Delivery.objects.update(state="queued", claim=None)
            takers.append(None)
            deliver_all()
        with done():
            effect(event)

    listen(handle)
    (letter,) = post()
    deliver_all()
    assert (effects(), states()) == ({letter: 1}, {("done", 2, ""): 1})


def test_lease_is_kept_while_the_work_goes_on_even_after_a_hiccup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LEASE", timedelta(seconds=0.9))
    extended: list[bool] = []
    extend = relay.extend_lease

    def watched(delivery: Delivery) -> bool:
        if threading.current_thread().name == "lease" and not extended:
            extended.append(False)
            raise OperationalError("the database was away for a moment")
        extended.append(extend(delivery))
        return extended[-1]

    monkeypatch.setattr(relay, "extend_lease", watched)
    sent: list[str] = []

    def handle(event: LetterWritten, done: Done) -> None:
        until = time.monotonic() + 2.2
        while time.monotonic() < until:
            time.sleep(0.2)
            if sum(extended):
                relay.send_queued_deliveries(lambda _queue, _name, ids: sent.extend(ids))
        with done():
            effect(event)

    listen(handle)
    (letter,) = post()
    deliver_all()
    assert (effects(), sent) == ({letter: 1}, [])
    assert extended.count(True) >= 3
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_housekeeping_task_forgets(clock: Clock) -> None:
    IdempotencyRecord.objects.create(
        caller="x", method="POST", path="/", key_digest=b"k", body_digest=b"b", locked_until="2026-01-01T00:00:00Z"
    )
    clock.advance(timedelta(hours=25))
    sweep_old_records()
    assert not IdempotencyRecord.objects.exists()
