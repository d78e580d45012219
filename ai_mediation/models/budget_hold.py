"""What calls have set aside while Redis is gone."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.clock import DbNow
from kernel.models import Model


class BudgetHold(Model):
    """What one call may use, or has used a moment ago: it counts beside the consultations until `counts_until`.

    A row is made before a call and shrinks to what was used after it; the call's consultation takes its place soon after. One whose
    process died goes when its time is over.
    """

    dispute_id = models.UUIDField(_("case"), null=True, blank=True)
    asked_by_id = models.UUIDField(_("asked by"), null=True, blank=True)
    tokens = models.BigIntegerField(_("tokens"))
    micros = models.BigIntegerField(_("millionths of the currency"))
    counts_until = models.DateTimeField(_("counts until"))
    created_at = models.DateTimeField(_("set aside at"), db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {"asked_by_id": "only the person's id, for minutes"}

    class Meta:
        verbose_name = _("sum set aside")
        verbose_name_plural = _("sums set aside")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.tokens} · {self.counts_until:%H:%M:%S}"
