"""A drawn up contract as its check reads it, and the holds that came of it."""

from dataclasses import dataclass
from uuid import UUID

from disputes.models import Contract


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
