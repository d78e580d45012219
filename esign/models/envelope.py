"""Envelopes: a document, who signs it, and the record of each signature."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from esign.enums import EnvelopeStatus, SignerRole, SignerStatus, Workflow
from kernel.models.base import Model


class Envelope(Model):
    """One document up for signature. `document_sha256` is what everybody signs; it never changes."""

    title = models.CharField(_("title"), max_length=200)
    locale = models.CharField(_("language"), max_length=12, default="en")
    status = models.CharField(_("state"), max_length=12, choices=EnvelopeStatus.choices, default=EnvelopeStatus.CREATED)
    workflow = models.CharField(
        _("order of signing"), max_length=12, choices=Workflow.choices, default=Workflow.PARALLEL
    )
    subject_kind = models.CharField(_("belongs to (kind)"), max_length=40)
    subject_id = models.UUIDField(_("belongs to"))
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, related_name="envelopes", verbose_name=_("document")
    )
    file = models.ForeignKey(
        "documents.StoredFile", on_delete=models.PROTECT, related_name="+", verbose_name=_("file to be signed")
    )
    document_sha256 = models.CharField(_("SHA-256 before signing"), max_length=64)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    expires_at = models.DateTimeField(_("expires at"))
    may_delegate = models.BooleanField(_("signers may hand on"), default=False)
    # 0: nobody is reminded by itself; else after so many days, then every so many, at most so often.
    remind_first_days = models.PositiveSmallIntegerField(_("first reminder after days"), default=0)
    remind_every_days = models.PositiveSmallIntegerField(_("then every so many days"), default=0)
    remind_at_most = models.PositiveSmallIntegerField(_("reminders at most"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    all_signed_at = models.DateTimeField(_("all signed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("reason given"), max_length=2000, blank=True, default="")
    sealed_file = models.OneToOneField(
        "documents.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sealed PDF"),
    )
    sealed_sha256 = models.CharField(_("SHA-256 of the sealed PDF"), max_length=64, blank=True, default="")
    sealed_at = models.DateTimeField(_("sealed at"), null=True, blank=True)
    seal_level = models.CharField(_("level of the seal"), max_length=12, blank=True, default="")

    personal_data: ClassVar[dict[str, str]] = {
        "creator": "kept; the person's own row is made neutral",
        "end_reason": "emptied when the person who gave it is erased",
    }

    class Meta:
        verbose_name = _("envelope")
        verbose_name_plural = _("envelopes")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=EnvelopeStatus.values), name="envelope_status_known"),
            models.CheckConstraint(condition=models.Q(workflow__in=Workflow.values), name="envelope_workflow_known"),
            models.CheckConstraint(
                condition=models.Q(remind_first_days=0, remind_every_days=0, remind_at_most=0)
                | models.Q(remind_first_days__gt=0, remind_every_days__gt=0, remind_at_most__gt=0),
                name="envelope_reminders_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status="completed", sealed_file__isnull=False, sealed_at__isnull=False, all_signed_at__isnull=False
                )
                | (~models.Q(status="completed") & models.Q(sealed_file__isnull=True)),
                name="envelope_completed_is_sealed",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="envelope_subject"),
            models.Index(fields=["creator", "-created_at", "-id"], name="envelope_creator_newest"),
            # /verify/ looks up checksums; most envelopes have none yet.
            models.Index(
                fields=["sealed_sha256"], condition=~models.Q(sealed_sha256=""), name="envelope_sealed_sha256"
            ),
            models.Index(fields=["document_sha256"], name="envelope_document_sha256"),
            # The sweep costs by what is due.
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status__in=["sent", "in_progress"], all_signed_at__isnull=True),
                name="envelope_open_expiry",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Signer(Model):
    """One person who is to sign. The link's token is remade from the row's id and generation; only its digest is kept."""

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="signers", verbose_name=_("envelope"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=200)
    email_sealed = models.BinaryField(_("e-mail address (encrypted)"))
    email_index = models.BinaryField(_("e-mail address (blind index)"), max_length=32)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    role = models.CharField(_("part"), max_length=12, choices=SignerRole.choices, default=SignerRole.SIGNER)
    delegated_from = models.OneToOneField(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="delegate",
        verbose_name=_("acts instead of"),
    )
    status = models.CharField(_("state"), max_length=12, choices=SignerStatus.choices, default=SignerStatus.WAITING)
    generation = models.PositiveIntegerField(default=0)
    token_digest = models.BinaryField(max_length=32, unique=True)
    notified_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    reminders_sent = models.PositiveSmallIntegerField(_("reminders sent by themselves"), default=0)
    next_reminder_at = models.DateTimeField(_("next reminder at"), null=True, blank=True)
    viewed_at = models.DateTimeField(_("seen at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("signed or declined at"), null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "name": "replaced by a neutral name",
        "email_sealed": "unreadable once the person's key is destroyed",
        "email_index": "emptied",
        "user": "kept; the person's own row is made neutral",
    }

    class Meta:
        verbose_name = _("signer")
        verbose_name_plural = _("signers")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=SignerStatus.values), name="signer_status_known"),
            models.CheckConstraint(condition=models.Q(role__in=SignerRole.values), name="signer_role_known"),
            models.UniqueConstraint(
                fields=["envelope", "user"],
                condition=models.Q(user__isnull=False),
                name="signer_user_once_per_envelope",
            ),
            models.UniqueConstraint(fields=["envelope", "email_index"], name="signer_email_once_per_envelope"),
        ]
        indexes = [
            # The sweep costs by what is due.
            models.Index(
                fields=["next_reminder_at"],
                condition=models.Q(next_reminder_at__isnull=False),
                name="signer_reminder_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Signature(Model):
    """The record of one signature: a simple electronic signature (eIDAS Art. 3 (10)), not a PDF signature. Never changed."""

    signer = models.OneToOneField(Signer, on_delete=models.PROTECT, related_name="signature", verbose_name=_("signer"))
    full_name = models.CharField(_("name as typed"), max_length=200)
    image = models.BinaryField(_("drawn signature (PNG)"), null=True, blank=True)
    consent_version = models.CharField(_("version of the consent text"), max_length=20)
    consent_locale = models.CharField(_("language of the consent text"), max_length=12)
    document_sha256 = models.CharField(_("SHA-256 of the document"), max_length=64)
    ip_sealed = models.BinaryField(_("IP address (encrypted)"))
    user_agent_sealed = models.BinaryField(_("browser (encrypted)"))
    channel = models.CharField(_("signed through"), max_length=12)
    signed_at = models.DateTimeField(_("signed at"))
    journal_seq = models.PositiveBigIntegerField(_("number in the journal"))
    journal_hash = models.CharField(_("hash in the journal"), max_length=64)

    personal_data: ClassVar[dict[str, str]] = {
        "full_name": "kept as long as the signed document is kept (evidence of a legal claim, GDPR Art. 17 (3) e)",
        "image": "kept as long as the signed document is kept",
        "ip_sealed": "unreadable once the person's key is destroyed",
        "user_agent_sealed": "unreadable once the person's key is destroyed",
    }

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")

    def __str__(self) -> str:
        return self.full_name
