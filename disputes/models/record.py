"""What the parties put on record: truths, evidence, messages."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from disputes.enums import SenderType, StreamKind
from disputes.models.dispute import Dispute, Participant
from kernel.clock import DbNow
from kernel.models import Model


class Truth(Model):
    """A party's long-form statement; sealed in the database, immutable, read by others only after disclosure."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="truths")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="truths")
    content_sealed = models.BinaryField()
    # Stance and amount as given at the door, structured; the content says the same in words, so that it can be quoted.
    answer_sealed = models.BinaryField(null=True)
    is_addendum = models.BooleanField(default=False)
    is_late = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {
        "content_sealed": "kept: part of the other parties' record, unreadable after the case's key is destroyed",
        "answer_sealed": "kept: part of the other parties' record, unreadable after the case's key is destroyed",
    }

    class Meta:
        db_table = "disputes_truth"
        constraints = [
            models.UniqueConstraint(fields=["participant"], condition=Q(is_addendum=False), name="truth_one_per_party"),
        ]
        indexes = [models.Index(fields=["dispute", "submitted_at"], name="truth_of_dispute")]

    def __str__(self) -> str:
        return f"truth of {self.participant_id}"


class Reply(Model):
    """What an invited person answered at the door and nobody reads yet.

    `is_given`: it becomes their truth as soon as truths are open to them, and then this row goes. Until it is given it only keeps what
    was typed while they sign in.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="replies")
    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="reply")
    content_sealed = models.BinaryField()
    is_given = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {
        "content_sealed": "deleted with the participation, unreadable after the case's key is destroyed"
    }

    class Meta:
        db_table = "disputes_reply"
        verbose_name_plural = "replies"
        indexes = [models.Index(fields=["dispute"], condition=Q(is_given=True), name="reply_waiting")]

    def __str__(self) -> str:
        return f"reply of {self.participant_id}"


class Evidence(Model):
    """A file or text that a party relies on. Never edited; withdrawn evidence stays listed."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="evidence")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="evidence")
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    description = models.CharField(max_length=500, blank=True)
    uploaded_at = models.DateTimeField(db_default=DbNow())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"description": "kept: part of the other parties' record"}

    class Meta:
        db_table = "disputes_evidence"
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["dispute", "-uploaded_at", "-id"], name="evidence_of_dispute")]

    def __str__(self) -> str:
        return f"evidence of {self.participant_id}"


class MessageStream(Model):
    """A line of messages that the same people see: the joint room, one party's caucus, one private pair.

    Its id is also the id of its journal stream, whose head row numbers the messages from 1 without gaps.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="streams")
    kind = models.CharField(max_length=6, choices=StreamKind.choices)
    member_a = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    member_b = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_message_stream"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="joint", member_a=None, member_b=None)
                | Q(kind="caucus", member_a__isnull=False, member_b=None)
                | Q(kind="pair", member_a__isnull=False, member_b__isnull=False, member_a__lt=F("member_b")),
                name="stream_members_fit_kind",
            ),
            models.UniqueConstraint(fields=["dispute"], condition=Q(kind="joint"), name="stream_one_joint_room"),
        ]
        indexes = [models.Index(fields=["dispute"], name="stream_of_dispute")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


MESSAGE_LENGTH = 10_000  # characters of one line


class Message(Model):
    """One chat line. Joint lines are plain (searched, exported), private ones sealed under the dispute's key."""

    stream = models.ForeignKey(MessageStream, on_delete=models.CASCADE, related_name="messages", db_index=False)
    seq = models.BigIntegerField()
    sender_type = models.CharField(max_length=6, choices=SenderType.choices)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    content = models.TextField(blank=True)
    content_sealed = models.BinaryField(null=True)
    client_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null: no client id, and unique ignores it
    created_at = models.DateTimeField()
    # Of a line in its sender's own caucus: since when the mediator may let it shape proposals. Null: it may not.
    permitted_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "content": "kept: part of the other parties' record",
        "content_sealed": "unreadable once the dispute's key is destroyed",
    }

    class Meta:
        db_table = "disputes_message"
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="message_one_per_number"),
            models.UniqueConstraint(fields=["stream", "sender", "client_id"], name="message_one_per_client_id"),
            models.CheckConstraint(
                condition=Q(content_sealed__isnull=True) | Q(content=""), name="message_plain_or_sealed"
            ),
            models.CheckConstraint(
                condition=Q(sender_type="user", sender__isnull=False) | (~Q(sender_type="user") & Q(sender=None)),
                name="message_sender_fits_type",
            ),
        ]
        # The newest fifty of the streams a reader may see, merged by time.
        indexes = [models.Index(fields=["stream", "-created_at", "-seq"], name="message_newest_first")]

    def __str__(self) -> str:
        return f"{self.stream_id} #{self.seq}"


class MessageReceipt(Model):
    """How far one reader of a stream has come: the last number that reached a device of theirs, and the last they saw.

    High-water marks that only grow, like the presence of somebody in the room: no fact of the case, so not journalled.
    """

    stream = models.ForeignKey(MessageStream, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    delivered_seq = models.BigIntegerField(default=0)
    read_seq = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {"updated_at": "kept: when a party was reached is part of the record"}

    class Meta:
        db_table = "disputes_message_receipt"
        constraints = [
            models.UniqueConstraint(fields=["stream", "user"], name="receipt_one_per_reader"),
            models.CheckConstraint(
                condition=Q(read_seq__gte=0) & Q(delivered_seq__gte=F("read_seq")), name="receipt_read_was_delivered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}: {self.delivered_seq}/{self.read_seq}"
