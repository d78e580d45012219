"""Files at rest: what was kept, what it is, whether it may be read."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from documents.enums import READABLE, ScanStatus
from kernel.models.base import Model


class StoredFile(Model):
    """A file in storage under a random key. It has no public route: the owning app's route checks, then serves it."""

    key = models.CharField(_("storage key"), max_length=100, unique=True)
    file_name = models.CharField(_("name as uploaded"), max_length=255)
    media_type = models.CharField(_("media type as recognised"), max_length=100)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    scan_status = models.CharField(_("scan"), max_length=12, choices=ScanStatus.choices)
    scan_detail = models.CharField(_("what the scanner said"), max_length=200, blank=True, default="")
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    text_extract = models.TextField(_("text in it"), blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    purpose = models.CharField(_("what for"), max_length=40)
    created_at = models.DateTimeField(_("stored at"), auto_now_add=True)

    personal_data: ClassVar[dict[str, str]] = {
        "file_name": "replaced when the owning app erases the file",
        "text_extract": "emptied when the owning app erases the file",
        "owner": "kept; the person's own row is made neutral",
        "key": "the file is removed from storage when the owning app erases it",
    }

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scan_status__in=ScanStatus.values), name="stored_file_scan_known"
            ),
            models.CheckConstraint(condition=models.Q(size__gte=0), name="stored_file_size_positive"),
        ]
        indexes = [
            # /verify/ asks for a checksum.
            models.Index(fields=["sha256"], name="stored_file_sha256"),
            # Files whose scan is still due are few among many.
            models.Index(fields=["created_at"], condition=models.Q(scan_status="pending"), name="stored_file_pending"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_readable(self) -> bool:
        """Whether others than the uploader, and the AI, may read it."""
        return self.scan_status in READABLE
