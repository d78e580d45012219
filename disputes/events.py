"""The facts disputes publish. Ids only: what a subscriber may say of them it reads again, with its reader's eyes."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class DisputeEvent(Event):
    dispute_id: UUID


@dataclass(frozen=True)
class ParticipantEvent(DisputeEvent):
    participant_id: UUID


@dataclass(frozen=True)
class ResolutionEvent(DisputeEvent):
    resolution_id: UUID


@dataclass(frozen=True)
class ContractEvent(DisputeEvent):
    contract_id: UUID


class DisputeFiled(DisputeEvent):
    """A claimant filed a case."""


class PartyInvited(ParticipantEvent):
    """Somebody is invited, or gets a fresh link."""


class PartyJoined(ParticipantEvent):
    """An invited person takes part."""


class PartyDeclined(ParticipantEvent):
    """An invited or joined respondent does not take part."""


class InvitationLapsed(ParticipantEvent):
    """Nobody answered an invitation in time."""


class StatingStarted(DisputeEvent):
    """The parties may state their truths."""


class TruthSubmitted(ParticipantEvent):
    """A party submitted its statement (its content stays sealed)."""


class TruthsDisclosed(DisputeEvent):
    """All truths are open to all parties; mediation begins."""


class UnderstandingRequested(ParticipantEvent):
    """The mediator is asked to sum up one party's position for that party. Comes again while no summary is there."""


@dataclass(frozen=True)
class UnderstandingReady(ParticipantEvent):
    """A party's own summary waits for it. Nobody else's business: no frame, no entry, no mail for others follows from it."""

    understanding_id: UUID


class UnderstandingsSettled(DisputeEvent):
    """Every active party has answered its summary, or let the time pass: a proposal can be asked for."""


@dataclass(frozen=True)
class EvidenceAdded(DisputeEvent):
    evidence_id: UUID


@dataclass(frozen=True)
class MessagePosted(DisputeEvent):
    message_id: UUID
    stream_id: UUID
    ask_mediator: bool


class ResolutionRequested(ResolutionEvent):
    """Somebody asked for a proposal; the mediator drafts it."""


class CandidatesReady(ResolutionEvent):
    """A round's candidates are there for the parties to rank."""


@dataclass(frozen=True)
class BiddingClosed(DisputeEvent):
    """A round of double-blind bidding ended without a deal; both bids are gone."""

    bidding_id: UUID


class BiddingDirectionChanged(DisputeEvent):
    """Who pays in the bidding was suggested, agreed or refused; both read it, and no bid is told of."""


class ResolutionProposed(ResolutionEvent):
    """A proposal is there to accept, reject or counter."""


@dataclass(frozen=True)
class ResolutionAnswered(ResolutionEvent):
    participant_id: UUID
    decision: str


class ResolutionFailed(ResolutionEvent):
    """No proposal could be drafted."""


class RoundFailed(ResolutionEvent):
    """A proposal was rejected or countered; the parties go on mediating."""


class ResolutionAccepted(ResolutionEvent):
    """Every active party accepted."""


class DecisionGiven(ResolutionEvent):
    """The appointed arbitrator decided."""


@dataclass(frozen=True)
class AwardDraftRequested(DisputeEvent):
    """The appointed arbitrator asked for a draft of the award; the AI writes it from what every party could read."""

    draft_id: UUID


class DisputeEscalated(DisputeEvent):
    """The case waits for a human mediator."""


@dataclass(frozen=True)
class HumanOverdue(DisputeEvent):
    """The case waits for a human longer than was promised to the parties. Each reminder has an id of its own."""

    reminder_id: UUID


class ArbitrationStarted(DisputeEvent):
    """Every active party consented to arbitration."""


class DisputeWithdrawn(DisputeEvent):
    """The claimant withdrew the case."""


class DisputeLapsed(DisputeEvent):
    """No respondent is left."""


class DisputeClosed(DisputeEvent):
    """The case ended without a contract, or by its outcome."""


class ContractRequested(ContractEvent):
    """A contract waits to be generated."""


class ContractDrawnUp(ContractEvent):
    """A contract's text waits to be checked; `disputes.public.conclude_contract_check` answers. Comes again while nobody does."""


@dataclass(frozen=True)
class ContractHoldLifted(ContractEvent):
    """A lawyer lets a contract go on in spite of a finding."""

    hold_id: UUID


class ContractInReview(ContractEvent):
    """A lawyer is asked to approve the contract."""


class ContractReady(ContractEvent):
    """The contract waits for the parties' signatures."""


@dataclass(frozen=True)
class ContractSigned(ContractEvent):
    participant_id: UUID


class ContractExecuted(ContractEvent):
    """Every signature is recorded and the sealed PDF is stored and validated."""


class ContractVoided(ContractEvent):
    """The contract was declined, expired, voided or could not be generated."""


@dataclass(frozen=True)
class DeadlineProposed(DisputeEvent):
    proposal_id: UUID


@dataclass(frozen=True)
class DeadlineMoved(DisputeEvent):
    proposal_id: UUID


@dataclass(frozen=True)
class DeadlineRefused(DisputeEvent):
    proposal_id: UUID


@dataclass(frozen=True)
class MoreTimeAsked(DisputeEvent):
    """An invited person asks for a later date before joining."""

    proposal_id: UUID


@dataclass(frozen=True)
class DeadlineNear(DisputeEvent):
    """Whoever still has to act is reminded."""

    reminder_id: UUID


class WrongPersonInvited(ParticipantEvent):
    """Who reads the invited address is not the person who was meant."""


class ReturnLinkAsked(ParticipantEvent):
    """A party without a password asked for a fresh link."""


@dataclass(frozen=True)
class LawyerAssigned(DisputeEvent):
    assignment_id: UUID


class NeutralsChanged(DisputeEvent):
    """A mediator or arbitrator was appointed or left. Everybody in the room may know; of counsel only the back-office does."""
