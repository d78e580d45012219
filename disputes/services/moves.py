"""The one place that writes a dispute's, a resolution's or a contract's status."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from disputes.enums import ContractStatus, DisputeStatus, Outcome, ResolutionStatus
from disputes.errors import WrongStateError
from disputes.models import Contract, Dispute, Resolution
from disputes.selectors.access import require_state
from disputes.services.consent_period import settle_consent_period
from disputes.services.destroying import drop_open_bidding
from disputes.services.records import write
from disputes.transitions import CONTRACT_MOVES, RESOLUTION_MOVES, move_named
from kernel.canonical import JSON
from kernel.clock import DbNow
from kernel.journal import Actor


def lock_dispute(dispute_id: UUID) -> Dispute:
    """The dispute's row, locked until the transaction ends. For work that no person asked for."""
    return Dispute.objects.select_for_update(of=("self",), no_key=True).get(pk=dispute_id)


def move_dispute(
    dispute: Dispute,
    action: str,
    actor: Actor,
    *,
    outcome: Outcome | None = None,
    facts: Mapping[str, JSON] | None = None,
    **fields: Any,
) -> DisputeStatus:
    """Follow the arrow `action` of a locked dispute and journal it. Raises WrongStateError where the table has no such arrow."""
    move = move_named(action)
    if move is None:
        raise KeyError(action)
    require_state(dispute, action)
    before = dispute.status
    values: dict[str, Any] = {"next_reminder_at": None, **fields, "status": move.target}
    if outcome is not None:
        values["outcome"] = outcome
    if before == DisputeStatus.MEDIATING:
        values["consent_deadline"] = None
    if move.target not in (DisputeStatus.MEDIATING, DisputeStatus.PROPOSED):
        values["human_due_at"] = None  # nobody waits for a mediator any more
    changed = Dispute.objects.filter(pk=dispute.pk, status=before).update(**values, updated_at=DbNow())
    if not changed:
        raise WrongStateError(_("The dispute has just moved on. Load it again."), state=before)
    dispute.refresh_from_db()
    if before == DisputeStatus.MEDIATING:
        drop_open_bidding(dispute)
    write(dispute, f"dispute.{action}", actor, facts={**(facts or {}), "from": str(before), "to": str(move.target)})
    if move.target == DisputeStatus.MEDIATING:
        settle_consent_period(dispute)
    return move.target


def move_resolution(resolution: Resolution, action: str, **fields: Any) -> None:
    """Follow a resolution's arrow; its dispute is locked. Raises WrongStateError."""
    sources, target = RESOLUTION_MOVES[action]
    changed = Resolution.objects.filter(pk=resolution.pk, status__in=sources).update(status=target, **fields)
    if not changed:
        current = Resolution.objects.values_list("status", flat=True).get(pk=resolution.pk)
        _refuse(
            _("The proposal is in state “%(state)s”. This is possible in: %(allowed)s."),
            current,
            [str(state) for state in sources],
        )
    resolution.status = ResolutionStatus(target)


def move_contract(contract: Contract, action: str, **fields: Any) -> None:
    """Follow a contract's arrow; its dispute is locked. Raises WrongStateError."""
    sources, target = CONTRACT_MOVES[action]
    changed = Contract.objects.filter(pk=contract.pk, status__in=sources).update(status=target, **fields)
    if not changed:
        current = Contract.objects.values_list("status", flat=True).get(pk=contract.pk)
        _refuse(
            _("The contract is in state “%(state)s”. This is possible in: %(allowed)s."),
            current,
            [str(state) for state in sources],
        )
    contract.status = ContractStatus(target)


def _refuse(detail: str, current: str, allowed: list[str]) -> None:
    raise WrongStateError(
        detail % {"state": current, "allowed": ", ".join(allowed)},
        state=current,
        allowed_from=allowed,
    )
