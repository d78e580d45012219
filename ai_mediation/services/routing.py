"""Changing routes, budgets and prices: by a named administrator, journalled with what was before."""

from typing import TypeVar
from uuid import UUID

from django.db import transaction

from ai_mediation.models import Budget, ModelPrice, Route
from ai_mediation.selectors import routing
from kernel.canonical import JSON
from kernel.clock import DbNow
from kernel.journal import PLATFORM, Actor, record

Setting = TypeVar("Setting", Route, Budget, ModelPrice)
_KINDS = {Route: "ai_route", Budget: "ai_budget", ModelPrice: "ai_price"}
_KEPT_OUT = {"id", "updated_at"}


@transaction.atomic
def save_setting(*, row: Setting, acting_user_id: UUID) -> Setting:
    """Write a route, a budget or a price. Says in the journal what it was before and what it is now."""
    before = type(row).objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    row.updated_at = DbNow()
    row.save()
    row.refresh_from_db()
    facts: dict[str, JSON] = {"now": _facts(row)}
    if before is not None:
        facts["before"] = _facts(before)
    _record(row, "changed" if before is not None else "added", facts, acting_user_id)
    return row


@transaction.atomic
def delete_setting(*, row: Setting, acting_user_id: UUID) -> None:
    """Take a route, a budget or a price away: what the deployment's settings say holds again."""
    facts: dict[str, JSON] = {"before": _facts(row)}
    _record(row, "removed", facts, acting_user_id)
    row.delete()


@transaction.atomic
def note_breaker_closed(*, breaker: str, acting_user_id: UUID) -> None:
    """Write down that an administrator closes a circuit breaker; the edge does it once this is committed."""
    record(stream=PLATFORM, verb="ai_breaker.closed", actor=Actor.user(acting_user_id), facts={"breaker": breaker})


def _record(row: Route | Budget | ModelPrice, what: str, facts: dict[str, JSON], acting_user_id: UUID) -> None:
    kind = _KINDS[type(row)]
    record(
        stream=PLATFORM,
        verb=f"{kind}.{what}",
        actor=Actor.user(acting_user_id),
        subject=(kind, row.pk),
        facts=facts,
    )
    transaction.on_commit(routing.invalidate)


def _facts(row: Route | Budget | ModelPrice) -> JSON:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: value if value is None else str(value) for name, value in values.items() if name not in _KEPT_OUT}
