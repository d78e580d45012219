"""Recording that the AI was asked."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from ai_mediation.enums import Outcome, Purpose
from ai_mediation.models import Consultation


@dataclass(frozen=True)
class Asked:
    """What is kept of a question: its place, its maker's name and version, its fingerprint. Never its text."""

    purpose: Purpose
    model: str
    prompt_version: str
    input_hash: bytes
    subject: tuple[str, UUID] | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: int = 0
    is_cached: bool = False


@transaction.atomic
def record_consultation(
    *, asked: Asked, asked_by_id: UUID | None = None, failure: tuple[Outcome, str] | None = None
) -> UUID:
    """Write one consultation. `failure` says why nothing came of it, without private text."""
    outcome, reason = failure or (Outcome.ANSWERED, "")
    kind, subject_id = asked.subject or ("", None)
    row = Consultation.objects.create(
        asked_by_id=asked_by_id,
        purpose=asked.purpose,
        subject_kind=kind,
        subject_id=subject_id,
        model=asked.model,
        prompt_version=asked.prompt_version,
        input_hash=asked.input_hash,
        input_tokens=asked.input_tokens,
        output_tokens=asked.output_tokens,
        latency_ms=asked.latency_ms,
        is_cached=asked.is_cached,
        outcome=outcome,
        reason=reason[:200],
    )
    return row.pk
