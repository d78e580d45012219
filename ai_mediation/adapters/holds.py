"""Budgets while Redis is gone: what is set aside lies in rows that every process sees, one look and one row at a time.

A lock of the database lets one process after the other look at the sums and add its row, so that parallel calls of any number of
processes never go over together. It is held for these few statements, not for the call.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from ai_mediation.models import BudgetHold
from ai_mediation.selectors.routing import Limit
from kernel.clock import DbNow
from kernel.ids import new_id

if TYPE_CHECKING:
    from ai_mediation.adapters.budgets import Counted

CALL_SECONDS: Final = 600  # longer than any call may take
SETTLED_SECONDS: Final = 60  # by then the call's consultation is written
_LOCK: Final = 0x41434250


class FullError(Exception):
    """A budget has not that much left."""

    def __init__(self, counted: "Counted") -> None:
        super().__init__(str(counted.scope))
        self.counted = counted


@transaction.atomic
def hold(counted: "Sequence[Counted]", most: Sequence[Limit], *, tokens: int, micros: int) -> UUID:
    """Set aside in all budgets or in none. Raises FullError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    BudgetHold.objects.filter(counts_until__lte=DbNow()).delete()
    for one, limit in zip(counted, most, strict=True):
        (spent_tokens, spent_micros), (held_tokens, held_micros) = one.spent(), held(one)
        if limit.tokens is not None and spent_tokens + held_tokens + tokens > limit.tokens:
            raise FullError(one)
        if limit.micros is not None and micros and spent_micros + held_micros + micros > limit.micros:
            raise FullError(one)
    row = BudgetHold.objects.create(
        id=new_id(),
        dispute_id=next((one.dispute_id for one in counted if one.dispute_id), None),
        asked_by_id=next((one.asked_by_id for one in counted if one.asked_by_id), None),
        tokens=tokens,
        micros=micros,
        counts_until=DbNow() + timedelta(seconds=CALL_SECONDS),
    )
    return row.pk


def held(counted: "Counted") -> tuple[int, int]:
    """Tokens and millionths that count against this one beside its consultations."""
    rows = BudgetHold.objects.filter(counts_until__gt=DbNow())
    if counted.dispute_id is not None:
        rows = rows.filter(dispute_id=counted.dispute_id)
    elif counted.asked_by_id is not None:
        rows = rows.filter(asked_by_id=counted.asked_by_id)
    sums = rows.aggregate(tokens=Sum("tokens"), micros=Sum("micros"))
    return sums["tokens"] or 0, sums["micros"] or 0


def settle(row: UUID, *, tokens: int, micros: int) -> None:
    """What was used, until its consultation is sure to be there; nothing, where nothing was used."""
    mine = BudgetHold.objects.filter(pk=row)
    if tokens or micros:
        mine.update(tokens=tokens, micros=micros, counts_until=DbNow() + timedelta(seconds=SETTLED_SECONDS))
    else:
        mine.delete()
