"""Drafts of an award, for the arbitrator who asked for them; and who may arbitrate at all: nobody who has seen a caucus."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from disputes.enums import AwardDraftStatus, Mode, Part, StreamKind
from disputes.models import Assignment, AwardDraft, Dispute, Message, MessageReceipt, MessageStream, Resolution
from disputes.selectors.access import CaseAccess
from disputes.selectors.case_file import Citation, TermData
from disputes.selectors.sealed_answers import award_text
from disputes.selectors.terms import read_term
from kernel.errors import NotFoundError


@dataclass(frozen=True)
class AwardDraftShown:
    """A draft as its arbitrator reads it; without words until it is ready."""

    id: UUID
    status: AwardDraftStatus
    created_at: datetime
    model: str
    prompt_version: str
    summary: str = ""
    reasoning: str = ""
    terms: tuple[TermData, ...] = ()
    agreed_facts: tuple[str, ...] = ()
    disputed_facts: tuple[str, ...] = ()
    recitals: tuple[str, ...] = ()
    citations: tuple[dict[str, Any], ...] = ()

    @property
    def cited(self) -> tuple[Citation, ...]:
        return tuple(
            Citation(**{**citation, "source_id": UUID(str(citation["source_id"]))}) for citation in self.citations
        )

    @property
    def is_awaited(self) -> bool:
        return self.status == AwardDraftStatus.DRAFTING


def has_seen_caucus(user_id: UUID, dispute: Dispute) -> bool:
    """Whether somebody was ever this dispute's mediator, or was in one of its caucuses, wrote in one or was shown a line of one."""
    caucuses = MessageStream.objects.filter(dispute=dispute, kind=StreamKind.CAUCUS)
    return (
        Assignment.objects.filter(dispute=dispute, lawyer_id=user_id, part=Part.MEDIATOR).exists()
        or caucuses.filter(Q(member_a_id=user_id) | Q(member_b_id=user_id)).exists()
        or MessageReceipt.objects.filter(stream__in=caucuses, user_id=user_id).exists()
        or Message.objects.filter(stream__in=caucuses, sender_id=user_id).exists()
    )


def open_award(dispute: Dispute) -> Resolution | None:
    """The award that waits for its arbitrator."""
    return Resolution.objects.filter(dispute=dispute, mode=Mode.ARBITRATION, status="drafting").first()


def newest_award_draft(access: CaseAccess) -> AwardDraftShown | None:
    """The draft that this reader asked for last; nobody else's, and nobody but who asked reads it."""
    row = (
        AwardDraft.objects.filter(resolution__dispute=access.dispute, asked_by_id=access.standing.user_id)
        .order_by("-created_at", "-id")
        .first()
    )
    return shown_award_draft(row, access.dispute) if row is not None else None


def own_award_draft(access: CaseAccess, draft_id: UUID) -> AwardDraftShown:
    """One draft that this reader asked for and that is ready. Raises NotFoundError."""
    row = AwardDraft.objects.filter(
        pk=draft_id,
        resolution__dispute=access.dispute,
        asked_by_id=access.standing.user_id,
        status=AwardDraftStatus.READY,
    ).first()
    if row is None:
        raise NotFoundError
    return shown_award_draft(row, access.dispute)


def shown_award_draft(row: AwardDraft, dispute: Dispute) -> AwardDraftShown:
    text = award_text(row, dispute.pk)
    content: dict[str, Any] = json.loads(text) if text else {}
    return AwardDraftShown(
        id=row.pk,
        status=AwardDraftStatus(row.status),
        created_at=row.created_at,
        model=row.model,
        prompt_version=row.prompt_version,
        summary=content.get("summary", ""),
        reasoning=content.get("reasoning", ""),
        terms=tuple(read_term(term) for term in content.get("terms", ())),
        agreed_facts=tuple(content.get("agreed_facts", ())),
        disputed_facts=tuple(content.get("disputed_facts", ())),
        recitals=tuple(content.get("recitals", ())),
        citations=tuple(content.get("citations", ())),
    )


def is_award_draft_awaited(draft_id: UUID) -> bool:
    """Whether somebody still waits for this draft: the award is open, and nothing came yet."""
    return AwardDraft.objects.filter(
        pk=draft_id, status=AwardDraftStatus.DRAFTING, resolution__status="drafting"
    ).exists()
