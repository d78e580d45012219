"""The admin's house rule: read-only; verbs are actions that call services."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import ClockedScheduleAdmin as BaseClockedScheduleAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as BaseCrontabScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BasePeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kernel.entry import entry
from kernel.lockout import address_digest, forgive_digest, name_digest
from kernel.models import DataKey, Delivery, JournalEntry, OutboxEvent
from kernel.outbox import retry_dead


def environment_badge(request: HttpRequest) -> list[str] | None:
    """The badge in the admin's header; none in production."""
    from django.conf import settings

    return None if settings.ACCORD_ENV == "prod" else [str(settings.ACCORD_ENV), "warning"]


def favicon(request: HttpRequest) -> str:
    """The address of the site's icon, for the admin's pages."""
    return static("accord/favicon.svg")


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Shows and never edits. Every field is read-only; nothing is added, changed or deleted through a form.

    `get_queryset` of a subclass decides which rows a person of the back-office may see, on every route of the admin.
    """

    list_per_page = 50
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the page offers as a filter: Django would take any column of the row, a password's hash among them."""
        offered = [item[0] if isinstance(item, (tuple, list)) else item for item in self.list_filter or ()]
        names = [item if isinstance(item, str) else str(getattr(item, "parameter_name", "")) for item in offered]
        return any(lookup == name or lookup.startswith(f"{name}__") for name in names)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


def is_administrator(request: HttpRequest) -> bool:
    """An active person with the admin role."""
    return bool(request.user.is_active and getattr(request.user, "role", "") == "admin")


class AdminOnly(ReadOnlyAdmin):
    """Rows that only the admin role may see."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request)


@admin.register(JournalEntry)
class JournalEntryAdmin(AdminOnly):
    """Message streams are not shown: that a private one exists, and how much is said in it, is private too; nor what one party does
    for itself alone in a mediation.
    """

    list_display = ["created_at", "stream_id", "seq", "verb", "actor_kind", "actor_id", "subject_kind", "subject_id"]
    list_filter = ["verb", "actor_kind"]
    search_fields = ["stream__id", "subject_id", "actor_id", "request_id"]
    ordering = ["-created_at"]
    list_select_related = ["stream"]
    exclude = ["personal", "hash"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        entries: QuerySet[JournalEntry] = super().get_queryset(request)
        return entries.exclude(stream__kind__in=["messages", "participant"])


@admin.register(OutboxEvent)
class OutboxEventAdmin(AdminOnly):
    """What was published. Events about a message stream are left out for the same reason as in the journal."""

    list_display = ["created_at", "type", "dispatched_at", "request_id"]
    list_filter = ["type"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxEvent]:
        events: QuerySet[OutboxEvent] = super().get_queryset(request)
        return events.exclude(payload__has_key="stream_id")


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


# --- what the installed packages registered themselves, by our rules ----------------------------------------------------------
# Groups: roles live on the person. Solar schedules: need a package that is not installed. The other two logs are switched off.
for unused in (Group, SolarSchedule, AccessLog, AccessFailureLog):
    admin.site.unregister(unused)
for taken_over in (AccessAttempt, PeriodicTask, IntervalSchedule, CrontabSchedule, ClockedSchedule):
    admin.site.unregister(taken_over)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AdminOnly):
    """Failed sign-ins and lock-outs; never what was typed, and who it was only for whoever knows the address."""

    list_display = ["attempt_time", "username", "ip_address", "failures_since_start"]
    search_fields = ["username"]
    search_help_text = _("A whole e-mail or IP address: names and addresses are kept as digests only.")
    ordering = ["-attempt_time"]
    fields = ["attempt_time", "username", "ip_address", "path_info", "failures_since_start"]
    actions = ["let_in"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AccessAttempt], search_term: str
    ) -> tuple[QuerySet[AccessAttempt], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(username__in=[term, name_digest(term)]) | Q(ip_address=address_digest(term))
        return queryset.filter(found), False

    @admin.action(description=_("End the lock-out of the selected addresses"))
    def let_in(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        names = {name for name in queryset.values_list("username", flat=True) if name}
        count = sum(forgive_digest(name) for name in names)
        self.message_user(request, _("%(count)d failed sign-ins are forgotten.") % {"count": count}, messages.SUCCESS)


class _TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]
    pass


class _JobForm(PeriodicTaskForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = _TaskSelect()


class JobAdmin(ModelAdmin):  # type: ignore[misc]
    """Periodic jobs and their schedules: the one thing here that is edited in forms, by administrators."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(JobAdmin, BasePeriodicTaskAdmin):  # type: ignore[misc]
    form = _JobForm
    change_form_template = None  # theirs carries an inline script, for Django's own page


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(JobAdmin):
    pass


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(JobAdmin, BaseCrontabScheduleAdmin):  # type: ignore[misc]
    inlines = ()


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(JobAdmin, BaseClockedScheduleAdmin):  # type: ignore[misc]
    inlines = ()
