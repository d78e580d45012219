"""Idempotency keys: what a request with a key made, so that its repetition is answered and not done again."""

from django.db import models

from kernel.clock import DbNow
from kernel.models.base import Model


class IdempotencyRecord(Model):
    """One key of one caller on one method and path. Holds the status and the id of what was made, never an answer's body."""

    caller = models.CharField(max_length=80)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    key_digest = models.BinaryField()
    body_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    resource_id = models.UUIDField(null=True)
    locked_until = models.DateTimeField()
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data = {}

    class Meta:
        db_table = "kernel_idempotency_record"
        constraints = [
            models.UniqueConstraint(fields=["caller", "method", "path", "key_digest"], name="idempotency_one_per_key"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
