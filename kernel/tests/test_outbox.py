"""Publishing: in the transaction of the change, with one ring after it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from django.db import transaction
from pytest_django.fixtures import Settings

from kernel import redis_client
from kernel.context import use_request_id
from kernel.entry import entry
from kernel.events import Event
from kernel.models import Delivery, OutboxEvent
from kernel.outbox import WAKE_CHANNEL, publish, retry_dead, wake_after_commit

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class PageTurned(Event):
    page_id: UUID
    number: int = 1


@pytest.fixture
def rings(redis_url: str) -> Iterator[Any]:
    """How often the relay's bell was rung since the last time it was asked."""
    client = redis.Redis.from_url(redis_url)
    bell: Any = client.pubsub()  # type: ignore[no-untyped-call,unused-ignore]
    bell.subscribe(WAKE_CHANNEL)
    while (message := bell.get_message(timeout=5)) is not None and message["type"] != "subscribe":
        pass

    def count() -> int:
        heard = 0
        while bell.get_message(timeout=0.3) is not None:
            heard += 1
        return heard

    yield count
    bell.close()
    client.close()


def test_published_event_lies_in_the_outbox_with_the_requests_id() -> None:
    page = uuid4()
    with use_request_id("r-1"):
        event_id = publish(PageTurned(page, 3))
    row = OutboxEvent.objects.get(pk=event_id)
    assert (row.type, row.payload, row.request_id) == ("kernel.PageTurned", {"page_id": str(page), "number": 3}, "r-1")
    assert (row.dispatched_at, str(row)) == (None, f"kernel.PageTurned {event_id}")
    assert row.created_at is not None


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="in the transaction of its change"):
        publish(PageTurned(uuid4()))
    assert OutboxEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_published_event_is_gone_with_its_transaction(rings: Any) -> None:
    with entry():
        publish(PageTurned(uuid4()))
        transaction.set_rollback(True)
    assert OutboxEvent.objects.count() == 0
    assert rings() == 0


@pytest.mark.django_db(transaction=True)
def test_relay_is_rung_once_after_the_commit_and_not_before(rings: Any) -> None:
    with entry():
        for number in range(5):
            publish(PageTurned(uuid4(), number))
        with transaction.atomic():
            publish(PageTurned(uuid4()))
        wake_after_commit()
        assert rings() == 0
    assert rings() == 1
    with entry():
        pass
    assert rings() == 0
    with entry():
        publish(PageTurned(uuid4()))
    assert rings() == 1


@pytest.mark.django_db(transaction=True)
def test_relay_is_rung_when_only_a_savepoint_was_rolled_back(rings: Any) -> None:
    with entry():
        with transaction.atomic():
            publish(PageTurned(uuid4()))
            transaction.set_rollback(True)
        publish(PageTurned(uuid4()))
    assert rings() == 1
    with entry(), transaction.atomic():
        publish(PageTurned(uuid4()))
        transaction.set_rollback(True)
    assert rings() == 0
    assert OutboxEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["unix:///nowhere/valkey.sock", "redis://127.0.0.1:1/0", ""])
def test_redis_away_loses_nothing_and_holds_nobody_up(settings: Settings, address: str) -> None:
    settings.CACHE_URL = address
    redis_client.forget_failures()
    begun = time.monotonic()
    for _ in range(20):
        with entry():
            publish(PageTurned(uuid4()))
    redis_client.forget_failures()
    assert OutboxEvent.objects.count() == 20
    assert time.monotonic() - begun < 3


def test_retry_dead_gives_a_dead_letter_a_new_life_and_no_other() -> None:
    event = OutboxEvent.objects.create(type="kernel.PageTurned", payload={})
    states = ("pending", "queued", "running", "done", "dead")
    rows = {
        state: Delivery.objects.create(event=event, subscriber=state, state=state, attempts=4, last_error="because")
        for state in states
    }
    assert {state: retry_dead(delivery_id=row.pk) for state, row in rows.items()} == {
        **dict.fromkeys(states, False),
        "dead": True,
    }
    row = Delivery.objects.get(pk=rows["dead"].pk)
    assert (row.state, row.attempts, row.last_error, row.finished_at) == ("pending", 0, "", None)
    assert not retry_dead(delivery_id=row.pk)
    assert not retry_dead(delivery_id=uuid4())
    assert Delivery.objects.get(pk=rows["done"].pk).attempts == 4
