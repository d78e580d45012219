"""The AI in the back-office, for administrators: consultations, policies and what was checked (metadata, read-only), and which model
answers what, what may be spent and what it costs (edited in forms, every change journalled)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ai_mediation.adapters.asking import breaker_of, cost_of
from ai_mediation.adapters.compliance.policy import Rule, read_policy
from ai_mediation.adapters.prompts import all_prompts
from ai_mediation.enums import BudgetScope, ProviderName, Purpose, RiskLevel
from ai_mediation.models import Budget, ComplianceCheck, Consultation, ModelPrice, Policy, PolicyVersion, Route
from ai_mediation.selectors.routing import chain_for, limits
from ai_mediation.selectors.spending import most_spent
from ai_mediation.services.policies import publish_policy_version, retire_policy_version
from ai_mediation.services.routing import delete_setting, note_breaker_closed, save_setting
from kernel.admin import AdminOnly, JobAdmin
from kernel.clock import now
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
    list_filter = ("purpose", "outcome", "provider", "model", "is_cached", "prompt_version")
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
    fields = ("policy", "number", "status", "content_hash", "created_at", "published_at", "retired_at", "as_read")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("rules"))
    def as_read(self, version: PolicyVersion) -> str:
        """The rules in the reader's language, each with what it rests on; the phrases as they are written."""
        locale = get_language() or "en"
        policy = read_policy(version.content)
        rules = [_rule_as_read(rule, locale) for rule in policy.rules]
        words = {"title": policy.title.to(locale), "purpose": policy.purpose.to(locale), "rules": rules}
        return render_to_string("ai_mediation/admin_policy.html", words)

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
        actor = Actor.user(cast(UUID, request.user.pk))
        for version in queryset.select_related("policy"):
            try:
                with entry():
                    service(version_id=version.pk, actor=actor)
            except DomainError as refusal:
                self.message_user(request, f"{version}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, _("%(version)s: done.") % {"version": version}, messages.SUCCESS)


def _rule_as_read(rule: Rule, locale: str) -> dict[str, Any]:
    kinds = {
        "forbidden": _("found where it stands"),
        "needed": _("found where it is missing"),
        "check": _("found by computing"),
    }
    lists = (
        (_("Where one of these stands:"), rule.phrases),
        (_("But not beside one of these:"), rule.unless),
        (_("Only in texts with one of these:"), rule.when),
    )
    return {
        "id": rule.id,
        "kind": kinds[rule.kind],
        "severity": RiskLevel(rule.severity).label,
        "message": rule.message.to(locale),
        "suggestion": rule.suggestion.to(locale),
        "basis": rule.basis,
        "check": rule.check,
        "limit": rule.limit,
        "lists": [{"what": what, "phrases": [*phrases.en, *phrases.es]} for what, phrases in lists if phrases],
    }


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
    """The list begins with what is in force: who answers what, how the circuit breakers stand, what is used, which prompts there are."""

    list_before_template = "ai_mediation/admin_state.html"
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

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST" and "close_breaker" in request.POST and self.has_change_permission(request):
            return self._close(request, request.POST["close_breaker"])
        return super().changelist_view(request, {**(extra_context or {}), "state": state_of_models()})

    def _close(self, request: HttpRequest, name: str) -> HttpResponseRedirect:
        for purpose in Purpose:
            for link in chain_for(purpose):
                breaker = breaker_of(link.provider, purpose)
                if breaker.name == name:
                    with entry():
                        note_breaker_closed(breaker=name, acting_user_id=_acting(request))
                    breaker.reset()
                    self.message_user(request, _("The circuit breaker is closed."), messages.SUCCESS)
        return HttpResponseRedirect(request.path)


def state_of_models() -> dict[str, Any]:
    """What is in force now, for the page."""
    spent, most = most_spent(), limits()
    return {
        "chain": [line for purpose in Purpose for line in _chain_lines(purpose)],
        "currency": settings.AI_COST_CURRENCY,
        "budgets": [
            {
                "scope": scope.label,
                "tokens": spent[scope][0],
                "money": spent[scope][1],
                "most_tokens": most[scope].tokens,
                "most_money": None if (micros := most[scope].micros) is None else cost_of(micros),
            }
            for scope in BudgetScope
        ],
        "prompts": _prompts(),
    }


def _prompts() -> list[dict[str, Any]]:
    """Every version of every prompt as its file says it, and how many calls of the last 30 days were made with it."""
    lately = Consultation.objects.filter(created_at__gte=now() - timedelta(days=30))
    calls = dict(lately.values_list("prompt_version").annotate(calls=Count("pk")).order_by())
    return [
        {
            "label": prompt.label,
            "sha256": prompt.sha256,
            "temperature": prompt.temperature,
            "system": prompt.system,
            "user": prompt.user,
            "calls": calls.get(prompt.label, 0),
        }
        for versions in all_prompts().values()
        for prompt in versions.values()
    ]


def _chain_lines(purpose: Purpose) -> Iterator[dict[str, Any]]:
    words = {"closed": _("closed"), "half_open": _("half open"), "open": _("open")}
    for link in chain_for(purpose):
        breaker = breaker_of(link.provider, purpose)
        state = breaker.state()
        named = {"provider": ProviderName(link.provider).label, "model": link.model, "breaker": breaker.name}
        yield {"purpose": purpose.label, "state": words[state], "is_open": state != "closed", **named}
    yield {"purpose": purpose.label, "provider": _("rules"), "model": "offline-rules", "state": "–"}


@admin.register(Budget)
class BudgetAdmin(SettingAdmin):
    list_display = ("scope", "tokens", "cost", "updated_at")
    fields = ("scope", "tokens", "cost")


@admin.register(ModelPrice)
class ModelPriceAdmin(SettingAdmin):
    list_display = ("provider", "model", "input_price", "output_price", "updated_at")
    fields = ("provider", "model", "input_price", "output_price")
