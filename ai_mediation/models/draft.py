"""Draft: a document written from somebody's inputs, before it is rendered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import DbNow
from kernel.models import Model


class Draft(Model):
    """Its owner alone reads it: inputs, text, sections and warnings lie sealed under the owner's key. Written once."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    kind = models.CharField(_("type"), max_length=60)
    locale = models.CharField(_("language"), max_length=12)
    template_version = models.ForeignKey(
        "documents.TemplateVersion", on_delete=models.PROTECT, related_name="+", verbose_name=_("template version")
    )
    dispute_id = models.UUIDField(_("case"), null=True, blank=True)
    content_sealed = models.BinaryField()
    quality_score = models.DecimalField(_("quality"), max_digits=4, decimal_places=3)
    created_at = models.DateTimeField(_("drafted at"), db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {
        "owner": "only the person's id; the account's erasure empties the account",
        "content_sealed": "unreadable once the person's key is destroyed",
    }

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = (
            models.CheckConstraint(
                condition=Q(quality_score__gte=0, quality_score__lte=1), name="draft_quality_is_a_share"
            ),
        )
        # a person's own drafts, newest first
        indexes = (models.Index(fields=["owner", "-created_at", "-id"], name="draft_owner_newest"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
