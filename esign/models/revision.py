"""Sealed files and their certificates: what /verify/ knows, and what may still be raised to a higher level."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from esign.models.envelope import Envelope
from kernel.models.base import Model


class SealCertificate(Model):
    """A certificate this deployment has sealed with. Never changed or removed: old seals stay verifiable after rotation."""

    fingerprint = models.CharField(_("SHA-256 of the certificate"), max_length=64, unique=True)
    pem = models.TextField(_("certificate, and those above it (PEM)"))
    first_used_at = models.DateTimeField(_("first used at"), auto_now_add=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("certificate of the seal")
        verbose_name_plural = _("certificates of the seal")

    def __str__(self) -> str:
        return self.fingerprint


class SealedRevision(Model):
    """One stored state of a sealed PDF. Number 1 is the sealed file; each later one begins with all bytes of the one before
    and adds only validation data and document time stamps. Never changed."""

    envelope = models.ForeignKey(
        Envelope, on_delete=models.CASCADE, related_name="revisions", verbose_name=_("envelope")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    file = models.OneToOneField(
        "documents.StoredFile", on_delete=models.PROTECT, related_name="+", verbose_name=_("file")
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    level = models.CharField(_("level reached"), max_length=12)
    certificate = models.ForeignKey(
        SealCertificate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("certificate of the seal"),
    )
    timestamped_at = models.DateTimeField(_("time proven by a time stamp"), null=True, blank=True)
    timestamped_by = models.CharField(_("time-stamping authority"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("stored at"), auto_now_add=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("revision of a sealed PDF")
        verbose_name_plural = _("revisions of sealed PDFs")
        ordering = ["envelope", "number"]
        constraints = [
            models.UniqueConstraint(fields=["envelope", "number"], name="sealed_revision_number_once"),
            models.CheckConstraint(
                condition=models.Q(level="B-B", timestamped_at__isnull=True)
                | models.Q(level__in=["B-T", "B-LT", "B-LTA"], timestamped_at__isnull=False),
                name="sealed_revision_time_is_proven",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.envelope_id} #{self.number}"


class SealUpgrade(Model):
    """A sealed PDF that is still below the level aimed at. The row goes when it is reached, or cannot be."""

    envelope = models.OneToOneField(
        Envelope, on_delete=models.CASCADE, related_name="seal_upgrade", verbose_name=_("envelope")
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt at"))
    reason = models.CharField(_("why it is not done yet"), max_length=100, blank=True, default="")

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("level still to be raised")
        verbose_name_plural = _("levels still to be raised")
        indexes = [models.Index(fields=["due_at"], name="seal_upgrade_due")]  # the job costs by what is due

    def __str__(self) -> str:
        return str(self.envelope_id)
