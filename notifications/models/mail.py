"""One e-mail and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import DbNow
from kernel.models.base import Model
from notifications.enums import Kind, MailStatus


class Mail(Model):
    """An e-mail to a person with an account, to an invited participant (whose address stays with the invitation), or to a
    signer (whose address stays with the envelope).

    Neither text nor address nor link is stored: all are made anew from the ids when the mail is sent. `message_id` is
    fixed from the start, so that a mail the server accepted twice can be told to be one. `history` is a list of
    `{at, what, detail}`.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )
    participant_id = models.UUIDField(_("invited participant"), null=True)
    signer_id = models.UUIDField(_("signer"), null=True)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    key = models.CharField(max_length=64, editable=False)
    dispute_id = models.UUIDField(_("dispute"), null=True)
    subject_id = models.UUIDField(_("subject"), null=True)
    status = models.CharField(_("state"), max_length=8, choices=MailStatus.choices, default=MailStatus.QUEUED)
    locale = models.CharField(_("language"), max_length=5, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    message_id = models.CharField(_("Message-ID"), max_length=160)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    history = models.JSONField(_("history"), default=list)
    created_at = models.DateTimeField(_("created at"), db_default=DbNow())
    finished_at = models.DateTimeField(_("finished at"), null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "notifications_mail"
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "key", "user"], condition=Q(user__isnull=False), name="mail_once_per_person"
            ),
            models.UniqueConstraint(
                fields=["kind", "key", "participant_id"],
                condition=Q(participant_id__isnull=False),
                name="mail_once_per_participant",
            ),
            models.UniqueConstraint(
                fields=["kind", "key", "signer_id"], condition=Q(signer_id__isnull=False), name="mail_once_per_signer"
            ),
            models.CheckConstraint(
                condition=Q(user=None, participant_id__isnull=False, signer_id=None)
                | Q(user__isnull=False, participant_id=None, signer_id=None)
                | Q(user=None, participant_id=None, signer_id__isnull=False),
                name="mail_has_one_recipient",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="mail_kind_known"),
            models.CheckConstraint(condition=Q(status__in=MailStatus.values), name="mail_status_known"),
            models.CheckConstraint(
                condition=Q(status=MailStatus.QUEUED, finished_at=None)
                | (~Q(status=MailStatus.QUEUED) & Q(finished_at__isnull=False)),
                name="mail_finished_has_time",
            ),
        )
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="mail_newest_first"),
            # The admin's first question: what did not go out?
            models.Index(
                fields=["created_at"], condition=Q(status__in=["queued", "failed", "dead"]), name="mail_not_sent"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
