"""Policies and their versions: rules as versioned data."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ai_mediation.enums import PolicyStatus
from kernel.models import Model


class Policy(Model):
    """A named set of rules; what it says stands in its versions."""

    slug = models.SlugField(_("name in the API"), max_length=60, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.slug


class PolicyVersion(Model):
    """One state of a policy. Once published its content never changes (a trigger refuses it)."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions", verbose_name=_("policy"))
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("state"), max_length=12, choices=PolicyStatus.choices, default=PolicyStatus.DRAFT)
    content = models.JSONField(_("rules"))
    content_hash = models.CharField(_("SHA-256 of the rules"), max_length=64)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = (
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once"),
            # Which rules a text is read against must never be a question.
            models.UniqueConstraint(
                fields=["policy"], condition=Q(status="published"), name="policy_one_published_version"
            ),
            models.CheckConstraint(condition=Q(status__in=PolicyStatus.values), name="policy_version_status_known"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(published_at__isnull=False), name="policy_version_published_at"
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"
