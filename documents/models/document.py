"""Documents: one rendering of a template version with data."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from documents.enums import DocumentStatus
from documents.models.stored_file import StoredFile
from documents.models.template import TemplateVersion
from kernel.models.base import Model


class Document(Model):
    """Template version + validated data → PDF. Same version, data and engine give the same bytes."""

    version = models.ForeignKey(
        TemplateVersion, on_delete=models.PROTECT, related_name="documents", verbose_name=_("template version")
    )
    data = models.JSONField(_("data"))
    data_hash = models.CharField(_("SHA-256 of the data"), max_length=64)
    is_archive = models.BooleanField(_("PDF/A-3 with its data embedded"), default=False, db_default=False)
    status = models.CharField(_("state"), max_length=12, choices=DocumentStatus.choices, default=DocumentStatus.QUEUED)
    file = models.OneToOneField(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="document", verbose_name=_("file")
    )
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    engine = models.CharField(_("engine and fonts"), max_length=200, blank=True, default="")
    failure = models.CharField(_("why it failed"), max_length=300, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    subject_kind = models.CharField(_("belongs to (kind)"), max_length=40, blank=True, default="")
    subject_id = models.UUIDField(_("belongs to"), null=True, blank=True)
    # A plain id: drafts live above this app, which only remembers which one a person named.
    draft_id = models.UUIDField(_("made of the draft"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "data": "emptied when the owner's documents are erased; a signed contract is kept as long as the law asks",
        "owner": "kept; the person's own row is made neutral",
    }

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=DocumentStatus.values), name="document_status_known"),
            models.CheckConstraint(
                condition=models.Q(status="ready", file__isnull=False, pages__isnull=False)
                | (~models.Q(status="ready") & models.Q(file__isnull=True)),
                name="document_ready_has_file",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="document_owner_newest"),
            models.Index(fields=["subject_kind", "subject_id"], name="document_subject"),
            # Every render asks how many wait; they are few among many.
            models.Index(
                fields=["created_at"], condition=models.Q(status__in=["queued", "rendering"]), name="document_waiting"
            ),
            models.Index(fields=["draft_id"], condition=models.Q(draft_id__isnull=False), name="document_draft"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the PDF; empty until ready."""
        return self.file.sha256 if self.file else ""

    @property
    def size(self) -> int | None:
        return self.file.size if self.file else None

    @property
    def storage_key(self) -> str:
        return self.file.key if self.file else ""
