"""Keeping what a person asked and was answered, for that person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from ai_mediation.models import Exchange
from ai_mediation.selectors.sealed import seal_json
from ai_mediation.services.consultations import Asked, record_consultation
from kernel.ids import new_id


@transaction.atomic
def record_exchange(
    *, asked: Asked, person_id: UUID, content: Mapping[str, Any], dispute_id: UUID | None = None
) -> UUID:
    """A consultation together with its words, sealed under the person's key; answers with the exchange's id."""
    consultation_id = record_consultation(asked=asked, asked_by_id=person_id)
    row_id = new_id()
    sealed = seal_json(orjson.dumps(dict(content)), person_id=person_id, model=Exchange, row_id=row_id)
    Exchange.objects.create(
        pk=row_id,
        consultation_id=consultation_id,
        person_id=person_id,
        dispute_id=dispute_id,
        content_sealed=sealed,
    )
    return row_id
