"""The journal: one append-only record of what happened, hash-chained per stream."""

from django.db import models

from kernel.models.base import Model


class JournalStream(Model):
    """The head of one stream. Its row gives the next number and carries the hash chain's end; one UPDATE moves both."""

    kind = models.CharField(max_length=16)
    last_seq = models.BigIntegerField(default=0)
    last_hash = models.BinaryField(default=bytes)
    last_at = models.DateTimeField(null=True)

    personal_data = {}

    class Meta:
        db_table = "kernel_journal_stream"
        # The checkpoint asks for heads that moved lately.
        indexes = [models.Index(fields=["last_at"], name="journal_stream_moved")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class JournalEntry(Model):
    """One fact. The database refuses UPDATE, DELETE and TRUNCATE here (triggers of migration 0002)."""

    stream = models.ForeignKey(JournalStream, on_delete=models.PROTECT, related_name="entries", db_index=False)
    seq = models.BigIntegerField()
    verb = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField(null=True)  # no foreign key: the journal outlives people
    actor_name = models.CharField(max_length=64, blank=True)  # of a system or AI actor; never of a person
    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    personal = models.BinaryField(null=True)
    person_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    hash = models.BinaryField()

    personal_data = {
        "personal": "sealed under the person's own key; destroying that key erases it and the chain still verifies"
    }

    class Meta:
        db_table = "kernel_journal_entry"
        verbose_name_plural = "journal entries"
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="journal_entry_one_per_number")]

    def __str__(self) -> str:
        return f"{self.stream_id} #{self.seq} {self.verb}"
