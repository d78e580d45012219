"""From an answer of the gateway to what is kept of it."""

from typing import Any
from uuid import UUID

from ai_mediation.adapters.questions import Answer
from ai_mediation.enums import Purpose
from ai_mediation.services.consultations import Asked


def asked_of(answer: Answer[Any], purpose: Purpose, subject: tuple[str, UUID] | None = None) -> Asked:
    """What is recorded of this answer."""
    return Asked(
        purpose=purpose,
        model=answer.model,
        prompt_version=answer.prompt_version,
        input_hash=answer.input_hash,
        subject=subject,
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
        latency_ms=answer.latency_ms,
        is_cached=answer.is_cached,
    )
