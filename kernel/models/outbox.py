"""The outbox: what subscribers are delivered from, written in the transaction of the change itself."""

from django.db import models
from django.db.models import Q

from kernel.clock import DbNow
from kernel.models.base import Model


class OutboxEvent(Model):
    """One published event, waiting to be expanded into a delivery for each of its subscribers."""

    type = models.CharField(max_length=80)
    payload = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    dispatched_at = models.DateTimeField(null=True)

    personal_data = {}

    class Meta:
        db_table = "kernel_outbox_event"
        indexes = [
            # The relay asks only for what is not dispatched: its cost is what is due, not what ever happened.
            models.Index(fields=["created_at"], condition=Q(dispatched_at=None), name="outbox_event_undispatched"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class Delivery(Model):
    """One event's delivery to one subscriber; done in the same transaction as the subscriber's effect."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=80)
    queue = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(db_default=DbNow())
    claim = models.UUIDField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    finished_at = models.DateTimeField(null=True)

    personal_data = {}

    class Meta:
        db_table = "kernel_delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_one_per_subscriber"),
        ]
        indexes = [
            # Due work of the relay: pending, queued but never begun, or running under a lease that ended.
            models.Index(
                fields=["available_at"],
                condition=Q(state__in=["pending", "queued", "running"]),
                name="delivery_open",
            ),
            models.Index(fields=["created_at"], condition=Q(state="dead"), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ← {self.event_id}"
