"""How a person wants to be told of things. Kinds are plain strings: accounts does not know what others notify about."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Channel
from accounts.models.user import User
from kernel.models.base import Model


class NotificationPreference(Model):
    """One choice that differs from the default (everything is on)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notification_preferences")
    kind = models.CharField(_("kind"), max_length=64)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    enabled = models.BooleanField(_("enabled"))

    personal_data: ClassVar[dict[str, str]] = {"enabled": "deleted with the account's preferences"}

    class Meta:
        db_table = "accounts_notification_preference"
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="notification_preference_once"),
            models.CheckConstraint(
                condition=models.Q(channel__in=Channel.values), name="notification_preference_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}"
