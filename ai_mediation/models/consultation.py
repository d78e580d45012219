"""Consultation: that the AI was asked, by whom, for what, and how it went."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ai_mediation.enums import Outcome, Purpose
from kernel.clock import DbNow
from kernel.models import Model


class Consultation(Model):
    """One question and answer. Rows are written once and never changed, but for `request`, which goes when its time is over.

    `request` is the exact body that was sent, people's names replaced, sealed under the key of the case, of who asked, or of the
    platform (`request_scope`): `manage.py rebuild_consultation` opens it. Destroying that key erases it.
    """

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
        help_text=_("Empty when a dispute asked, not a person."),
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    subject_kind = models.CharField(_("subject"), max_length=20, blank=True)
    subject_id = models.UUIDField(_("subject id"), null=True, blank=True)
    dispute_id = models.UUIDField(_("case"), null=True, blank=True)
    provider = models.CharField(_("provider"), max_length=20, default="offline-rules")
    model = models.CharField(_("model"), max_length=100)
    prompt_version = models.CharField(_("prompt version"), max_length=120)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    input_hash = models.BinaryField(_("input hash"), max_length=32)
    output_hash = models.BinaryField(_("output hash"), max_length=32, default=b"")
    request = models.BinaryField(_("sealed request"), null=True)
    request_scope = models.CharField(_("key of the request"), max_length=20, blank=True)
    input_tokens = models.PositiveIntegerField(_("tokens in"), default=0)
    output_tokens = models.PositiveIntegerField(_("tokens out"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(_("latency in milliseconds"), default=0)
    is_cached = models.BooleanField(_("from cache"), default=False)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("asked at"), db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {
        "asked_by": "only the person's id; the account's erasure empties the account",
        "request": "sealed under the case's or the person's key, erased with it; deleted after AI_REQUESTS_DAYS",
    }

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="consultation_purpose_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="consultation_outcome_known"),
            models.CheckConstraint(
                condition=Q(subject_id=None, subject_kind="") | (Q(subject_id__isnull=False) & ~Q(subject_kind="")),
                name="consultation_subject_whole",
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.ANSWERED, reason="") | (~Q(outcome=Outcome.ANSWERED) & ~Q(reason="")),
                name="consultation_reason_when_not_answered",
            ),
        )
        # a person's own consultations, newest first; what was asked about one subject; what a case has cost; what a day has
        # cost; requests whose time is over
        indexes = (
            models.Index(fields=["asked_by", "-created_at", "-id"], name="consultation_asked_by"),
            models.Index(fields=["subject_kind", "subject_id"], name="consultation_subject"),
            models.Index(fields=["dispute_id"], name="consultation_dispute", condition=Q(dispute_id__isnull=False)),
            models.Index(fields=["created_at"], name="consultation_day"),
            models.Index(fields=["created_at"], name="consultation_request", condition=Q(request__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.purpose} · {self.model} · {self.outcome}"
