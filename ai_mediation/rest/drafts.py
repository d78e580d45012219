"""Documents drafted from inputs, kept for their owner."""

from typing import Any, cast
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ai_mediation.adapters.compliance.policy import Policy, read_policy
from ai_mediation.adapters.drafting.drafter import Written, write_draft
from ai_mediation.models import Draft
from ai_mediation.rest.analysis import wanted_policy
from ai_mediation.rest.limits import count_question
from ai_mediation.rest.serializers import DraftAnswer, DraftInput, StoredDraftAnswer
from ai_mediation.selectors.drafts import access_draft, content_of
from ai_mediation.selectors.policies import published_policy
from ai_mediation.services.consultations import Asked
from ai_mediation.services.drafts import DraftSpec, record_draft
from disputes.public import visible_to
from documents.public import TemplateVersion, document_of_draft, published_versions
from kernel.canonical import canonical_bytes
from kernel.clock import local_date, now
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.rest.reading import read_body
from kernel.rest.viewsets import ApiViewSet

USUAL_POLICY = "missing-essentials"
LARGEST_INPUTS = 200_000  # bytes of canonical JSON


class DraftViewSet(ApiViewSet):
    serializer_class = DraftAnswer

    @extend_schema(request=DraftInput, responses=DraftAnswer, operation_id="generateDocument")
    def generate(self, request: Request) -> Response:
        """Draft a document from the published template of a type (`kind` in `/api/docs/templates`).

        What is missing gets a placeholder in square brackets and a warning; what is there and wrong is refused (`/inputs/…`). The score
        is the weighted mean of the named `checks`. Where a model is configured it words the background passages (`recitals`) in the
        `tone`: a wording that changes a figure, a day or a name is not used, and a warning names the model whose words they are.
        Render it with `/api/docs/render-pdf` and `options.draftId`.
        """
        wanted = read_body(DraftInput, request.data)
        user = count_question(request)
        locale = wanted.get("locale") or get_language() or "en"
        version = _template(wanted["type"], locale)
        policy = _policy(wanted.get("policy"))
        dispute_id = (wanted.get("context") or {}).get("disputeId")
        if dispute_id is not None and not visible_to(user).filter(pk=dispute_id).exists():
            raise NotFoundError
        inputs, tone = _inputs(wanted["inputs"]), wanted.get("tone") or ""
        return self.command(
            lambda written: _keep(version, written, user.pk, tone, dispute_id),
            lambda made: draft_answer(access_draft(user, cast(UUID, made))),
            prepare=lambda: write_draft(
                version,
                inputs,
                policy=policy,
                locale=get_language() or "en",
                tone=tone,
                wanted_locale=locale,
                today=local_date(now(), user.timezone),
                owner_id=user.pk,
            ),
            location=lambda made: reverse("ai:draft", args=[made]),
        )

    @extend_schema(responses=StoredDraftAnswer, operation_id="getDraft")
    def retrieve(self, request: Request, ai_draft_id: UUID) -> Response:
        """One's own draft: `drafted`, or `rendered` once a document was made of it, with links to case and document."""
        draft = access_draft(request.user, ai_draft_id)
        document = document_of_draft(owner_id=draft.owner_id, draft_id=draft.pk)
        links = {
            "case": reverse("disputes:detail", args=[draft.dispute_id]) if draft.dispute_id else None,
            "document": reverse("documents:document", args=[document.pk]) if document is not None else None,
        }
        return Response(
            {
                **draft_answer(draft),
                "status": "rendered" if document is not None else "drafted",
                "type": draft.kind,
                "locale": draft.locale,
                "inputs": content_of(draft)["inputs"],
                "disputeId": draft.dispute_id,
                "documentId": document.pk if document is not None else None,
                "links": links,
                "createdAt": draft.created_at,
            }
        )


def draft_answer(draft: Draft) -> dict[str, Any]:
    content = content_of(draft)
    return {
        "draftId": draft.pk,
        "draftText": content["text"],
        "sections": content["sections"],
        "qualityScore": float(draft.quality_score),
        "warnings": content["warnings"],
        "checks": [{"name": one["name"], "score": one["score"]} for one in content["checks"]],
    }


def _template(kind: str, locale: str) -> TemplateVersion:
    """The published text of a type, in this language, else the same without its region, else in English.

    Raises ValidationFailedError that names the known types.
    """
    versions = published_versions()
    wanted = list(dict.fromkeys([locale, locale.partition("-")[0], "en"]))
    found = {version.template.locale: version for version in versions if version.template.kind == kind}
    for candidate in wanted:
        if candidate in found:
            return found[candidate]
    known = ", ".join(sorted({version.template.kind for version in versions})) or _("none")
    detail = _("There is no published template of this type. Known are: %(known)s.") % {"known": known}
    raise ValidationFailedError(errors=[FieldError("/type", "unknown_type", detail)])


def _policy(slug: str | None) -> Policy | None:
    """The policy asked for, which must be there; without one the usual one, if it is published."""
    version = wanted_policy(slug) if slug else published_policy(USUAL_POLICY)
    return read_policy(version.content) if version is not None else None


def _inputs(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        detail = _("The inputs must be an object that fits the template's schema.")
        raise ValidationFailedError(errors=[FieldError("/inputs", "invalid", detail)])
    if len(canonical_bytes(value)) > LARGEST_INPUTS:
        detail = _("The inputs are larger than %(kilobytes)d kB.") % {"kilobytes": LARGEST_INPUTS // 1000}
        raise ValidationFailedError(errors=[FieldError("/inputs", "max_length", detail)])
    return value


def _keep(version: TemplateVersion, written: Written, user_id: UUID, tone: str, dispute_id: UUID | None) -> UUID:
    template = version.template
    spec = DraftSpec(
        kind=template.kind,
        locale=template.locale,
        template_version_id=version.pk,
        template=f"{template.slug}@{version.number}",
        quality=written.quality,
        dispute_id=dispute_id,
    )
    return record_draft(owner_id=user_id, spec=spec, content={**written.as_json(), "tone": tone}, asked=_asked(written))


def _asked(written: Written) -> Asked | None:
    """How a model was asked; None where none was."""
    question, answer = written.wording.question, written.wording.answer
    if question is None or answer is None or not (written.wording.model or answer.parameters):
        return None
    return Asked(**answer.record(question))
