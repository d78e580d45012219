"""Writing templates by hand: a draft begins as a copy, changes as long as it is one, and is published as it stands."""

import json
import re
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from documents.enums import Syntax, VersionStatus
from documents.errors import StateConflictError
from documents.models import Template, TemplateVersion
from documents.selectors.clauses import library_texts, taken_from
from documents.selectors.schema_order import with_order
from documents.services.templates import content_hash, next_number
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import PLATFORM, Actor, record

LONGEST_BODY, LONGEST_STYLES = 200_000, 100_000
# What a database or a page cannot hold: control characters other than line ends and tabs, halves of a surrogate pair.
UNWRITABLE = re.compile(r"\\u(?:0000|d[89a-f])")  # as JSON writes them
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@transaction.atomic
def start_draft(*, template_id: UUID, actor: Actor) -> TemplateVersion:
    """A draft of the template: the one there is, or a copy of its newest version."""
    template = Template.objects.select_for_update(no_key=True).get(pk=template_id)
    existing = template.versions.filter(status=VersionStatus.DRAFT).order_by("-number").first()
    if existing is not None:
        return existing
    newest = template.versions.order_by("-number").first()
    if newest is None:
        raise StateConflictError(_("This template has no version to begin from; load the shipped ones first."))
    draft = TemplateVersion.objects.create(
        template=template,
        number=next_number(template.pk),
        schema=newest.schema,
        body=newest.body,
        styles=newest.styles,
        syntax=newest.syntax,
        clauses=newest.clauses,
        logo=bytes(newest.logo),
        content_hash=newest.content_hash,
    )
    _record(draft, "template.draft_started", actor, {"from_number": newest.number})
    return draft


@transaction.atomic
def edit_draft(
    *,
    version_id: UUID,
    expected_hash: str,
    body: str,
    schema: Any,
    styles: str,
    syntax: Syntax,
    actor: Actor,
    logo: bytes | None = None,
) -> TemplateVersion:
    """Write a draft's text. The library's clauses that it takes come along as they are now.

    `logo` is a PNG that was opened and written anew, empty to have none, None to leave it as it is.
    `expected_hash` is what its writer saw: somebody else's change is never written over. Raises StateConflictError, and
    ValidationFailedError for a schema that is none or a clause that the library does not have.
    """
    draft = (
        TemplateVersion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("template")
        .get(pk=version_id)
    )
    if draft.status != VersionStatus.DRAFT:
        raise StateConflictError(_("Only a draft changes; begin a new one."), allowed_from=[VersionStatus.DRAFT.value])
    if draft.content_hash != expected_hash:
        raise StateConflictError(_("Somebody else has changed this draft meanwhile. Load it again before you write."))
    check_texts(body, styles)
    check_schema(schema)
    schema = with_order(schema)
    clauses = taken_from(library_texts(draft.template.locale), body)
    before, draft.logo = draft.content_hash, bytes(draft.logo) if logo is None else logo
    draft.body, draft.schema, draft.styles, draft.syntax, draft.clauses = body, schema, styles, syntax.value, clauses
    draft.content_hash = content_hash(
        schema=schema, body=body, styles=styles, syntax=syntax.value, clauses=clauses, logo=draft.logo
    )
    draft.save(update_fields=["body", "schema", "styles", "syntax", "clauses", "logo", "content_hash"])
    if draft.content_hash != before:
        _record(draft, "template.draft_edited", actor, {"from_hash": before, "content_hash": draft.content_hash})
    return draft


def check_texts(body: str, styles: str) -> None:
    """Raises ValidationFailedError for texts that are too long or have characters that no document can have."""
    for name, text, longest in (("body", body, LONGEST_BODY), ("styles", styles, LONGEST_STYLES)):
        if len(text) > longest or CONTROL.search(text):
            detail = _("The text is too long, or has control characters.")
            raise ValidationFailedError(errors=[FieldError(f"/{name}", "invalid", detail)])


def check_schema(schema: Any) -> None:
    """Raises ValidationFailedError unless `schema` is a JSON Schema of an object."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        detail = _("The schema must describe an object.")
        raise ValidationFailedError(errors=[FieldError("/schema", "invalid", detail)])
    if CONTROL.search(json.dumps(schema, ensure_ascii=False).replace("\\u0000", "\0")):
        detail = _("The text is too long, or has control characters.")
        raise ValidationFailedError(errors=[FieldError("/schema", "invalid", detail)])
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        detail = _("This is no JSON Schema: %(message)s") % {"message": error.message[:300]}
        raise ValidationFailedError(errors=[FieldError("/schema", "invalid", detail)]) from error


def _record(version: TemplateVersion, verb: str, actor: Actor, facts: dict[str, Any]) -> None:
    template = version.template
    about = {"kind": template.kind, "locale": template.locale, "number": version.number}
    record(stream=PLATFORM, verb=verb, actor=actor, subject=("template_version", version.pk), facts={**about, **facts})
