"""What has been spent, as the consultations tell it: the ground on which the faster counters stand."""

from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from ai_mediation.models import Consultation
from kernel.clock import now


def day() -> datetime:
    """The beginning of today, UTC."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def spent(*, dispute_id: UUID | None = None, asked_by_id: UUID | None = None) -> tuple[int, int]:
    """Tokens and millionths of the currency: of a case in all, of a person today, or of everybody today."""
    rows = Consultation.objects.filter(is_cached=False)
    if dispute_id is not None:
        rows = rows.filter(dispute_id=dispute_id)
    else:
        rows = rows.filter(created_at__gte=day())
        if asked_by_id is not None:
            rows = rows.filter(asked_by_id=asked_by_id)
    sums = rows.aggregate(tokens_in=Sum("input_tokens"), tokens_out=Sum("output_tokens"), money=Sum("cost"))
    return (sums["tokens_in"] or 0) + (sums["tokens_out"] or 0), int((sums["money"] or 0) * 1_000_000)
