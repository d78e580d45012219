"""Reading one's own drafts."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ai_mediation.models import Draft
from ai_mediation.selectors.sealed import open_json
from kernel.errors import NotFoundError


def drafts_visible_to(user: Any) -> QuerySet[Draft]:
    """Nobody reads a draft but its owner."""
    if not (user.is_authenticated and user.is_active):
        return Draft.objects.none()
    return Draft.objects.filter(owner_id=user.pk)


def access_draft(user: Any, draft_id: UUID) -> Draft:
    """One draft of one's own. Raises NotFoundError for all others alike."""
    draft = drafts_visible_to(user).filter(pk=draft_id).first()
    if draft is None:
        raise NotFoundError
    return draft


def owns_draft(user: Any, draft_id: UUID) -> bool:
    """Whether this person may link the draft to a document of theirs."""
    return drafts_visible_to(user).filter(pk=draft_id).exists()


def content_of(draft: Draft) -> dict[str, Any]:
    """Inputs, text, sections, checks and warnings. Raises CannotOpenError once the owner was erased."""
    content: dict[str, Any] = open_json(draft.content_sealed, person_id=draft.owner_id, model=Draft, row_id=draft.pk)
    return content
