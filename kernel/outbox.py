"""Publishing: the second row of every change (architecture.md, decisions 1 and 2)."""

import logging
from uuid import UUID

import redis
from django.db import connection, transaction

from kernel.clock import DbNow
from kernel.context import request_id
from kernel.events import Event
from kernel.models.outbox import Delivery, DeliveryState, OutboxEvent

WAKE_CHANNEL = "accord:relay"
log = logging.getLogger(__name__)


def publish(event: Event) -> UUID:
    """Write the event into the outbox, in the caller's transaction. Raises RuntimeError outside of one."""
    if not connection.in_atomic_block:
        raise RuntimeError("An event is published in the transaction of its change.")
    row = OutboxEvent(type=event.type_name(), payload=event.payload(), request_id=request_id())
    OutboxEvent.objects.bulk_create([row])
    wake_after_commit()
    return row.pk


def wake_after_commit() -> None:
    """Ask for one wake-up of the relay after the running transaction; a hint that may be lost."""
    if not any(entry[1] is _wake for entry in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    from kernel.redis_client import RedisGoneError, run_command

    try:
        run_command("PUBLISH", WAKE_CHANNEL, "1")
    except (RedisGoneError, redis.RedisError) as error:
        log.info("relay not woken, its sweep will find the event", extra={"error": type(error).__name__})


def retry_dead(*, delivery_id: UUID) -> bool:
    """Give a dead letter a new life; False when it is not dead (any more)."""
    changed = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.DEAD).update(
        state=DeliveryState.PENDING, attempts=0, available_at=DbNow(), last_error="", finished_at=None
    )
    if changed:
        wake_after_commit()
    return bool(changed)
