"""The contract of a case as its page shows it: its words, who has signed, and what may be done now."""

from dataclasses import dataclass
from datetime import datetime

from disputes.enums import ContractStatus
from disputes.rules import can_read_review
from disputes.selectors.case_page import Room


@dataclass(frozen=True)
class SignatureLine:
    name: str
    is_me: bool
    at: datetime | None


@dataclass(frozen=True)
class ContractPart:
    """`checksum` is that of the text shown: it goes along with the signature."""

    status: str
    label: str
    text: str
    pages: int
    has_file: bool
    checksum: str
    sign_by: datetime | None
    signatures: tuple[SignatureLine, ...]
    may_sign: bool
    has_signed: bool
    is_drafting: bool
    is_in_review: bool
    is_sealing: bool
    is_executed: bool
    is_void: bool
    returned_because: str


def contract_part(room: Room) -> ContractPart | None:
    """None while there is no contract."""
    contract = room.contract
    if contract is None:
        return None
    lines: tuple[SignatureLine, ...] = ()
    if contract.status in (ContractStatus.SIGNING, ContractStatus.EXECUTED):
        lines = tuple(
            SignatureLine(item.full_name, item.user_id == room.me, room.signed.get(item.user_id))
            for item in room.active
            if item.user_id is not None
        )
    is_returned = contract.is_returned and can_read_review(room.standing, contract)
    return ContractPart(
        status=contract.status,
        label=str(contract.get_status_display()),
        text=contract.text,
        pages=(contract.document.pages or 0) if contract.document is not None else 0,
        has_file=contract.file_id is not None,
        checksum=contract.checksum,
        sign_by=contract.envelope.expires_at if contract.envelope is not None else None,
        signatures=lines,
        may_sign=room.may_sign,
        has_signed=room.me in room.signed,
        is_drafting=contract.status == ContractStatus.DRAFTING,
        is_in_review=contract.status == ContractStatus.REVIEW,
        is_sealing=room.is_sealing,
        is_executed=contract.status == ContractStatus.EXECUTED,
        is_void=contract.status in (ContractStatus.VOIDED, ContractStatus.FAILED),
        returned_because=contract.review_comment if is_returned else "",
    )
