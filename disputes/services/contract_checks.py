"""The check of a drawn up contract: what high findings hold, who lifts a hold, and what happens when no answer comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import ContractStatus, DisputeStatus, Severity
from disputes.errors import WrongStateError
from disputes.events import ContractDrawnUp, ContractHoldLifted
from disputes.models import Contract, ContractHold, Dispute
from disputes.selectors.access import access_dispute, living_contract
from disputes.services.contracts import CHECK_AGAIN, lock_contract, release_contract
from disputes.services.records import write
from kernel.clock import DbNow, now
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish

NOT_CHECKED = "check-did-not-come-back"
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class ContractFinding:
    """One finding of a policy in a contract's text. Only a high one holds the contract."""

    rule: str
    severity: Literal["low", "medium", "high"]
    quote: str
    suggestion: str


@transaction.atomic
def conclude_contract_check(
    *, contract_id: UUID, findings: Sequence[ContractFinding], checksum: str = ""
) -> tuple[ContractHold, ...]:
    """The check is done: without a high finding the contract goes on as it would; each high one holds it before a lawyer.

    Answers with the holds placed. A second call, and one for another text (`checksum`) than the contract's, changes nothing.
    """
    dispute, contract = lock_contract(contract_id)
    if not _awaits_check(dispute, contract) or checksum not in ("", contract.checksum):
        return ()
    high = [finding for finding in findings if finding.severity == "high"]
    _release(
        dispute,
        contract,
        [
            ContractHold(
                contract=contract,
                rule=finding.rule[:80],
                severity=finding.severity,
                quote=finding.quote,
                suggestion=finding.suggestion,
            )
            for finding in high
        ],
        checked=True,
    )
    return tuple(ContractHold.objects.filter(contract=contract).order_by("created_at", "id"))


def _awaits_check(dispute: Dispute, contract: Contract) -> bool:
    return contract.is_awaiting_check and dispute.status == DisputeStatus.CONTRACTING


def _release(dispute: Dispute, contract: Contract, holds: Sequence[ContractHold], *, checked: bool) -> None:
    Contract.objects.filter(pk=contract.pk).update(check_due_at=None, checked_at=DbNow() if checked else None)
    contract.refresh_from_db()
    release_contract(dispute, contract, facts={"sha256": contract.checksum}, holds=holds)
    contract.refresh_from_db()


@transaction.atomic
def ask_check_again(*, contract_id: UUID) -> bool:
    """A check that has not come back is asked for again, ever more seldom; in the end a lawyer reads the contract instead.

    A contract is never let through unchecked, and never waits in silence.
    """
    dispute, contract = lock_contract(contract_id)
    if not _awaits_check(dispute, contract) or contract.check_due_at is None or contract.check_due_at > now():
        return False
    if contract.check_attempts >= settings.DISPUTES_CONTRACT_CHECK_ATTEMPTS:
        with translation.override(dispute.locale):
            why = _("The automatic check did not come back. Read the contract yourself before you lift this hold.")
        hold = ContractHold(contract=contract, rule=NOT_CHECKED, severity=Severity.HIGH, suggestion=why)
        _release(dispute, contract, [hold], checked=False)
        return True
    pause = min(CHECK_AGAIN * 2**contract.check_attempts, LONGEST_WAIT)
    Contract.objects.filter(pk=contract.pk).update(
        check_attempts=contract.check_attempts + 1, check_due_at=now() + pause
    )
    publish(ContractDrawnUp(dispute.pk, contract.pk))
    return True


@transaction.atomic
def lift_holds(*, acting_user: User, dispute_id: UUID, reason: str, hold_id: UUID | None = None) -> Contract:
    """Assigned counsel lifts one hold of the contract under review, or all open ones, and says why. Lifted ones stay as they are.

    Raises NotFoundError, NotYoursToDoError, WrongStateError, ValidationFailedError without a reason.
    """
    access = access_dispute(acting_user, dispute_id, "lift_hold", lock=True)
    contract = living_contract(access, lock=True)
    holds = ContractHold.objects.filter(contract=contract)
    if hold_id is not None:
        holds = holds.filter(pk=hold_id)
        if not holds.exists():
            raise NotFoundError
    if contract.status != ContractStatus.REVIEW:
        raise WrongStateError(
            _("The contract is %(status)s; nothing holds it.") % {"status": contract.get_status_display()},
            state=str(contract.status),
            allowed_from=[str(ContractStatus.REVIEW)],
        )
    if not reason.strip():
        raise ValidationFailedError(
            errors=[FieldError("/reason", "required", _("Say why the contract may be signed."))]
        )
    for hold in holds.filter(lifted_at=None).order_by("created_at", "id"):
        ContractHold.objects.filter(pk=hold.pk).update(lifted_at=DbNow(), lifted_by=acting_user, lift_reason=reason)
        write(
            access.dispute,
            "contract.hold_lifted",
            Actor.user(acting_user.pk),
            subject=("contract_hold", hold.pk),
            facts={"rule": hold.rule},
        )
        publish(ContractHoldLifted(access.dispute.pk, contract.pk, hold.pk))
    return contract
