"""Forgetting what has no use any more. The journal is never touched."""

from datetime import timedelta

from axes.models import AccessAttempt

from kernel.clock import DbNow
from kernel.models.idempotency import IdempotencyRecord
from kernel.models.outbox import DeliveryState, OutboxEvent

KEYS_KEPT = timedelta(hours=24)
EVENTS_KEPT = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(hours=24)


def forget_old_records() -> tuple[int, int, int]:
    """Delete what has had its time; returns how many keys, events and failed sign-ins.

    Idempotency keys live 24 h, events 30 days after their last delivery is done. A failed sign-in counts for a quarter of an
    hour; the next sign-in of anybody deletes it, and this does where nobody signs in.
    """
    keys, _ = IdempotencyRecord.objects.filter(created_at__lt=DbNow() - KEYS_KEPT).delete()
    events, _ = (
        OutboxEvent.objects.filter(created_at__lt=DbNow() - EVENTS_KEPT, dispatched_at__isnull=False)
        .exclude(deliveries__state__in=[state for state in DeliveryState.values if state != DeliveryState.DONE])
        .delete()
    )
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lt=DbNow() - ATTEMPTS_KEPT).delete()
    return keys, events, attempts
