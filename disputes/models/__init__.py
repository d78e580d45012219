from disputes.models.dispute import Assignment, DeadlineProposal, Dispute, Invitation, Participant
from disputes.models.record import Evidence, Message, MessageReceipt, MessageStream, Truth
from disputes.models.settlement import Contract, Resolution, ResolutionResponse

__all__ = [
    "Assignment",
    "Contract",
    "DeadlineProposal",
    "Dispute",
    "Evidence",
    "Invitation",
    "Message",
    "MessageReceipt",
    "MessageStream",
    "Participant",
    "Resolution",
    "ResolutionResponse",
    "Truth",
]
