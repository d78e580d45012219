from disputes.models.award import AwardDraft
from disputes.models.dispute import (
    Assignment,
    DeadlineProposal,
    DeadlineReminder,
    Dispute,
    Invitation,
    Participant,
)
from disputes.models.filing import FilingDraft
from disputes.models.mediation import (
    Bid,
    BiddingDirection,
    BiddingRound,
    Candidate,
    MediatorReply,
    Ranking,
    Understanding,
)
from disputes.models.record import Evidence, Message, MessageReceipt, MessageStream, Reply, Truth
from disputes.models.settlement import Contract, ContractHold, Resolution, ResolutionResponse

__all__ = [
    "Assignment",
    "AwardDraft",
    "Bid",
    "BiddingDirection",
    "BiddingRound",
    "Candidate",
    "Contract",
    "ContractHold",
    "DeadlineProposal",
    "DeadlineReminder",
    "Dispute",
    "Evidence",
    "FilingDraft",
    "Invitation",
    "MediatorReply",
    "Message",
    "MessageReceipt",
    "MessageStream",
    "Participant",
    "Ranking",
    "Reply",
    "Resolution",
    "ResolutionResponse",
    "Truth",
    "Understanding",
]
