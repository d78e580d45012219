"""The relay: carries outbox events to their subscribers, at least once.

Events are expanded into one delivery per subscriber. Deliveries without a queue run here, each in the transaction that marks it
done; the others go to Celery in batches. A delivery that is not claimed in time is sent again, one whose worker died is freed
when its lease ends; a claim makes the duplicates harmless. Any number of relays may run (SKIP LOCKED).
"""

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import DurationField, Expression, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Greatest, Least

from kernel.clock import DbNow
from kernel.context import use_request_id
from kernel.entry import entry
from kernel.events import Event
from kernel.ids import new_id
from kernel.models.outbox import Delivery, DeliveryState, OutboxEvent
from kernel.subscriptions import GiveUp, Subscriber, subscriber_named, subscribers_of

log = logging.getLogger(__name__)

EVENTS_AT_ONCE = 200
DELIVERIES_AT_ONCE = 100
MAILS_PER_TASK = 10
# A task the broker lost is missed after 15 s at first, later after as long as the delivery is old: a queue that is merely long
# gets a few duplicates, not one every 15 s.
UNCLAIMED_AFTER, UNCLAIMED_AFTER_AT_MOST = timedelta(seconds=15), timedelta(seconds=240)
LEASE = timedelta(seconds=20)
BACK_OFF = (1, 5, 30, 120, 600, 1800, 7200, 21600)  # seconds before attempt 2, 3, …

Send = Callable[[str, str, list[str]], None]


class LeaseLostError(Exception):
    """Another worker has taken this delivery over; what was prepared here is dropped."""


def expand_events() -> int:
    """Make the deliveries of events that have none yet; returns how many events were expanded.

    Events of a type this code does not know wait, counted by `backlog`, for a relay of the version that published them.
    """
    with entry():
        events = list(
            OutboxEvent.objects.select_for_update(skip_locked=True)
            .filter(dispatched_at=None, type__in=list(Event.registry))
            .order_by("created_at")[:EVENTS_AT_ONCE]
        )
        if not events:
            return 0
        Delivery.objects.bulk_create(
            [
                Delivery(event=event, subscriber=subscriber.name, queue=subscriber.queue or "")
                for event in events
                for subscriber in subscribers_of(event.type)
            ],
            ignore_conflicts=True,
        )
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(dispatched_at=DbNow())
        return len(events)


def run_local_deliveries() -> int:
    """Run due deliveries that only touch the database, each with its effect in one transaction."""
    done = 0
    while done < DELIVERIES_AT_ONCE and _run_next_local():
        done += 1
    return done


def _run_next_local() -> bool:
    failure: Exception | None = None
    with entry():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(queue="", state=DeliveryState.PENDING, available_at__lte=DbNow())
            .order_by("available_at")
            .first()
        )
        if delivery is None:
            return False
        delivery.attempts += 1
        try:
            with transaction.atomic(), use_request_id(delivery.event.request_id):
                subscriber = _subscriber(delivery)
                subscriber.handler(Event.load(delivery.event.type, delivery.event.payload))
                connection.check_constraints()  # what would fail at the commit fails here, as this delivery's failure
        except Exception as error:  # whatever a handler raises is this delivery's failure, kept and shown
            failure = error
        if failure is None:
            finish(delivery)
        else:
            postpone(delivery, failure)
    return True


def _subscriber(delivery: Delivery) -> Subscriber:
    subscriber = subscriber_named(delivery.subscriber)
    if subscriber is None:
        raise GiveUp("This version of Accord has no such subscriber.")
    return subscriber


def finish(delivery: Delivery) -> None:
    """Mark done, in the transaction of the effect."""
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DONE, attempts=delivery.attempts, finished_at=DbNow(), last_error="", claim=None
    )


def postpone(delivery: Delivery, failure: Exception) -> None:
    """Back-off, or the dead letters when attempts are used up or none can succeed."""
    subscriber = subscriber_named(delivery.subscriber)
    limit = subscriber.max_attempts if subscriber else 1
    dead = isinstance(failure, GiveUp) or delivery.attempts >= limit
    pause = BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DEAD if dead else DeliveryState.PENDING,
        attempts=delivery.attempts,
        available_at=DbNow() + timedelta(seconds=pause),
        last_error=describe(failure),
        claim=None,
        finished_at=DbNow() if dead else None,
    )
    log.warning(
        "delivery failed",
        exc_info=failure,
        extra={
            "subscriber": delivery.subscriber,
            "delivery": str(delivery.pk),
            "attempt": delivery.attempts,
            "dead": dead,
        },
    )


def describe(failure: Exception) -> str:
    """A failure's kind and, for orders raised by our own handlers, its words; foreign messages may hold private text."""
    name = type(failure).__name__
    own = type(failure).__module__.startswith("kernel.")
    return f"{name}: {failure}"[:300] if own else name


def send_queued_deliveries(send: Send) -> int:
    """Hand due deliveries with a queue to Celery; `send(queue, subscriber, delivery ids)`. Returns how many were due."""
    with entry():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(
                state__in=[DeliveryState.PENDING, DeliveryState.QUEUED, DeliveryState.RUNNING],
                available_at__lte=DbNow(),
            )
            .exclude(queue="")
            .order_by("available_at")[:DELIVERIES_AT_ONCE]
        )
        found = len(due)
        due = [item for item in due if not _ended_for_good(item)]
        Delivery.objects.filter(pk__in=[item.pk for item in due]).update(
            state=DeliveryState.QUEUED, available_at=_missed_at(), claim=None
        )
    batches: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in due:
        batches[item.queue, item.subscriber].append(str(item.pk))
    for (queue, subscriber), ids in batches.items():
        size = MAILS_PER_TASK if queue in {"mail", "push"} else 1
        for start in range(0, len(ids), size):
            _send(send, queue, subscriber, ids[start : start + size])
    return found


def _missed_at() -> Expression:
    age = ExpressionWrapper(DbNow() - F("created_at"), DurationField())
    return DbNow() + Least(Greatest(age, Value(UNCLAIMED_AFTER)), Value(UNCLAIMED_AFTER_AT_MOST))


def _ended_for_good(delivery: Delivery) -> bool:
    """Whether a delivery whose worker died has used up its attempts: then it is a dead letter now."""
    subscriber = subscriber_named(delivery.subscriber)
    if delivery.state != DeliveryState.RUNNING or subscriber is None or delivery.attempts < subscriber.max_attempts:
        return False
    postpone(delivery, GiveUp("Its worker ended in the middle of every attempt."))
    return True


def _send(send: Send, queue: str, subscriber: str, ids: list[str]) -> None:
    try:
        send(queue, subscriber, ids)
    except Exception as error:  # the broker's client raises many kinds; all mean: not sent, so try again soon
        log.warning("broker refused a task", extra={"queue": queue, "error": type(error).__name__})
        Delivery.objects.filter(pk__in=ids, state=DeliveryState.QUEUED).update(
            state=DeliveryState.PENDING, available_at=DbNow() + timedelta(seconds=3)
        )


def claim(delivery_id: UUID) -> Delivery | None:
    """Take a delivery for this worker; None when another has it or it is finished."""
    token = new_id()
    # One that waits after a failure is not taken before its time, whatever the broker delivers twice.
    free = Q(state=DeliveryState.QUEUED) | Q(state=DeliveryState.PENDING, available_at__lte=DbNow())
    with entry():
        taken = Delivery.objects.filter(free, pk=delivery_id).update(
            state=DeliveryState.RUNNING, claim=token, attempts=F("attempts") + 1, available_at=DbNow() + LEASE
        )
    return Delivery.objects.select_related("event").get(pk=delivery_id) if taken else None


def extend_lease(delivery: Delivery) -> bool:
    """Keep the lease while the work goes on; False once somebody else has the delivery."""
    return bool(
        Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=DeliveryState.RUNNING).update(
            available_at=DbNow() + LEASE
        )
    )


@contextmanager
def done_with_effect(delivery: Delivery) -> Iterator[None]:
    """The transaction of a subscriber's effect, which also marks the delivery done. Raises LeaseLostError if it is not ours."""
    with entry():
        ours = (
            Delivery.objects.select_for_update()
            .filter(pk=delivery.pk, claim=delivery.claim, state=DeliveryState.RUNNING)
            .exists()
        )
        if not ours:
            raise LeaseLostError
        yield
        finish(delivery)


def backlog() -> tuple[int, float, int]:
    """Open deliveries and events, the oldest one's age in seconds, and the number of dead letters."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM kernel_outbox_event WHERE dispatched_at IS NULL)
                 + (SELECT count(*) FROM kernel_delivery WHERE state IN ('pending', 'queued', 'running')),
                   coalesce(extract(epoch FROM kernel_now() - least(
                       (SELECT min(created_at) FROM kernel_outbox_event WHERE dispatched_at IS NULL),
                       (SELECT min(created_at) FROM kernel_delivery WHERE state IN ('pending', 'queued', 'running')))), 0),
                   (SELECT count(*) FROM kernel_delivery WHERE state = 'dead')
            """
        )
        count, age, dead = cursor.fetchone()
    return int(count), float(age), int(dead)
