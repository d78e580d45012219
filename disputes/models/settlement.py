"""How a dispute ends: resolutions in rounds, the parties' answers, the contract."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from disputes.enums import ChoiceRule, ContractStatus, Decision, Mode, ResolutionStatus, Severity
from disputes.models.dispute import Dispute, Participant
from kernel.clock import DbNow
from kernel.models import Model


class Resolution(Model):
    """A proposal or award of one round, as structured data."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="resolutions")
    round = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=11, choices=Mode.choices, default=Mode.MEDIATION)
    status = models.CharField(max_length=10, choices=ResolutionStatus.choices, default=ResolutionStatus.DRAFTING)
    summary = models.TextField(blank=True)
    agreed_facts = models.JSONField(default=list)
    disputed_facts = models.JSONField(default=list)
    terms = models.JSONField(default=list)
    reasoning = models.TextField(blank=True)
    citations = models.JSONField(default=list)
    recitals = models.JSONField(default=list)
    model = models.CharField(max_length=80, blank=True)
    prompt_version = models.CharField(max_length=80, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    failure = models.CharField(max_length=200, blank=True)
    rank_by = models.DateTimeField(null=True, blank=True)
    rule = models.CharField(max_length=12, choices=ChoiceRule.choices, blank=True)
    # Clauses of this round that every party agrees to, written when the round ends without an agreement.
    kept_clause_ids = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    proposed_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"summary": "kept: what the parties agreed to"}

    class Meta:
        db_table = "disputes_resolution"
        constraints = [
            models.UniqueConstraint(fields=["dispute", "round"], name="resolution_one_per_round"),
            models.UniqueConstraint(
                fields=["dispute"],
                condition=Q(status__in=["drafting", "ranking", "proposed"]),
                name="resolution_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(status="ranking") | Q(rank_by__isnull=False), name="resolution_ranking_has_deadline"
            ),
        ]
        indexes = [models.Index(fields=["rank_by"], condition=Q(status="ranking"), name="resolution_ranking_due")]

    def __str__(self) -> str:
        return f"round {self.round} of {self.dispute_id}"


class ResolutionResponse(Model):
    """One party's answer to one proposal; given once."""

    resolution = models.ForeignKey(Resolution, on_delete=models.CASCADE, related_name="responses")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=7, choices=Decision.choices)
    comment = models.TextField(blank=True)
    terms = models.JSONField(null=True)
    instalments = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {"comment": "kept: part of the other parties' record"}

    class Meta:
        db_table = "disputes_resolution_response"
        constraints = [
            models.UniqueConstraint(fields=["resolution", "participant"], name="response_one_per_party"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.participant_id}"


class Contract(Model):
    """The document that carries the accepted terms, from drafting to the sealed PDF."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="contracts")
    resolution = models.OneToOneField(Resolution, on_delete=models.PROTECT, related_name="contract")
    status = models.CharField(max_length=8, choices=ContractStatus.choices, default=ContractStatus.DRAFTING)
    text = models.TextField(blank=True)
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    checksum = models.CharField(max_length=64, blank=True)
    envelope = models.ForeignKey("esign.Envelope", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_comment = models.TextField(blank=True)
    # While a drawn up contract waits for its check: when it is asked for again, and how often it was asked for.
    check_due_at = models.DateTimeField(null=True, blank=True)
    check_attempts = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    executed_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"text": "kept: a signed contract is every party's own record"}

    class Meta:
        db_table = "disputes_contract"
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"],
                condition=Q(status__in=["drafting", "review", "signing", "executed"]),
                name="contract_one_alive",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["review", "signing", "executed"]) | ~Q(checksum=""),
                name="contract_has_checksum",
            ),
        ]
        # `generate_due_contracts` scans only what is being drawn up.
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(status="drafting"), name="contract_drafting"),
            models.Index(fields=["check_due_at"], condition=Q(check_due_at__isnull=False), name="contract_check_due"),
        ]

    def __str__(self) -> str:
        return f"contract of {self.dispute_id}"

    @property
    def is_awaiting_check(self) -> bool:
        """Drawn up, and neither released nor held by the deployment's contract check yet."""
        return self.status == ContractStatus.DRAFTING and self.checksum != ""

    @property
    def is_returned(self) -> bool:
        """Voided by its reviewer: it never went to the parties for signature."""
        return self.status == ContractStatus.VOIDED and self.reviewed_by_id is not None and self.envelope_id is None


class ContractHold(Model):
    """A finding that keeps a contract from being sent for signature until counsel lifts it and says why."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="holds")
    rule = models.CharField(max_length=80)
    severity = models.CharField(max_length=6, choices=Severity.choices, default=Severity.HIGH)
    quote = models.TextField(blank=True)
    suggestion = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lift_reason = models.TextField(blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "quote": "kept: words of a contract, every party's own record",
        "lift_reason": "kept: why a contract was let through is part of the record",
    }

    class Meta:
        db_table = "disputes_contract_hold"
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="hold_lifted_by_somebody_who_says_why",
            ),
        ]
        indexes = [models.Index(fields=["contract"], condition=Q(lifted_at=None), name="hold_open")]

    def __str__(self) -> str:
        return f"{self.rule} of {self.contract_id}"
