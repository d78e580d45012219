"""The door to disputes for other apps."""

from disputes.models import Dispute
from disputes.selectors.access import visible_to
from disputes.selectors.case_file import (
    CaseFile,
    Citation,
    Instalment,
    Party,
    PartyResponse,
    ResolutionDraft,
    Round,
    Source,
    SourceKind,
    TermData,
    TermKind,
)
from disputes.selectors.case_files import case_file
from disputes.selectors.notices import (
    ContractBrief,
    DeadlineBrief,
    DisputeBrief,
    InvitationNotice,
    PartyContact,
    ResolutionBrief,
    assigned_lawyer_ids,
    contract_brief,
    deadline_brief,
    dispute_brief,
    invitation_notice,
    party_contacts,
    resolution_brief,
)
from disputes.services.resolving import fail_resolution, propose_resolution

__all__ = [
    "CaseFile",
    "Citation",
    "ContractBrief",
    "DeadlineBrief",
    "Dispute",
    "DisputeBrief",
    "Instalment",
    "InvitationNotice",
    "Party",
    "PartyContact",
    "PartyResponse",
    "ResolutionBrief",
    "ResolutionDraft",
    "Round",
    "Source",
    "SourceKind",
    "TermData",
    "TermKind",
    "assigned_lawyer_ids",
    "case_file",
    "contract_brief",
    "deadline_brief",
    "dispute_brief",
    "fail_resolution",
    "invitation_notice",
    "party_contacts",
    "propose_resolution",
    "resolution_brief",
    "visible_to",
]
