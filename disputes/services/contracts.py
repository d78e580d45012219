"""The contract: asked for, drawn up in the background, reviewed, signed, executed or voided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import ContractStatus, DisputeStatus
from disputes.errors import ContractOnHoldError, DocumentChangedError, WrongStateError
from disputes.events import (
    ContractDrawnUp,
    ContractExecuted,
    ContractInReview,
    ContractReady,
    ContractRequested,
    ContractSigned,
    ContractVoided,
)
from disputes.models import Contract, ContractHold, Dispute, Resolution
from disputes.selectors.access import access_dispute, active_parties, living_contract
from disputes.selectors.due import contracts_to_draw_up, next_reminder
from disputes.services.moves import lock_dispute, move_contract, move_dispute
from disputes.services.records import write
from documents.public import Rendered, StoredBytes, create_document
from esign.public import SignerSpec, decline_envelope, open_envelope, record_signature
from kernel.canonical import JSON
from kernel.clock import DbNow, days_from, now
from kernel.context import Origin
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish

LEASE = timedelta(seconds=20)
CHECK_AGAIN = timedelta(minutes=2)  # until a contract's check is asked for again; doubled with each request
MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class DrawnUp:
    """A generated contract before it belongs to anybody: its words, its PDF, where the bytes lie."""

    version_id: UUID
    data: dict[str, object]
    text: str
    rendered: Rendered
    stored: StoredBytes


def request_contract(dispute: Dispute, resolution: Resolution) -> Contract:
    """A new contract row in `drafting`; the event makes it earlier, the scan makes it certain."""
    contract = Contract.objects.create(dispute=dispute, resolution=resolution)
    write(dispute, "contract.requested", Actor.system("contracts"), subject=("contract", contract.pk))
    publish(ContractRequested(dispute.pk, contract.pk))
    return contract


@transaction.atomic
def ask_for_contract(*, acting_user: User, dispute_id: UUID) -> Contract:
    """Generation starts by itself; asking again answers with the same contract and makes a stuck one due at once."""
    access = access_dispute(acting_user, dispute_id, "generate_contract", lock=True)
    contract = living_contract(access)
    if contract.is_awaiting_check:
        publish(ContractDrawnUp(access.dispute.pk, contract.pk))
    elif contract.status == ContractStatus.DRAFTING:
        publish(ContractRequested(access.dispute.pk, contract.pk))
    return contract


@transaction.atomic
def request_due_contracts() -> int:
    """Ask again for every contract that waits to be drawn up and is leased by nobody; returns how many."""
    waiting = contracts_to_draw_up()
    for dispute_id, contract_id in waiting:
        publish(ContractRequested(dispute_id, contract_id))
    return len(waiting)


@transaction.atomic
def lease_contract(*, contract_id: UUID) -> Contract | None:
    """Take a contract that waits to be drawn up; None when it is leased, done or given up."""
    taken = (
        Contract.objects.filter(pk=contract_id, status=ContractStatus.DRAFTING, checksum="")
        .filter(Q(lease_until=None) | Q(lease_until__lte=DbNow()))
        .update(lease_until=DbNow() + LEASE, attempts=F("attempts") + 1)
    )
    return Contract.objects.select_related("dispute", "resolution").get(pk=contract_id) if taken else None


@transaction.atomic
def extend_contract_lease(*, contract: Contract) -> bool:
    """Keep what `lease_contract` gave; False once the contract is done or another worker's. The attempt's number is the token."""
    mine = Contract.objects.filter(pk=contract.pk, status=ContractStatus.DRAFTING, attempts=contract.attempts)
    return bool(mine.update(lease_until=DbNow() + LEASE))


@transaction.atomic
def complete_drawing_up(*, contract_id: UUID, drawn_up: DrawnUp) -> Contract:
    """The contract's text and PDF are there: on to its check, to review, or to the parties for signature.

    A second call changes nothing.
    """
    dispute, contract = lock_contract(contract_id)
    if (
        contract.status != ContractStatus.DRAFTING
        or contract.is_awaiting_check
        or dispute.status != DisputeStatus.CONTRACTING
    ):
        return contract
    document = create_document(
        version_id=drawn_up.version_id,
        data=drawn_up.data,
        rendered=drawn_up.rendered,
        stored=drawn_up.stored,
        owner_id=dispute.filed_by_id,
        subject=("contract", contract.pk),
    )
    fields = {
        "document_id": document.pk,
        "file_id": document.file_id,
        "text": drawn_up.text,
        "checksum": drawn_up.rendered.sha256,
        "lease_until": None,
        "failure": "",
    }
    facts = {"sha256": drawn_up.rendered.sha256, "pages": drawn_up.rendered.pages}
    Contract.objects.filter(pk=contract.pk).update(**fields)
    contract.refresh_from_db()
    if settings.DISPUTES_CONTRACT_CHECKS:
        Contract.objects.filter(pk=contract.pk).update(check_due_at=now() + CHECK_AGAIN, check_attempts=1)
        write(dispute, "contract.drawn_up", Actor.system("contracts"), subject=("contract", contract.pk), facts=facts)
        publish(ContractDrawnUp(dispute.pk, contract.pk))
    else:
        release_contract(dispute, contract, facts=facts)
    contract.refresh_from_db()
    return contract


def release_contract(
    dispute: Dispute, contract: Contract, *, facts: Mapping[str, JSON], holds: Iterable[ContractHold] = ()
) -> None:
    """A drawn up contract of a locked case goes on: to a lawyer where the deployment or a hold asks for one, else to the parties."""
    held = ContractHold.objects.bulk_create(holds)
    actor, subject = Actor.system("contracts"), ("contract", contract.pk)
    if settings.DISPUTES_REVIEW_CONTRACTS or held:
        move_contract(contract, "hold_for_review")
        if held:
            rules: list[JSON] = [hold.rule for hold in held]
            write(dispute, "contract.held", actor, subject=subject, facts={"rules": rules})
        write(dispute, "contract.in_review", actor, subject=subject, facts=facts)
        publish(ContractInReview(dispute.pk, contract.pk))
    else:
        write(dispute, "contract.drawn_up", actor, subject=subject, facts=facts)
        send_for_signature(dispute, contract, actor)


def refuse_while_held(contract: Contract) -> None:
    """Raises ContractOnHoldError while a hold of the contract is not lifted."""
    if ContractHold.objects.filter(contract=contract, lifted_at=None).exists():
        raise ContractOnHoldError(
            _(
                "A finding of the contract check holds this contract. Lift it with a reason first, or return the contract."
            )
        )


def send_for_signature(dispute: Dispute, contract: Contract, actor: Actor) -> None:
    """The one way to the parties' signatures. Raises ContractOnHoldError, WrongStateError without a document."""
    refuse_while_held(contract)
    signers = [
        SignerSpec(user_id=party.user_id, name=party.full_name, email=party.user.email if party.user else "", order=1)
        for party in active_parties(dispute)
    ]
    if contract.document_id is None or contract.file_id is None:
        raise WrongStateError(_("The contract has no document yet."))
    present = now()
    expires_at = days_from(present, settings.DISPUTES_SIGNING_DAYS, dispute.timezone)
    envelope = open_envelope(
        subject=("contract", contract.pk),
        document_id=contract.document_id,
        file_id=contract.file_id,
        document_sha256=contract.checksum,
        title=dispute.title,
        signers=signers,
        workflow="parallel",
        expires_at=expires_at,
        acting=actor,
        locale=dispute.locale,
    )
    move_contract(contract, "send", envelope_id=envelope.pk)
    move_dispute(dispute, "send_for_signature", actor, next_reminder_at=next_reminder(expires_at, present))
    publish(ContractReady(dispute.pk, contract.pk))


@transaction.atomic
def note_failed_attempt(*, contract_id: UUID, reason: str, permanent: bool = False) -> Contract:
    """An attempt failed. After the fifth, or when none can succeed, the contract fails and the parties are back in mediation."""
    dispute, contract = lock_contract(contract_id)
    if contract.status != ContractStatus.DRAFTING:
        return contract
    if not permanent and contract.attempts < MAX_ATTEMPTS:
        Contract.objects.filter(pk=contract.pk).update(
            failure=reason[:200], lease_until=DbNow() + timedelta(seconds=5 * 3**contract.attempts)
        )
        return contract
    move_contract(contract, "fail", failure=reason[:200], lease_until=None)
    move_dispute(dispute, "give_up_contract", Actor.system("contracts"))
    publish(ContractVoided(dispute.pk, contract.pk))
    return contract


@transaction.atomic
def review_contract(
    *, acting_user: User, dispute_id: UUID, decision: str, comment: str, checksum: str | None
) -> Contract:
    """An assigned lawyer approves the contract, or returns it with a comment that the parties read.

    Approved, it goes to the parties for signature. Returned, it is void and the parties are back in mediation: drawn up again from the same
    terms it would say the same, so what has to change are the terms. Raises NotFoundError, NotYoursToDoError, WrongStateError,
    ValidationFailedError for a return without a comment, DocumentChangedError when `checksum` is not that of the text under review,
    ContractOnHoldError for an approval while a hold is not lifted.
    """
    access = access_dispute(acting_user, dispute_id, "review_contract", lock=True)
    contract = living_contract(access, lock=True)
    if contract.status != ContractStatus.REVIEW:
        raise WrongStateError(
            _("The contract is %(status)s; there is nothing to review.") % {"status": contract.get_status_display()},
            state=str(contract.status),
            allowed_from=[str(ContractStatus.REVIEW)],
        )
    _check_checksum(contract, checksum)
    is_approved = decision == "approve"
    if is_approved:
        refuse_while_held(contract)
    if not is_approved and not comment.strip():
        raise ValidationFailedError(errors=[FieldError("/comment", "required", _("Say what has to change."))])
    actor = Actor.user(acting_user.pk)
    Contract.objects.filter(pk=contract.pk).update(reviewed_by=acting_user, review_comment=comment)
    write(
        access.dispute,
        "contract.approved" if is_approved else "contract.returned",
        actor,
        subject=("contract", contract.pk),
        facts={"sha256": contract.checksum},
    )
    if is_approved:
        send_for_signature(access.dispute, contract, actor)
    else:
        move_contract(contract, "return")
        move_dispute(access.dispute, "return_contract", actor)
        publish(ContractVoided(access.dispute.pk, contract.pk))
    contract.refresh_from_db()
    return contract


def _check_checksum(contract: Contract, checksum: str | None) -> None:
    if checksum is not None and checksum.lower() != contract.checksum:
        raise DocumentChangedError(
            _("The contract is not the one you were shown. Load it again, read it, and repeat."),
            checksum=contract.checksum,
        )


@transaction.atomic
def sign_contract(
    *,
    acting_user: User,
    dispute_id: UUID,
    full_name: str,
    consent: bool,
    signature_image: bytes | None,
    checksum: str | None,
    origin: Origin,
) -> Contract:
    """Sign as oneself, once. After the last signature the seal follows in the background.

    Raises NotFoundError, NotYoursToDoError, WrongStateError, DocumentChangedError, and esign's AlreadySignedError.
    """
    access = access_dispute(acting_user, dispute_id, "sign_contract", lock=True)
    contract = living_contract(access, lock=True)
    if contract.status != ContractStatus.SIGNING or contract.envelope_id is None:
        raise WrongStateError(
            _("The contract is %(status)s.") % {"status": contract.get_status_display()},
            state=str(contract.status),
            allowed_from=[str(ContractStatus.SIGNING)],
        )
    _check_checksum(contract, checksum)
    record_signature(
        envelope_id=contract.envelope_id,
        acting_user=acting_user,
        full_name=full_name,
        consent=consent,
        signature_image=signature_image,
        checksum=contract.checksum,
        origin=origin,
        locale=acting_user.locale,
    )
    write(
        access.dispute,
        "contract.signed",
        Actor.user(acting_user.pk),
        subject=("contract", contract.pk),
        facts={"sha256": contract.checksum},
    )
    publish(ContractSigned(access.dispute.pk, contract.pk, access.participant.pk))
    return contract


@transaction.atomic
def decline_contract(*, acting_user: User, dispute_id: UUID, reason: str) -> Contract:
    """A party does not sign: the contract is voided and the dispute is back in mediation."""
    access = access_dispute(acting_user, dispute_id, "decline_contract", lock=True)
    contract = living_contract(access, lock=True)
    if contract.envelope_id is None:
        raise WrongStateError(_("The contract was not sent for signature."), state=str(contract.status))
    decline_envelope(envelope_id=contract.envelope_id, acting_user=acting_user, reason=reason)
    _void(access.dispute, contract, Actor.user(acting_user.pk), "declined")
    return contract


def _void(dispute: Dispute, contract: Contract, actor: Actor, why: str) -> None:
    move_contract(contract, "void")
    write(dispute, "contract.voided", actor, subject=("contract", contract.pk), facts={"why": why})
    move_dispute(dispute, "decline_contract", actor)
    publish(ContractVoided(dispute.pk, contract.pk))


@transaction.atomic
def void_contract(*, contract_id: UUID, why: str) -> Contract:
    """The contract's envelope was declined, expired or voided. Changes nothing when that is known already."""
    dispute, contract = lock_contract(contract_id)
    if contract.status == ContractStatus.SIGNING and dispute.status == DisputeStatus.SIGNING:
        _void(dispute, contract, Actor.system("esign"), why)
    return contract


@transaction.atomic
def execute_contract(*, contract_id: UUID, file_id: UUID, sha256: str) -> Contract:
    """Every signature is recorded and the sealed PDF stored and validated: fully executed. A second call changes nothing."""
    dispute, contract = lock_contract(contract_id)
    if contract.status != ContractStatus.SIGNING:
        return contract
    move_contract(contract, "execute", file_id=file_id, checksum=sha256, executed_at=DbNow())
    move_dispute(dispute, "execute", Actor.system("esign"), facts={"sha256": sha256})
    publish(ContractExecuted(dispute.pk, contract.pk))
    contract.refresh_from_db()
    return contract


def lock_contract(contract_id: UUID) -> tuple[Dispute, Contract]:
    """The contract and its dispute, both locked. For work that no person asked for."""
    dispute = lock_dispute(Contract.objects.values_list("dispute_id", flat=True).get(pk=contract_id))
    return dispute, Contract.objects.select_for_update(of=("self",)).get(pk=contract_id)
