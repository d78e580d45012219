"""What has been spent, as the consultations tell it: the ground on which the faster counters stand."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, QuerySet, Sum

from ai_mediation.enums import BudgetScope
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


def most_spent() -> dict[str, tuple[int, Decimal]]:
    """Tokens and money by scope: everybody's today, the person's who used most today, the case's that used most in all."""
    made = Consultation.objects.filter(is_cached=False)
    today = made.filter(created_at__gte=day())
    tokens, money = Sum(F("input_tokens") + F("output_tokens")), Sum("cost")

    def most(rows: QuerySet[Consultation], of: str) -> tuple[int, Decimal]:
        sums = rows.exclude(**{of: None}).order_by().values(of).annotate(tokens=tokens, money=money)
        found = list(sums.order_by("-tokens").values_list("tokens", "money")[:1])
        return found[0] if found else (0, Decimal(0))

    all_today = today.aggregate(tokens=tokens, money=money)
    return {
        BudgetScope.DISPUTE.value: most(made, "dispute_id"),
        BudgetScope.USER.value: most(today, "asked_by_id"),
        BudgetScope.DAY.value: (all_today["tokens"] or 0, all_today["money"] or Decimal(0)),
    }
