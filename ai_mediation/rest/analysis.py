"""Texts read against policies."""

import hashlib
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ai_mediation.adapters.compliance.policy import Policy, read_policy
from ai_mediation.adapters.reviewer import Review, review_text
from ai_mediation.models import ComplianceCheck, PolicyVersion
from ai_mediation.rest.limits import count_question
from ai_mediation.rest.serializers import AnalyzeAnswer, AnalyzeInput, PolicyListAnswer
from ai_mediation.selectors.checks import access_check, findings_of
from ai_mediation.selectors.policies import known_slugs, published_policies, published_policy
from ai_mediation.services.checks import Checked, record_check
from ai_mediation.services.consultations import Asked, record_consultation
from kernel.errors import FieldError, ValidationFailedError
from kernel.rest.reading import read_body
from kernel.rest.renderers import etag_of, shared_answer
from kernel.rest.viewsets import ApiViewSet


class AnalysisViewSet(ApiViewSet):
    serializer_class = AnalyzeAnswer

    @extend_schema(request=AnalyzeInput, responses=AnalyzeAnswer, operation_id="analyzeText")
    def analyze(self, request: Request) -> Response:
        """Read a text (English or Spanish) against a policy.

        The rules of the policy read it, offline and always alike; a model's findings are added when one is configured, those only whose
        quotes stand in the text. Places count characters of the text in NFC, with `\\n` as line end and without outer white space.
        """
        wanted = read_body(AnalyzeInput, request.data)
        user = count_question(request)
        version = wanted_policy(wanted["policy"])
        locale = get_language() or "en"
        return self.command(
            lambda review: _keep(version, wanted["text"], review, user.pk, locale),
            self._shower(user),
            prepare=lambda: review_text(wanted["text"], read_policy(version.content), locale, asked_by_id=user.pk),
        )

    def _shower(self, user: Any) -> Callable[[UUID | None], dict[str, Any]]:
        return lambda made: check_answer(access_check(user, cast(UUID, made)))


class PolicyViewSet(ApiViewSet):
    """Published policies. The same for everybody, so they carry an ETag and are kept five minutes."""

    serializer_class = PolicyListAnswer
    queryset = PolicyVersion.objects.none()

    @extend_schema(
        responses=forced_singular_serializer(PolicyListAnswer),  # type: ignore[no-untyped-call]
        operation_id="listPolicies",
    )
    def list(self, request: Request) -> HttpResponseBase:
        versions = published_policies()
        locale = get_language() or "en"
        etag = etag_of("policies", locale, *(version.pk for version in versions))
        return shared_answer(
            request,
            etag,
            lambda: {"results": [policy_answer(one, locale) for one in versions], "next": None, "previous": None},
        )


def wanted_policy(slug: str, pointer: str = "/policy") -> PolicyVersion:
    """The published version of a policy. Raises ValidationFailedError that names the known ones."""
    version = published_policy(slug)
    if version is None:
        known = ", ".join(known_slugs()) or _("none; an administrator has to publish one")
        detail = _("There is no such policy. Known are: %(known)s.") % {"known": known}
        raise ValidationFailedError(errors=[FieldError(pointer, "unknown_policy", detail)])
    return version


def check_answer(check: ComplianceCheck) -> dict[str, Any]:
    findings = findings_of(check)
    graver_first = sorted(findings, key=lambda finding: ("high", "medium", "low").index(finding["severity"]))
    return {
        "findings": findings,
        "riskLevel": check.risk_level,
        "suggestions": list(dict.fromkeys(one["suggestion"] for one in graver_first if one["suggestion"])),
        "checkId": check.pk,
        "policy": {
            "slug": check.version.policy.slug,
            "version": check.version.number,
            "hash": check.policy_hash,
        },
        "readBy": check.engine,
    }


def policy_answer(version: PolicyVersion, locale: str) -> dict[str, Any]:
    policy: Policy = read_policy(version.content)
    return {
        "slug": policy.slug,
        "version": version.number,
        "hash": version.content_hash,
        "title": policy.title.to(locale),
        "purpose": policy.purpose.to(locale),
        "rules": [
            {"id": rule.id, "severity": rule.severity, "message": rule.message.to(locale), "basis": rule.basis}
            for rule in policy.rules
        ],
    }


def _keep(version: PolicyVersion, text: str, review: Review, user_id: UUID, locale: str) -> UUID:
    check = record_check(
        checked=Checked(
            version=version,
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
            locale=locale,
            engine=review.engine,
            risk_level=review.analysis.risk_level,
            findings=review.as_json(),
        ),
        asked_by_id=user_id,
    )
    asked = Asked(**review.answer.record(review.question, subject=("compliance_check", check.pk)))
    record_consultation(asked=asked, asked_by_id=user_id)
    return check.pk
