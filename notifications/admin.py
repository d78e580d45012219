"""What the back-office sees of mails and notifications: their fate, never their text."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.public import User
from kernel.admin import AdminOnly
from kernel.entry import entry
from notifications.errors import MailNotFailedError
from notifications.models import Mail, Notification
from notifications.services.delivering import send_mail_again


@admin.register(Mail)
class MailAdmin(AdminOnly):
    list_display = ("created_at", "kind", "user", "status", "attempts", "last_error", "finished_at")
    list_filter = ("status", "kind")
    list_select_related = ("user",)
    search_fields = ("id", "message_id", "user__email", "dispute_id")
    ordering = ("-created_at", "-id")
    exclude = ("key",)
    actions = ("send_again",)

    @admin.action(description=_("Send the selected failed mails again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        again = left = 0
        for mail_id in queryset.values_list("pk", flat=True):
            try:
                with entry():
                    send_mail_again(mail_id=mail_id, acting_user=cast(User, request.user))
                again += 1
            except MailNotFailedError:
                left += 1
        self.message_user(request, _("%(again)d mails will be sent again.") % {"again": again}, messages.SUCCESS)
        if left:
            self.message_user(
                request,
                _("%(left)d mails were neither refused nor given up and stay as they are.") % {"left": left},
                messages.WARNING,
            )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The verbs of this page alone; nothing here is ever deleted."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(Notification)
class NotificationAdmin(AdminOnly):
    list_display = ("created_at", "user", "kind", "dispute_id", "read_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("id", "user__email", "dispute_id")
    ordering = ("-created_at", "-id")
    exclude = ("key", "params")
