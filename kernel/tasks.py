"""Celery entry points of the kernel."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import close_old_connections

from kernel import relay
from kernel.context import use_request_id
from kernel.entry import entry
from kernel.events import Event
from kernel.leases import kept
from kernel.models.outbox import Delivery
from kernel.subscriptions import GiveUp, subscriber_named

log = logging.getLogger(__name__)


@shared_task(name="kernel.deliver")
def deliver(subscriber: str, delivery_ids: list[str]) -> None:
    """Run one subscriber on a batch of deliveries; a failure of one leaves the others alone."""
    close_old_connections()
    for delivery_id in delivery_ids:
        delivery = relay.claim(UUID(delivery_id))
        if delivery is not None:
            _deliver_one(delivery)


def _deliver_one(delivery: Delivery) -> None:
    try:
        with kept(lambda: relay.extend_lease(delivery), relay.LEASE), use_request_id(delivery.event.request_id):
            subscriber = subscriber_named(delivery.subscriber)
            if subscriber is None:
                raise GiveUp("This version of Accord has no such subscriber.")
            event = Event.load(delivery.event.type, delivery.event.payload)
            subscriber.handler(event, lambda: relay.done_with_effect(delivery))
            _finish_if_open(delivery)
    except relay.LeaseLostError:
        log.info("delivery was taken over", extra={"delivery": str(delivery.pk)})
    except Exception as failure:
        with entry():
            if relay.extend_lease(delivery):
                relay.postpone(delivery, failure)


def _finish_if_open(delivery: Delivery) -> None:
    with entry():
        if relay.extend_lease(delivery):
            relay.finish(delivery)


@shared_task(name="kernel.checkpoint_journal")
def checkpoint_journal() -> None:
    """Write a signed checkpoint over the journal heads that moved since the last one."""
    from kernel.checkpoints import write_checkpoint

    close_old_connections()
    write_checkpoint()


@shared_task(name="kernel.sweep_old_records")
def sweep_old_records() -> None:
    """Forget idempotency keys and failed sign-ins after 24 hours and finished deliveries after 30 days."""
    from kernel.housekeeping import forget_old_records

    close_old_connections()
    forget_old_records()
