"""The mediation protocol: what one party confirms of itself, candidates and their sealed rankings, sealed bids, the AI's replies."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from disputes.enums import BiddingStatus, CandidatePrinciple, ProposalStatus, UnderstandingStatus
from disputes.models.dispute import Dispute, Participant
from disputes.models.record import Message
from disputes.models.settlement import Resolution
from kernel.clock import DbNow
from kernel.models import Model

SEALED = "kept: part of the party's own record, unreadable after the case's key is destroyed"


class Understanding(Model):
    """The mediator's summary of one party's position, for that party alone; one row for each time it was asked for.

    `summary_sealed` is null until the mediator has given it. The claim form is what the mediator read out of the party's own texts.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="understandings")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="understandings")
    status = models.CharField(max_length=9, choices=UnderstandingStatus.choices, default=UnderstandingStatus.PENDING)
    summary_sealed = models.BinaryField(null=True)
    claim_form_sealed = models.BinaryField(null=True)
    correction_sealed = models.BinaryField(null=True)
    model = models.CharField(max_length=80, blank=True)
    prompt_version = models.CharField(max_length=80, blank=True)
    confirm_by = models.DateTimeField()
    # While no summary is there: when it is asked for again, and how often it was asked for.
    request_due_at = models.DateTimeField(null=True, blank=True)
    requests = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(db_default=DbNow())
    answered_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "summary_sealed": SEALED,
        "claim_form_sealed": SEALED,
        "correction_sealed": SEALED,
    }

    class Meta:
        db_table = "disputes_understanding"
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(status="pending"), name="understanding_one_pending"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "expired"], answered_at=None, correction_sealed=None)
                | Q(status="confirmed", answered_at__isnull=False, summary_sealed__isnull=False, correction_sealed=None)
                | Q(status="corrected", answered_at__isnull=False, correction_sealed__isnull=False),
                name="understanding_answer_fits_status",
            ),
        ]
        indexes = [
            models.Index(fields=["dispute", "participant", "-created_at"], name="understanding_of_party"),
            models.Index(fields=["confirm_by"], condition=Q(status="pending"), name="understanding_due"),
            models.Index(
                fields=["request_due_at"], condition=Q(request_due_at__isnull=False), name="understanding_request_due"
            ),
        ]

    def __str__(self) -> str:
        return f"understanding of {self.participant_id}"


class Candidate(Model):
    """One of a round's candidate resolutions: whole, checked, and made by one principle. Never changed."""

    resolution = models.ForeignKey(Resolution, on_delete=models.CASCADE, related_name="candidates")
    number = models.PositiveSmallIntegerField()
    principle = models.CharField(max_length=12, choices=CandidatePrinciple.choices)
    summary = models.TextField(blank=True)
    agreed_facts = models.JSONField(default=list)
    disputed_facts = models.JSONField(default=list)
    terms = models.JSONField(default=list)
    reasoning = models.TextField(blank=True)
    citations = models.JSONField(default=list)
    recitals = models.JSONField(default=list)
    model = models.CharField(max_length=80, blank=True)
    prompt_version = models.CharField(max_length=80, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"summary": "kept: what was proposed to the parties"}

    class Meta:
        db_table = "disputes_candidate"
        constraints = [
            models.UniqueConstraint(fields=["resolution", "number"], name="candidate_one_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.principle} of {self.resolution_id}"


class Ranking(Model):
    """One party's order of a round's candidates, sealed; given once and shown to nobody but that party."""

    resolution = models.ForeignKey(Resolution, on_delete=models.CASCADE, related_name="rankings")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    order_sealed = models.BinaryField()
    created_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {"order_sealed": SEALED}

    class Meta:
        db_table = "disputes_ranking"
        constraints = [
            models.UniqueConstraint(fields=["resolution", "participant"], name="ranking_one_per_party"),
        ]

    def __str__(self) -> str:
        return f"ranking of {self.participant_id}"


class BiddingRound(Model):
    """A round of double-blind bidding between one who pays and one who asks. `amount` is there only once it is settled."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="bidding_rounds")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=7, choices=BiddingStatus.choices, default=BiddingStatus.OPEN)
    currency = models.CharField(max_length=3)
    # Who pays; rounds from before directions could be agreed have none, and there the respondent pays.
    payer = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    resolution = models.OneToOneField(Resolution, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=DbNow())
    ended_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_bidding_round"
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="bidding_one_per_number"),
            models.UniqueConstraint(fields=["dispute"], condition=Q(status="open"), name="bidding_one_open"),
            models.CheckConstraint(
                condition=Q(status="settled", amount__isnull=False, resolution__isnull=False)
                | (~Q(status="settled") & Q(amount=None, resolution=None)),
                name="bidding_only_a_settled_sum_is_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"bidding {self.number} of {self.dispute_id}"


class BiddingDirection(Model):
    """Who would pay in the bidding, as one of the two parties suggests it; it holds once the other agrees. Both read it."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="bidding_directions")
    payer = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.OPEN)
    created_at = models.DateTimeField(db_default=DbNow())
    answered_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_bidding_direction"
        constraints = [
            models.UniqueConstraint(fields=["dispute"], condition=Q(status="open"), name="direction_one_open"),
        ]
        indexes = [models.Index(fields=["dispute", "-created_at"], name="direction_newest")]

    def __str__(self) -> str:
        return f"{self.payer_id} pays"


class Bid(Model):
    """One side's sealed bid of an open round. The row and the key that opens it are destroyed when the round ends, however it ends."""

    bidding = models.ForeignKey(BiddingRound, on_delete=models.CASCADE, related_name="bids")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    amount_sealed = models.BinaryField()

    personal_data: ClassVar[dict[str, str]] = {"amount_sealed": "destroyed with its key when the round ends"}

    class Meta:
        db_table = "disputes_bid"
        constraints = [
            models.UniqueConstraint(fields=["bidding", "participant"], name="bid_one_per_party"),
        ]

    def __str__(self) -> str:
        return f"bid of {self.participant_id}"


class MediatorReply(Model):
    """Which line the AI mediator's line answers: one reply for a line, however often its drafting was tried."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    in_reply_to = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=80, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "disputes_mediator_reply"
        verbose_name_plural = "mediator replies"

    def __str__(self) -> str:
        return f"reply to {self.in_reply_to_id}"
