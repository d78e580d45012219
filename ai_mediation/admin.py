"""The AI in the back-office, for administrators: consultations, policies and what was checked (metadata, read-only), and which model
answers what, what may be spent and what it costs (edited in forms, every change journalled)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_mediation.models import Budget, ComplianceCheck, Consultation, ModelPrice, Policy, PolicyVersion, Route
from ai_mediation.services.policies import publish_policy_version, retire_policy_version
from ai_mediation.services.routing import delete_setting, save_setting
from kernel.admin import AdminOnly, JobAdmin
from kernel.entry import entry
from kernel.errors import DomainError
from kernel.journal import Actor


@admin.register(Consultation)
class ConsultationAdmin(AdminOnly):
    list_display = (
        "created_at",
        "purpose",
        "provider",
        "model",
        "prompt_version",
        "outcome",
        "is_cached",
        "input_tokens",
        "output_tokens",
        "cost",
        "latency_ms",
        "subject_kind",
        "subject_id",
    )
    list_filter = ("purpose", "outcome", "provider", "model", "is_cached")
    search_fields = ("subject_id", "dispute_id")
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "created_at",
        "asked_by",
        "purpose",
        "subject_kind",
        "subject_id",
        "dispute_id",
        "provider",
        "model",
        "prompt_version",
        "parameters",
        "input_tokens",
        "output_tokens",
        "cost",
        "latency_ms",
        "is_cached",
        "outcome",
        "reason",
    )
    readonly_fields = fields


@admin.register(Policy)
class PolicyAdmin(AdminOnly):
    list_display = ("slug", "created_at")
    ordering = ("slug",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(AdminOnly):
    """Versions come from files (`manage.py loadpolicies`) as drafts; here they are published and retired, never edited."""

    list_display = ("policy", "number", "status", "published_at", "retired_at", "content_hash")
    list_filter = ("status", "policy__slug")
    list_select_related = ("policy",)
    ordering = ("policy__slug", "-number")
    actions = ("publish", "retire")

    @admin.action(description=gettext_lazy("Publish the selected versions"))
    def publish(self, request: HttpRequest, queryset: QuerySet[PolicyVersion]) -> None:
        self._each(request, queryset, publish_policy_version)

    @admin.action(description=gettext_lazy("Retire the selected versions"))
    def retire(self, request: HttpRequest, queryset: QuerySet[PolicyVersion]) -> None:
        self._each(request, queryset, retire_policy_version)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[PolicyVersion], service: Callable[..., PolicyVersion]
    ) -> None:
        """One service call in one transaction for each row; what is refused is said and stops nothing else."""
        actor = Actor.user(request.user.pk)
        for version in queryset.select_related("policy"):
            try:
                with entry():
                    service(version_id=version.pk, actor=actor)
            except DomainError as refusal:
                self.message_user(request, f"{version}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, _("%(version)s: done.") % {"version": version}, messages.SUCCESS)


@admin.register(ComplianceCheck)
class ComplianceCheckAdmin(AdminOnly):
    """Which text (its hash) was read against which version, which rules found something, and who overrode it. Never quotes."""

    list_display = ("created_at", "version", "risk_level", "engine", "subject_kind", "subject_id", "overridden_by")
    list_filter = ("risk_level", "version__policy__slug", "subject_kind")
    list_select_related = ("version__policy", "overridden_by")
    search_fields = ("subject_id", "subject_hash")
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "created_at",
        "version",
        "policy_hash",
        "asked_by",
        "subject_kind",
        "subject_id",
        "subject_hash",
        "locale",
        "engine",
        "risk_level",
        "rules_found",
        "overridden_by",
        "overridden_at",
        "override_reason",
    )
    readonly_fields: Any = fields


def _acting(request: HttpRequest) -> UUID:
    return UUID(str(request.user.pk))


class SettingAdmin(JobAdmin):
    """Edited in forms; every change goes through the service that journals it."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_setting(row=obj, acting_user_id=_acting(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_setting(row=obj, acting_user_id=_acting(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            delete_setting(row=row, acting_user_id=_acting(request))


@admin.register(Route)
class RouteAdmin(SettingAdmin):
    list_display = ("purpose", "position", "provider", "model", "timeout_seconds", "max_tokens", "is_enabled")
    list_filter = ("purpose", "provider", "is_enabled")
    fields = (
        "purpose",
        "position",
        "provider",
        "model",
        "timeout_seconds",
        "temperature",
        "max_tokens",
        "is_enabled",
    )


@admin.register(Budget)
class BudgetAdmin(SettingAdmin):
    list_display = ("scope", "tokens", "cost", "updated_at")
    fields = ("scope", "tokens", "cost")


@admin.register(ModelPrice)
class ModelPriceAdmin(SettingAdmin):
    list_display = ("provider", "model", "input_price", "output_price", "updated_at")
    fields = ("provider", "model", "input_price", "output_price")
