"""The admin's house rule: read-only; verbs are actions that call services."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kernel.entry import entry
from kernel.models import DataKey, Delivery, JournalEntry, OutboxEvent
from kernel.outbox import retry_dead


def environment_badge(request: HttpRequest) -> list[str] | None:
    """The badge in the admin's header; none in production."""
    from django.conf import settings

    return None if settings.ACCORD_ENV == "prod" else [str(settings.ACCORD_ENV), "warning"]


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Shows and never edits. Every field is read-only; nothing is added, changed or deleted through a form.

    `get_queryset` of a subclass decides which rows a person of the back-office may see, on every route of the admin.
    """

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


class AdminOnly(ReadOnlyAdmin):
    """Rows that only the admin role may see."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_admin: bool = request.user.is_active and getattr(request.user, "role", "") == "admin"
        return is_admin


@admin.register(JournalEntry)
class JournalEntryAdmin(AdminOnly):
    list_display = ["created_at", "stream_id", "seq", "verb", "actor_kind", "actor_id", "subject_kind", "subject_id"]
    list_filter = ["verb", "actor_kind"]
    search_fields = ["stream_id", "subject_id", "actor_id", "request_id"]
    ordering = ["-created_at"]
    exclude = ["personal", "hash"]


@admin.register(OutboxEvent)
class OutboxEventAdmin(AdminOnly):
    list_display = ["created_at", "type", "dispatched_at", "request_id"]
    list_filter = ["type"]
    ordering = ["-created_at"]


@admin.register(Delivery)
class DeliveryAdmin(AdminOnly):
    list_display = ["created_at", "subscriber", "state", "attempts", "available_at", "last_error"]
    list_filter = ["state", "subscriber"]
    ordering = ["-created_at"]
    actions = ["retry"]

    @admin.action(description=_("Retry the selected dead letters"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        count = 0
        for delivery in queryset:
            with entry():
                count += retry_dead(delivery_id=delivery.pk)
        self.message_user(
            request, _("%(count)d dead letters will be tried again.") % {"count": count}, messages.SUCCESS
        )


@admin.register(DataKey)
class DataKeyAdmin(AdminOnly):
    list_display = ["created_at", "scope_kind", "scope_id", "version", "master_id"]
    list_filter = ["scope_kind", "master_id"]
    exclude = ["wrapped"]
