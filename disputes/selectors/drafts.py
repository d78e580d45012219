"""Drafts of filings: their owner's alone, sealed under the owner's key."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.public import User
from disputes.models import FilingDraft
from kernel.crypto import KeyScope, open_text
from kernel.errors import NotFoundError

MOST_DRAFTS = 20


@dataclass(frozen=True)
class DraftLine:
    id: UUID
    title: str
    updated_at: datetime


def sealing_of(user_id: UUID, draft_id: UUID) -> dict[str, Any]:
    """Where a draft's content is sealed."""
    return {
        "scope": KeyScope("person", user_id),
        "table": "disputes_filing_draft",
        "row_id": draft_id,
        "column": "content",
    }


def draft_of(user: User, draft_id: UUID) -> FilingDraft | None:
    """One's own draft, open or filed; None before the first save. Raises NotFoundError for another person's."""
    draft = FilingDraft.objects.filter(pk=draft_id).first()
    if draft is not None and draft.user_id != user.pk:
        raise NotFoundError
    return draft


def draft_content(draft: FilingDraft) -> dict[str, Any]:
    """What was typed, field by field; empty once it was filed."""
    if draft.content_sealed is None:
        return {}
    content: dict[str, Any] = json.loads(open_text(bytes(draft.content_sealed), **sealing_of(draft.user_id, draft.pk)))
    return content


def drafts_of(user: User) -> list[DraftLine]:
    """The person's open drafts, newest first."""
    drafts = FilingDraft.objects.filter(user=user, dispute=None).order_by("-updated_at", "-id")[:MOST_DRAFTS]
    return [DraftLine(draft.pk, str(draft_content(draft).get("title", "")), draft.updated_at) for draft in drafts]
