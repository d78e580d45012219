"""A drawn up contract as its check reads it, and the holds that came of it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from disputes.models import Contract, ContractHold


@dataclass(frozen=True)
class ContractToCheck:
    """`checksum` is that of the PDF; it goes back with the findings, so that they never stand for another text."""

    contract_id: UUID
    dispute_id: UUID
    locale: str
    text: str
    checksum: str
    is_awaiting_check: bool


def contract_to_check(contract_id: UUID) -> ContractToCheck:
    """Raises Contract.DoesNotExist."""
    row = Contract.objects.select_related("dispute").get(pk=contract_id)
    return ContractToCheck(row.pk, row.dispute_id, row.dispute.locale, row.text, row.checksum, row.is_awaiting_check)


def is_awaiting_check(contract_id: UUID) -> bool:
    """Whether a drawn up contract waits for `conclude_contract_check`."""
    return contract_to_check(contract_id).is_awaiting_check


@dataclass(frozen=True)
class HoldState:
    """What held a contract, and who lets it go on, with the reason; nobody yet while it is open."""

    rule: str
    lifted_by_id: UUID | None
    reason: str


def hold_states(contract_id: UUID) -> tuple[HoldState, ...]:
    """Every hold of a contract, in the order in which they were lifted, open ones last."""
    holds = ContractHold.objects.filter(contract_id=contract_id).order_by(F("lifted_at").asc(nulls_last=True), "id")
    return tuple(HoldState(hold.rule, hold.lifted_by_id, hold.lift_reason) for hold in holds)
