"""Data keys, wrapped by the deployment's master key."""

from django.db import models

from kernel.models.base import Model


class DataKey(Model):
    """One version of one aggregate's data key. `wrapped` is null once the key was destroyed; the row stays as its proof."""

    scope_kind = models.CharField(max_length=16)
    scope_id = models.UUIDField()
    version = models.PositiveSmallIntegerField(default=1)
    master_id = models.CharField(max_length=32)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    personal_data = {}

    class Meta:
        db_table = "kernel_data_key"
        constraints = [
            models.UniqueConstraint(fields=["scope_kind", "scope_id", "version"], name="data_key_one_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.scope_kind} {self.scope_id} v{self.version}"
