"""What a person is told inside the app."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import DbNow
from kernel.models.base import Model
from notifications.enums import Kind


class Notification(Model):
    """One line of a person's list, put into words when it is read, in the reader's language, from `kind` and `params`.

    `params` hold the case's title and numbers, never statements, messages or amounts; `path` is the page without its
    host.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    key = models.CharField(max_length=64, editable=False)
    dispute_id = models.UUIDField(_("dispute"), null=True)
    subject_id = models.UUIDField(_("subject"), null=True)
    params = models.JSONField(default=dict)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=DbNow())
    read_at = models.DateTimeField(_("read at"), null=True)

    personal_data: ClassVar[dict[str, str]] = {"params": "deleted with the person's notifications"}

    class Meta:
        db_table = "notifications_notification"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = (
            # An event that comes twice tells nobody twice.
            models.UniqueConstraint(fields=["user", "kind", "key"], name="notification_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_known"),
        )
        indexes = (
            models.Index(fields=["user", "-created_at", "-id"], name="notification_newest_first"),
            # The unread list and its count read only what is unread.
            models.Index(fields=["user", "-created_at", "-id"], condition=Q(read_at=None), name="notification_unread"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
