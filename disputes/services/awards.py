"""The draft of an award: asked for by the appointed arbitrator, written by the AI from the joint record, read by the arbitrator alone.

It decides nothing. The arbitrator changes it, throws it away, or signs an award (`decide_dispute`); a person who has seen a caucus does
neither.
"""

import json
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import AwardDraftStatus, ResolutionStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.events import AwardDraftRequested
from disputes.models import AwardDraft, Dispute
from disputes.selectors.access import access_dispute
from disputes.selectors.award_drafts import has_seen_caucus, open_award
from disputes.selectors.case_file import ResolutionDraft
from disputes.selectors.sealed_answers import seal_award
from disputes.services.moves import lock_dispute
from disputes.services.records import write
from disputes.services.resolving import check_draft, draft_columns
from kernel.clock import DbNow
from kernel.journal import Actor
from kernel.outbox import publish

DRAFTER = Actor.ai("drafter")


@transaction.atomic
def request_award_draft(*, acting_user: User, dispute_id: UUID) -> AwardDraft:
    """Ask for a draft of the award. While one is being written, that one is the answer; afterwards another one can be asked for.

    Raises NotFoundError, NotYoursToDoError, WrongStateError.
    """
    access = access_dispute(acting_user, dispute_id, "draft_award", lock=True)
    dispute = access.dispute
    require_unseen(acting_user, dispute)
    award = open_award(dispute)
    if award is None:
        raise WrongStateError(_("There is no award to be made."), state=str(dispute.status))
    waiting = AwardDraft.objects.filter(resolution=award, status=AwardDraftStatus.DRAFTING).first()
    if waiting is not None and waiting.asked_by_id == acting_user.pk:
        return waiting
    if waiting is not None:  # of an arbitrator who has left: nobody is to read it
        AwardDraft.objects.filter(pk=waiting.pk).update(status=AwardDraftStatus.FAILED, failure="another arbitrator")
    draft = AwardDraft.objects.create(resolution=award, asked_by=acting_user)
    write(dispute, "award.draft_asked", Actor.user(acting_user.pk), subject=("award draft", draft.pk))
    publish(AwardDraftRequested(dispute.pk, draft.pk))
    return draft


def require_unseen(user: User, dispute: Dispute) -> None:
    """Raises NotYoursToDoError for who has seen a caucus of this dispute: an award rests on what every party could read."""
    if has_seen_caucus(user.pk, dispute):
        raise NotYoursToDoError(
            _("Who has seen what a party told the mediator in private never arbitrates the same dispute.")
        )


@transaction.atomic
def record_award_draft(*, draft_id: UUID, draft: ResolutionDraft) -> AwardDraft:
    """Keep what the AI wrote, sealed. One that comes twice, or after the award was signed, changes nothing.

    Raises InvalidTermsError, and UncitedDraftError for a citation that does not lead to the parties' joint record.
    """
    row, dispute = _locked(draft_id)
    if not _is_open(row):
        return row
    check_draft(dispute, draft)
    content = {name: value for name, value in draft_columns(draft).items() if name not in ("model", "prompt_version")}
    AwardDraft.objects.filter(pk=row.pk).update(
        status=AwardDraftStatus.READY,
        content_sealed=seal_award(json.dumps(content), dispute_id=dispute.pk, draft_id=row.pk),
        model=draft.model,
        prompt_version=draft.prompt_version,
        drafted_at=DbNow(),
    )
    write(dispute, "award.drafted", DRAFTER, subject=("award draft", row.pk), facts={"model": draft.model})
    row.refresh_from_db()
    return row


@transaction.atomic
def fail_award_draft(*, draft_id: UUID, reason: str) -> AwardDraft:
    """No draft could be written; the arbitrator may ask again, or write alone. `reason` is without private text."""
    row, dispute = _locked(draft_id)
    if not _is_open(row):
        return row
    AwardDraft.objects.filter(pk=row.pk).update(status=AwardDraftStatus.FAILED, failure=reason[:200])
    write(dispute, "award.draft_failed", DRAFTER, subject=("award draft", row.pk))
    row.refresh_from_db()
    return row


def _locked(draft_id: UUID) -> tuple[AwardDraft, Dispute]:
    dispute = lock_dispute(AwardDraft.objects.values_list("resolution__dispute_id", flat=True).get(pk=draft_id))
    return AwardDraft.objects.select_related("resolution").get(pk=draft_id), dispute


def _is_open(row: AwardDraft) -> bool:
    return row.status == AwardDraftStatus.DRAFTING and row.resolution.status == ResolutionStatus.DRAFTING
