"""The AI in the back-office: consultations, policies and what was checked; metadata, read-only, for administrators."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_mediation.models import ComplianceCheck, Consultation, Policy, PolicyVersion
from ai_mediation.services.policies import publish_policy_version, retire_policy_version
from kernel.admin import AdminOnly
from kernel.entry import entry
from kernel.errors import DomainError
from kernel.journal import Actor


@admin.register(Consultation)
class ConsultationAdmin(AdminOnly):
    list_display = (
        "created_at",
        "purpose",
        "model",
        "prompt_version",
        "outcome",
        "latency_ms",
        "subject_kind",
        "subject_id",
    )
    list_filter = ("purpose", "outcome", "model")
    search_fields = ("subject_id",)
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "created_at",
        "asked_by",
        "purpose",
        "subject_kind",
        "subject_id",
        "model",
        "prompt_version",
        "input_tokens",
        "output_tokens",
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
