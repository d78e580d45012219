"""The case and who takes part in it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from disputes.enums import (
    FINAL_STATUSES,
    Awaited,
    DeadlineKind,
    DisputeStatus,
    Outcome,
    Part,
    ParticipantStatus,
    ProposalStatus,
    Protocol,
    Side,
)
from kernel.clock import DbNow
from kernel.models import Model
from kernel.money import Money


class Dispute(Model):
    """A case between 2..20 parties. `status` is written by `services.moves` alone."""

    title = models.CharField(max_length=200)
    description = models.TextField(max_length=20_000)
    category = models.CharField(max_length=60, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    locale = models.CharField(max_length=5, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    protocol = models.CharField(max_length=10, choices=Protocol.choices, default=Protocol.SIMPLE)
    requires_contract = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=DisputeStatus.choices, default=DisputeStatus.INVITE_SENT)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    respond_by = models.DateTimeField()
    statement_deadline = models.DateTimeField(null=True, blank=True)
    consent_deadline = models.DateTimeField(null=True, blank=True)
    # When the next reminder of the deadline that runs now is due; an invitation's own is on the invitation.
    next_reminder_at = models.DateTimeField(null=True, blank=True)
    disclosed_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalation_reason = models.TextField(blank=True)
    # By when a person answers, as the parties were told; and when the back-office was last reminded that it is late.
    human_due_at = models.DateTimeField(null=True, blank=True)
    human_reminded_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    updated_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {
        "title": "kept: the other parties' record of the case",
        "description": "kept: the other parties' record of the case",
        "escalation_reason": "kept: the other parties' record of the case",
        "ended_reason": "kept: the other parties' record of the case",
    }

    class Meta:
        db_table = "disputes_dispute"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DisputeStatus.values), name="dispute_status_known"),
            models.CheckConstraint(
                condition=(Q(status="closed") & ~Q(outcome="")) | (~Q(status="closed")),
                name="dispute_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | (Q(amount__gt=0) & ~Q(currency="")),
                name="dispute_amount_has_currency",
            ),
            models.CheckConstraint(
                condition=~Q(status="stating") | Q(statement_deadline__isnull=False),
                name="dispute_stating_has_deadline",
            ),
            models.CheckConstraint(
                condition=Q(consent_deadline=None) | Q(status="mediating"), name="dispute_consent_is_for_mediating"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="dispute_newest_first"),
            # The sweep asks only for what is due.
            models.Index(fields=["respond_by"], condition=Q(status="invite_sent"), name="dispute_respond_by_due"),
            models.Index(fields=["statement_deadline"], condition=Q(status="stating"), name="dispute_statement_due"),
            models.Index(
                fields=["consent_deadline"], condition=Q(consent_deadline__isnull=False), name="dispute_consent_due"
            ),
            models.Index(
                fields=["next_reminder_at"], condition=Q(next_reminder_at__isnull=False), name="dispute_reminder_due"
            ),
            models.Index(fields=["human_due_at"], condition=Q(human_due_at__isnull=False), name="dispute_human_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def money(self) -> Money | None:
        """The claimed amount."""
        return Money(self.amount, self.currency) if self.amount is not None else None

    @money.setter
    def money(self, value: Money | None) -> None:
        self.amount = value.amount if value else None
        self.currency = value.currency if value else ""

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES


class Participant(Model):
    """Somebody's part in a dispute. An invited person without an account has only a sealed address and its blind index."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="participations"
    )
    side = models.CharField(max_length=10, choices=Side.choices)
    part = models.CharField(max_length=10, choices=Part.choices, blank=True)
    status = models.CharField(max_length=8, choices=ParticipantStatus.choices, default=ParticipantStatus.INVITED)
    full_name = models.CharField(max_length=200, blank=True)
    locale = models.CharField(max_length=5, default="en")
    email_sealed = models.BinaryField(null=True)
    email_index = models.BinaryField(null=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.TextField(blank=True)
    stated_at = models.DateTimeField(null=True, blank=True)
    # Whoever reads that mailbox said: this is not me. The address is forgotten, its blind index stays: nobody writes there again.
    wrong_address_at = models.DateTimeField(null=True, blank=True)
    arbitration_consent_at = models.DateTimeField(null=True, blank=True)
    end_asked_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {
        "full_name": "replaced by a neutral name unless a contract names the person",
        "email_sealed": "emptied",
        "email_index": "emptied",
        "left_reason": "kept: part of the other parties' record",
        "end_reason": "kept: part of the other parties' record",
    }

    class Meta:
        db_table = "disputes_participant"
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "user"], condition=Q(user__isnull=False), name="participant_once_per_dispute"
            ),
            models.UniqueConstraint(
                fields=["dispute", "email_index"],
                condition=Q(email_index__isnull=False),
                name="participant_one_invitation",
            ),
            models.CheckConstraint(
                condition=~Q(status="joined") | Q(user__isnull=False), name="participant_joined_is_a_user"
            ),
            models.CheckConstraint(condition=(Q(side="neutral")) | Q(part=""), name="participant_part_is_for_neutrals"),
        ]
        indexes = [models.Index(fields=["user", "dispute"], name="participant_of_user")]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.full_name}"

    @property
    def is_active_party(self) -> bool:
        return self.status == ParticipantStatus.JOINED and self.side != Side.NEUTRAL


class Invitation(Model):
    """The link that brings a participant in: single use, expiring; a fresh link raises the generation and kills older ones."""

    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="invitation")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    generation = models.PositiveIntegerField(default=0)
    token_digest = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    next_reminder_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_invitation"
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(used_at=None), name="invitation_open"),
            models.Index(
                fields=["next_reminder_at"],
                condition=Q(next_reminder_at__isnull=False),
                name="invitation_reminder_due",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.participant_id}"


class Assignment(Model):
    """A lawyer's part in a case; a mediator or arbitrator is the case's neutral."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="assignments")
    lawyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_assignments")
    part = models.CharField(max_length=10, choices=Part.choices)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=DbNow())
    ended_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_assignment"
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "lawyer"], condition=Q(ended_at=None), name="assignment_one_part_per_lawyer"
            ),
            models.UniqueConstraint(
                fields=["dispute", "part"],
                condition=Q(ended_at=None, part__in=["mediator", "arbitrator"]),
                name="assignment_one_neutral_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["lawyer", "dispute"], condition=Q(ended_at=None), name="assignment_of_lawyer")]

    def __str__(self) -> str:
        return f"{self.get_part_display()} {self.lawyer_id}"


class DeadlineProposal(Model):
    """Another date that a party, or an invited person at the door, asks for.

    It holds once every other active party has accepted; one refusal ends it.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="deadline_proposals")
    proposed_by = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    accepted_by = models.ManyToManyField(Participant, related_name="+", blank=True)
    kind = models.CharField(max_length=20, choices=DeadlineKind.choices)
    deadline = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.OPEN)
    refused_by = models.ForeignKey(Participant, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    refusal = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {
        "reason": "kept: the other parties' record of the case",
        "refusal": "kept: the other parties' record of the case",
    }

    class Meta:
        db_table = "disputes_deadline_proposal"
        constraints = [
            models.UniqueConstraint(fields=["dispute"], condition=Q(status="open"), name="deadline_one_open_proposal"),
            models.CheckConstraint(condition=Q(deadline__gt=F("created_at")), name="deadline_lies_ahead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.deadline:%Y-%m-%d}"


class DeadlineReminder(Model):
    """That whoever still had to act was reminded of one deadline, so many days before it. A moved deadline is another one."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="reminders")
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    awaited = models.CharField(max_length=20, choices=Awaited.choices)
    deadline = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_deadline_reminder"
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "awaited", "deadline", "days"],
                condition=Q(invitation=None),
                name="reminder_once_per_deadline",
            ),
            models.UniqueConstraint(
                fields=["invitation", "deadline", "days"],
                condition=Q(invitation__isnull=False),
                name="reminder_once_per_invitation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.awaited}: {self.days} days before {self.deadline:%Y-%m-%d}"
