"""Drafts of an award: for the appointed arbitrator alone, who changes them, signs an award, or throws them away."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from disputes.enums import AwardDraftStatus
from disputes.models.settlement import Resolution
from kernel.clock import DbNow
from kernel.models import Model


class AwardDraft(Model):
    """One draft that the arbitrator asked the AI for. It binds nobody; its words are sealed, and only who asked reads them."""

    resolution = models.ForeignKey(Resolution, on_delete=models.CASCADE, related_name="award_drafts")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=AwardDraftStatus.choices, default=AwardDraftStatus.DRAFTING)
    content_sealed = models.BinaryField(null=True)
    model = models.CharField(max_length=80, blank=True)
    prompt_version = models.CharField(max_length=80, blank=True)
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=DbNow())
    drafted_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "content_sealed": "kept: what an arbitrator was given to work with, unreadable after the case's key is destroyed",
    }

    class Meta:
        db_table = "disputes_award_draft"
        constraints = [
            models.UniqueConstraint(
                fields=["resolution"], condition=Q(status="drafting"), name="award_draft_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="ready", content_sealed__isnull=False, drafted_at__isnull=False)
                | Q(status__in=["drafting", "failed"], content_sealed=None),
                name="award_draft_ready_has_words",
            ),
        ]
        indexes = [models.Index(fields=["resolution", "-created_at"], name="award_draft_newest")]

    def __str__(self) -> str:
        return f"draft of {self.resolution_id}"
