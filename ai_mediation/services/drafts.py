"""Keeping drafts, each for its owner alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from ai_mediation.enums import Purpose
from ai_mediation.models import Draft
from ai_mediation.selectors.sealed import seal_json
from ai_mediation.services.consultations import Asked, record_consultation
from kernel.ids import new_id
from kernel.journal import Actor, StreamRef, record


@dataclass(frozen=True)
class DraftSpec:
    """What a draft is of; `template` names text and version for the record."""

    kind: str
    locale: str
    template_version_id: UUID
    template: str
    quality: Decimal
    dispute_id: UUID | None = None


@transaction.atomic
def record_draft(*, owner_id: UUID, spec: DraftSpec, content: Mapping[str, Any], asked: Asked | None = None) -> UUID:
    """A draft, sealed under its owner's key. `asked`: how a model was asked; None where the template alone wrote it."""
    row_id = new_id()
    plain = orjson.dumps(dict(content))
    Draft.objects.create(
        pk=row_id,
        owner_id=owner_id,
        kind=spec.kind,
        locale=spec.locale,
        template_version_id=spec.template_version_id,
        dispute_id=spec.dispute_id,
        content_sealed=seal_json(plain, person_id=owner_id, model=Draft, row_id=row_id),
        quality_score=spec.quality,
    )
    by_template = Asked(
        purpose=Purpose.DRAFT,
        model="template",
        prompt_version=spec.template[:50],
        input_hash=hashlib.sha256(plain).digest(),
    )
    record_consultation(asked=replace(asked or by_template, subject=("draft", row_id)), asked_by_id=owner_id)
    record(
        stream=StreamRef("person", owner_id),
        verb="draft.made",
        actor=Actor.user(owner_id),
        subject=("draft", row_id),
        facts={"kind": spec.kind, "locale": spec.locale},
    )
    return row_id
