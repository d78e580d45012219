"""Forgetting what has no use any more. The journal is never touched."""

from datetime import timedelta

from kernel.clock import DbNow
from kernel.models.idempotency import IdempotencyRecord
from kernel.models.outbox import DeliveryState, OutboxEvent

KEYS_KEPT = timedelta(hours=24)
EVENTS_KEPT = timedelta(days=30)


def forget_old_records() -> tuple[int, int]:
    """Delete idempotency keys after 24 h and events whose every delivery is done after 30 days; returns both counts."""
    keys, _ = IdempotencyRecord.objects.filter(created_at__lt=DbNow() - KEYS_KEPT).delete()
    events, _ = (
        OutboxEvent.objects.filter(created_at__lt=DbNow() - EVENTS_KEPT, dispatched_at__isnull=False)
        .exclude(deliveries__state__in=[state for state in DeliveryState.values if state != DeliveryState.DONE])
        .delete()
    )
    return keys, events
