"""What disputes do when something happens elsewhere, or in the background of their own."""

import logging
from uuid import UUID

from django.utils import translation

from accounts.events import SessionsRevoked
from disputes import events
from disputes.adapters.rooms.announce import tell_sessions_ended, tell_status
from disputes.events import ContractRequested
from disputes.models import Contract
from disputes.selectors.contract_inputs import TEMPLATE_KIND, contract_inputs
from disputes.selectors.due import is_being_drawn_up
from disputes.selectors.rooms import status_frame
from disputes.services.contracts import (
    LEASE,
    DrawnUp,
    complete_drawing_up,
    execute_contract,
    extend_contract_lease,
    lease_contract,
    note_failed_attempt,
    void_contract,
)
from documents.public import keep_bytes, published_version, render, render_text, validate_inputs
from esign.events import EnvelopeCompleted, EnvelopeDeclined, EnvelopeExpired, EnvelopeVoided
from esign.public import envelope_state
from kernel.entry import entry
from kernel.errors import DomainError
from kernel.leases import kept
from kernel.subscriptions import Done, GiveUp, RetryLater, subscriber

log = logging.getLogger(__name__)


@subscriber(ContractRequested, name="disputes.draw_up_contract", queue="pdf")
def draw_up(event: ContractRequested, done: Done) -> None:
    """A failed attempt is noted on the contract, which has its own back-off; the scan makes it due again."""
    if not draw_up_contract(event.contract_id) and is_being_drawn_up(event.contract_id):
        raise RetryLater("Another worker is at it; should it die, this delivery takes over when its lease ends.")


def draw_up_contract(contract_id: UUID) -> bool:
    """Lease, render outside any transaction, complete. False when another worker has it or it is done."""
    with entry():
        contract = lease_contract(contract_id=contract_id)
    if contract is None:
        return False
    try:
        with kept(lambda: extend_contract_lease(contract=contract), LEASE):
            drawn_up = _draw_up(contract)
        with entry():
            complete_drawing_up(contract_id=contract_id, drawn_up=drawn_up)
    except Exception as error:  # whatever fails is this attempt's failure: kept, retried, in the end given up
        log.exception("contract could not be drawn up", extra={"contract": str(contract_id)})
        with entry():
            note_failed_attempt(
                contract_id=contract_id,
                reason=type(error).__name__,
                permanent=isinstance(error, DomainError) and error.status == 400,
            )
        return False
    return True


def _draw_up(contract: Contract) -> DrawnUp:
    version = published_version(TEMPLATE_KIND, contract.dispute.locale)
    with translation.override(contract.dispute.locale):
        data = validate_inputs(version, contract_inputs(contract))
        rendered = render(version.pk, data)
        text = render_text(version.pk, data)
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    return DrawnUp(version.pk, data, text, rendered, stored)


@subscriber(EnvelopeCompleted, name="disputes.execute_contract")
def execute(event: EnvelopeCompleted) -> None:
    if event.subject_kind != "contract":
        return
    state = envelope_state(event.envelope_id)
    if state.sealed_file_id is None or not state.sealed_sha256:
        raise GiveUp("The completed envelope has no sealed file.")
    execute_contract(contract_id=event.subject_id, file_id=state.sealed_file_id, sha256=state.sealed_sha256)


@subscriber(EnvelopeDeclined, name="disputes.void_declined_contract")
def void_declined(event: EnvelopeDeclined) -> None:
    if event.subject_kind == "contract":
        void_contract(contract_id=event.subject_id, why="declined")


@subscriber(EnvelopeExpired, name="disputes.void_expired_contract")
def void_expired(event: EnvelopeExpired) -> None:
    if event.subject_kind == "contract":
        void_contract(contract_id=event.subject_id, why="expired")


@subscriber(EnvelopeVoided, name="disputes.void_voided_contract")
def void_voided(event: EnvelopeVoided) -> None:
    if event.subject_kind == "contract":
        void_contract(contract_id=event.subject_id, why="voided")


# What of a case changed, in the words of the room's `status` frames. Messages ring their own bell.
ABOUT: dict[str, tuple[type[events.DisputeEvent], ...]] = {
    "participants": (
        events.PartyInvited,
        events.PartyJoined,
        events.PartyDeclined,
        events.InvitationLapsed,
        events.NeutralsChanged,
        events.WrongPersonInvited,
    ),
    "dispute": (
        events.StatingStarted,
        events.DisputeEscalated,
        events.ArbitrationStarted,
        events.DisputeWithdrawn,
        events.DisputeLapsed,
        events.DisputeClosed,
    ),
    "truths": (events.TruthSubmitted, events.TruthsDisclosed),
    "evidence": (events.EvidenceAdded,),
    # only that everybody has answered (or may no longer): who answered, and how, is each party's own
    "understanding": (events.UnderstandingsSettled,),
    "bidding": (events.BiddingClosed, events.BiddingDirectionChanged),
    "resolution": (
        events.ResolutionRequested,
        events.CandidatesReady,
        events.ResolutionProposed,
        events.ResolutionAnswered,
        events.ResolutionFailed,
        events.RoundFailed,
        events.ResolutionAccepted,
        events.DecisionGiven,
    ),
    "contract": (
        events.ContractRequested,
        events.ContractDrawnUp,
        events.ContractInReview,
        events.ContractHoldLifted,
        events.ContractReady,
        events.ContractSigned,
        events.ContractExecuted,
        events.ContractVoided,
    ),
    "deadline": (
        events.DeadlineProposed,
        events.DeadlineMoved,
        events.DeadlineRefused,
        events.MoreTimeAsked,
    ),
}


def _announce(about: str, event_type: type[events.DisputeEvent]) -> None:
    @subscriber(event_type, name=f"disputes.tell_room_{event_type.type_name()}", queue="default")
    def tell(event: events.DisputeEvent, _done: Done) -> None:
        """A hint: while the broker is away, the page shows the new state when it is next looked at."""
        frame = status_frame(event.dispute_id, about)
        if frame is not None:
            tell_status(event.dispute_id, frame)


for _about, _types in ABOUT.items():
    for _type in _types:
        _announce(_about, _type)


@subscriber(SessionsRevoked, name="disputes.close_rooms_of_ended_sessions", queue="default")
def close_rooms(event: SessionsRevoked, _done: Done) -> None:
    """Sockets of ended sessions close at once; without the broker within the hub's next round."""
    tell_sessions_ended(event.user_id)
