"""The door to disputes for other apps."""

from disputes.adapters.doorbell import ring_line
from disputes.adapters.rooms.announce import tell_draft
from disputes.models import Dispute
from disputes.selectors.access import visible_to
from disputes.selectors.award_drafts import is_award_draft_awaited
from disputes.selectors.case_file import (
    CandidateDraft,
    CaseFile,
    Citation,
    Instalment,
    Party,
    PartyFile,
    PartyResponse,
    Permitted,
    Principle,
    ResolutionDraft,
    Round,
    Source,
    SourceKind,
    TermData,
    TermKind,
    Understanding,
)
from disputes.selectors.case_files import case_file, joint_case_file
from disputes.selectors.contract_checks import (
    ContractToCheck,
    HoldState,
    contract_to_check,
    hold_states,
    is_awaiting_check,
)
from disputes.selectors.human_mediators import has_human_mediator
from disputes.selectors.mediator_turns import CaseState, MediatorTurn, case_state, mediator_turn
from disputes.selectors.notices import (
    ContractBrief,
    DeadlineBrief,
    DisputeBrief,
    InvitationNotice,
    PartyContact,
    ReminderBrief,
    ResolutionBrief,
    ReturnNotice,
    assigned_lawyer_ids,
    contract_brief,
    deadline_brief,
    dispute_brief,
    invitation_notice,
    invited_participants,
    is_understanding_waiting,
    participant_name,
    party_contacts,
    ranking_deadline,
    reminder_brief,
    resolution_brief,
    return_notice,
    understanding_deadline,
    understood_user_id,
)
from disputes.selectors.party_files import party_file
from disputes.selectors.reader_file import Deadline, Passage, ReaderFile, ReaderPerson, reader_file
from disputes.services.awards import fail_award_draft, record_award_draft
from disputes.services.contract_checks import ContractFinding, conclude_contract_check
from disputes.services.mediator_lines import post_mediator_message
from disputes.services.messages import PostedMessage
from disputes.services.ranking import submit_candidates
from disputes.services.resolving import fail_resolution, propose_resolution
from disputes.services.streams import joint_stream_id
from disputes.services.understanding import record_understanding

__all__ = [
    "CandidateDraft",
    "CaseFile",
    "CaseState",
    "Citation",
    "ContractBrief",
    "ContractFinding",
    "ContractToCheck",
    "Deadline",
    "DeadlineBrief",
    "Dispute",
    "DisputeBrief",
    "HoldState",
    "Instalment",
    "InvitationNotice",
    "MediatorTurn",
    "Party",
    "PartyContact",
    "PartyFile",
    "PartyResponse",
    "Passage",
    "Permitted",
    "PostedMessage",
    "Principle",
    "ReaderFile",
    "ReaderPerson",
    "ReminderBrief",
    "ResolutionBrief",
    "ResolutionDraft",
    "ReturnNotice",
    "Round",
    "Source",
    "SourceKind",
    "TermData",
    "TermKind",
    "Understanding",
    "assigned_lawyer_ids",
    "case_file",
    "case_state",
    "conclude_contract_check",
    "contract_brief",
    "contract_to_check",
    "deadline_brief",
    "dispute_brief",
    "fail_award_draft",
    "fail_resolution",
    "has_human_mediator",
    "hold_states",
    "invitation_notice",
    "invited_participants",
    "is_awaiting_check",
    "is_award_draft_awaited",
    "is_understanding_waiting",
    "joint_case_file",
    "joint_stream_id",
    "mediator_turn",
    "participant_name",
    "party_contacts",
    "party_file",
    "post_mediator_message",
    "propose_resolution",
    "ranking_deadline",
    "reader_file",
    "record_award_draft",
    "record_understanding",
    "reminder_brief",
    "resolution_brief",
    "return_notice",
    "ring_line",
    "submit_candidates",
    "tell_draft",
    "understanding_deadline",
    "understood_user_id",
    "visible_to",
]
