"""ComplianceCheck: that a text was read against a policy, what was found, and who overrode it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ai_mediation.enums import RiskLevel
from ai_mediation.models.policy import PolicyVersion
from kernel.clock import DbNow
from kernel.models import Model


class ComplianceCheck(Model):
    """One run. The text itself is not kept; of a person's text the findings with their quotes are, sealed under that person's key.

    `rules_found` names rules and severities only: that is what the back-office reads. A contract's quotes are read from the contract.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("policy"))
    policy_hash = models.CharField(_("SHA-256 of the rules"), max_length=64)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
        help_text=_("Empty when the deployment checked a contract by itself."),
    )
    subject_kind = models.CharField(_("subject"), max_length=20, blank=True)
    subject_id = models.UUIDField(_("subject id"), null=True, blank=True)
    subject_hash = models.CharField(_("SHA-256 of the text"), max_length=64)
    locale = models.CharField(_("language"), max_length=12)
    engine = models.CharField(_("read by"), max_length=120)
    risk_level = models.CharField(_("risk"), max_length=6, choices=RiskLevel.choices)
    rules_found = models.JSONField(_("rules that found something"), default=list)
    findings_sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField(_("checked at"), db_default=DbNow(), editable=False)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("overridden by"),
    )
    overridden_at = models.DateTimeField(_("overridden at"), null=True, blank=True)
    override_reason = models.TextField(_("reason of the override"), max_length=2000, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "asked_by": "only the person's id; the account's erasure empties the account",
        "findings_sealed": "unreadable once the person's key is destroyed",
        "override_reason": "kept: why a lawyer let a contract go to signature",
    }

    class Meta:
        verbose_name = _("compliance check")
        verbose_name_plural = _("compliance checks")
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(risk_level__in=RiskLevel.values), name="check_risk_known"),
            models.CheckConstraint(
                condition=Q(subject_id=None, subject_kind="") | (Q(subject_id__isnull=False) & ~Q(subject_kind="")),
                name="check_subject_whole",
            ),
            models.CheckConstraint(
                condition=Q(overridden_by=None, overridden_at=None, override_reason="")
                | (Q(overridden_by__isnull=False, overridden_at__isnull=False) & ~Q(override_reason="")),
                name="check_override_whole",
            ),
            # A contract's text is read once against a version: an event that comes twice changes nothing.
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "subject_hash", "version"],
                condition=Q(subject_kind="contract"),
                name="check_once_per_contract_text",
            ),
        )
        # what was found in one contract; newest first in the back-office
        indexes = (
            models.Index(fields=["subject_kind", "subject_id"], name="check_subject"),
            models.Index(fields=["-created_at", "-id"], name="check_newest_first"),
        )

    def __str__(self) -> str:
        return f"{self.version} · {self.risk_level}"
