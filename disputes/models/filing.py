"""What is written before a case exists."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from disputes.models.dispute import Dispute
from kernel.clock import DbNow
from kernel.models import Model


class FilingDraft(Model):
    """A case that somebody is about to file, sealed under their own key from the first save on.

    Sent, it keeps only which case it became: sending it again leads there and files nothing.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    content_sealed = models.BinaryField(null=True)
    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=DbNow())
    updated_at = models.DateTimeField(db_default=DbNow())

    personal_data: ClassVar[dict[str, str]] = {"content_sealed": "deleted with the person's drafts"}

    class Meta:
        db_table = "disputes_filing_draft"
        constraints = [
            models.CheckConstraint(
                condition=Q(content_sealed__isnull=False, dispute=None) | Q(content_sealed=None, dispute__isnull=False),
                name="draft_is_open_or_filed",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-updated_at"], condition=Q(dispute=None), name="draft_of_user"),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"
