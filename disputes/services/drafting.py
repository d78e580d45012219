"""Drafts of filings: saved as they are typed, thrown away, and filed exactly once."""

import json
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.models import FilingDraft
from disputes.selectors.drafts import MOST_DRAFTS, draft_content, sealing_of
from disputes.services.filing import Filing, open_dispute
from kernel.clock import DbNow
from kernel.crypto import seal_text
from kernel.errors import ConflictError, NotFoundError, PayloadTooLargeError

MOST_CHARACTERS = 60_000


@transaction.atomic
def save_draft(*, acting_user: User, draft_id: UUID, values: dict[str, Any]) -> FilingDraft:
    """Keep what was typed, as it is: `values` replace those of the same names. The first save makes the draft under the id given.

    Drafts are nobody else's affair, so nothing is journalled. Raises NotFoundError for another person's id, ConflictError for a draft
    that was filed already and for one too many.
    """
    draft = FilingDraft.objects.select_for_update(of=("self",), no_key=True).filter(pk=draft_id).first()
    if draft is not None and draft.user_id != acting_user.pk:
        raise NotFoundError
    if draft is not None and draft.dispute_id is not None:
        raise ConflictError(_("This was filed already."))
    content = json.dumps({**(draft_content(draft) if draft is not None else {}), **values})
    if len(content) > MOST_CHARACTERS:
        raise PayloadTooLargeError(_("This is too long to be kept. Shorten the description."))
    sealed = seal_text(content, **sealing_of(acting_user.pk, draft_id))
    if draft is None:
        if FilingDraft.objects.filter(user=acting_user, dispute=None).count() >= MOST_DRAFTS:
            raise ConflictError(
                _("You have %(count)d drafts. Send or delete one before you begin another.") % {"count": MOST_DRAFTS}
            )
        fresh = FilingDraft(id=draft_id, user=acting_user, content_sealed=sealed)
        FilingDraft.objects.bulk_create([fresh], ignore_conflicts=True)  # a parallel save may have been faster
        draft = FilingDraft.objects.select_for_update(of=("self",), no_key=True).get(pk=draft_id, user=acting_user)
    FilingDraft.objects.filter(pk=draft.pk).update(content_sealed=sealed, updated_at=DbNow())
    draft.refresh_from_db()
    return draft


@transaction.atomic
def delete_draft(*, acting_user: User, draft_id: UUID) -> None:
    """Throw a draft away. One that is not there, not one's own or filed stays as it is."""
    FilingDraft.objects.filter(pk=draft_id, user=acting_user, dispute=None).delete()


@transaction.atomic
def file_draft(*, acting_user: User, draft_id: UUID, filing: Filing) -> UUID:
    """File what a draft has become; a second time it leads to the same case. The draft's words go. Returns the dispute's id.

    Raises NotFoundError, and what `open_dispute` raises: then the draft stays.
    """
    draft = (
        FilingDraft.objects.select_for_update(of=("self",), no_key=True).filter(pk=draft_id, user=acting_user).first()
    )
    if draft is None:
        raise NotFoundError
    if draft.dispute_id is not None:
        return draft.dispute_id
    dispute = open_dispute(acting_user=acting_user, filing=filing)
    FilingDraft.objects.filter(pk=draft.pk).update(dispute=dispute, content_sealed=None, updated_at=DbNow())
    return dispute.pk
