from disputes.models.dispute import (
    Assignment,
    DeadlineProposal,
    DeadlineReminder,
    Dispute,
    Invitation,
    Participant,
)
from disputes.models.filing import FilingDraft
from disputes.models.record import Evidence, Message, MessageReceipt, MessageStream, Reply, Truth
from disputes.models.settlement import Contract, Resolution, ResolutionResponse

__all__ = [
    "Assignment",
    "Contract",
    "DeadlineProposal",
    "DeadlineReminder",
    "Dispute",
    "Evidence",
    "FilingDraft",
    "Invitation",
    "Message",
    "MessageReceipt",
    "MessageStream",
    "Participant",
    "Reply",
    "Resolution",
    "ResolutionResponse",
    "Truth",
]
