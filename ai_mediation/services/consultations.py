"""Recording that the AI was asked."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ai_mediation.enums import Outcome, Purpose
from ai_mediation.models import Consultation
from ai_mediation.selectors.consultations import COLUMN, TABLE, request_scope
from kernel.clock import DbNow
from kernel.crypto import CannotOpenError, seal
from kernel.ids import new_id


@dataclass(frozen=True)
class Asked:
    """What is kept of a question: its place, its maker's name and version, its fingerprint. Its text only in `request`, sealed.

    `Asked(**answer.record(question, subject=…))` makes one of an answer.
    `dispute_id` is the case whose budget it used and whose key seals it.
    """

    purpose: Purpose
    model: str
    prompt_version: str
    input_hash: bytes
    subject: tuple[str, UUID] | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: int = 0
    is_cached: bool = False
    provider: str = "offline-rules"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    output_hash: bytes = b""
    cost: Decimal = Decimal(0)
    dispute_id: UUID | None = None
    request: bytes = b""


@transaction.atomic
def record_consultation(
    *, asked: Asked, asked_by_id: UUID | None = None, failure: tuple[Outcome, str] | None = None
) -> UUID:
    """Write one consultation. `failure` says why nothing came of it, without private text."""
    outcome, reason = failure or (Outcome.ANSWERED, "")
    kind, subject_id = asked.subject or ("", None)
    row_id = new_id()
    sealed, scope_kind = _sealed(row_id, asked, asked_by_id)
    row = Consultation.objects.create(
        id=row_id,
        asked_by_id=asked_by_id,
        purpose=asked.purpose,
        subject_kind=kind,
        subject_id=subject_id,
        dispute_id=asked.dispute_id,
        provider=asked.provider,
        model=asked.model,
        prompt_version=asked.prompt_version,
        parameters=dict(asked.parameters),
        input_hash=asked.input_hash,
        output_hash=asked.output_hash,
        input_tokens=asked.input_tokens,
        output_tokens=asked.output_tokens,
        cost=asked.cost,
        latency_ms=asked.latency_ms,
        is_cached=asked.is_cached,
        request=sealed,
        request_scope=scope_kind,
        outcome=outcome,
        reason=reason[:200],
    )
    return row.pk


@transaction.atomic
def forget_old_requests(*, batch: int) -> int:
    """Delete the sealed requests whose time is over, `batch` at most; returns how many. What is counted stays."""
    old = Consultation.objects.filter(
        request__isnull=False, created_at__lt=DbNow() - timedelta(days=settings.AI_REQUESTS_DAYS)
    ).order_by("created_at")[:batch]
    return Consultation.objects.filter(pk__in=list(old.values_list("pk", flat=True))).update(
        request=None, request_scope=""
    )


def _sealed(row_id: UUID, asked: Asked, asked_by_id: UUID | None) -> tuple[bytes | None, str]:
    if not asked.request:
        return None, ""
    scope = request_scope(asked.dispute_id, asked_by_id)
    try:
        token = seal(zlib.compress(asked.request), scope=scope, table=TABLE, row_id=row_id, column=COLUMN)
    except CannotOpenError:  # the case's or the person's key was destroyed meanwhile: then nothing of it is to be kept
        return None, ""
    return token, scope.kind
