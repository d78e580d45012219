"""The understanding check: the mediator sums up each party's position for that party, which confirms or corrects it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus, Protocol, UnderstandingDecision, UnderstandingStatus
from disputes.errors import AlreadyAnsweredError, WrongStateError
from disputes.events import UnderstandingReady, UnderstandingRequested, UnderstandingsSettled
from disputes.models import Dispute, Participant, Understanding
from disputes.selectors.access import access_dispute, active_parties
from disputes.selectors.sealed_answers import seal_understanding
from disputes.selectors.understandings import (
    effective_status,
    is_understanding_pending,
    newest_understanding,
    waiting_understandings,
)
from disputes.services.moves import lock_dispute
from disputes.services.private_records import write_private
from disputes.services.records import write
from kernel.canonical import JSON
from kernel.clock import DbNow, days_from, now
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish

ASK_AGAIN = timedelta(minutes=10)  # doubled with each request


def ask_understandings(dispute: Dispute) -> None:
    """The truths of a locked case were disclosed: every active party is told how it is understood."""
    for party in active_parties(dispute):
        ask_understanding(dispute, party)


def ask_understanding(dispute: Dispute, participant: Participant) -> None:
    """Have one party's position summed up anew: it came late, stated late or added something. Nothing in a simple mediation.

    A summary that was not answered goes; one that was answered stays what the party confirmed until the new one is answered.
    """
    if dispute.protocol != Protocol.MEDIATED or dispute.status != DisputeStatus.MEDIATING:
        return
    present = now()
    Understanding.objects.filter(participant=participant, status=UnderstandingStatus.PENDING).delete()
    Understanding.objects.create(
        dispute=dispute,
        participant=participant,
        confirm_by=days_from(present, settings.DISPUTES_UNDERSTANDING_DAYS, dispute.timezone),
        request_due_at=present + ASK_AGAIN,
    )
    write(
        dispute,
        "understanding.requested",
        Actor.system("mediation"),
        subject=("participant", participant.pk),
    )
    publish(UnderstandingRequested(dispute.pk, participant.pk))


@transaction.atomic
def record_understanding(
    *,
    participant_id: UUID,
    summary: str,
    claim_form: Mapping[str, JSON],
    model: str,
    prompt_version: str,
    understanding_id: UUID | None = None,
) -> bool:
    """The mediator's summary of one party's position, for that party; False when none is waited for (any more).

    `understanding_id` (of the PartyFile it was made from) keeps a summary of what the party said before from standing for what it
    has added since. A second call changes nothing. Raises ValueError for an empty summary.
    """
    if not summary.strip():
        raise ValueError("An understanding has a summary.")
    participant = Participant.objects.get(pk=participant_id)
    dispute = lock_dispute(participant.dispute_id)
    row = Understanding.objects.filter(
        participant=participant, status=UnderstandingStatus.PENDING, summary_sealed=None, confirm_by__gt=DbNow()
    ).first()
    if row is None or understanding_id not in (None, row.pk):
        return False
    place = {"dispute_id": dispute.pk, "understanding_id": row.pk}
    Understanding.objects.filter(pk=row.pk).update(
        summary_sealed=seal_understanding(summary, **place, column="summary"),
        claim_form_sealed=seal_understanding(json.dumps(dict(claim_form)), **place, column="claim_form"),
        model=model[:80],
        prompt_version=prompt_version[:80],
        request_due_at=None,
    )
    write_private(
        participant,
        "understanding.given",
        Actor.ai("mediator"),
        subject=("understanding", row.pk),
        facts={"model": model},
    )
    publish(UnderstandingReady(dispute.pk, participant.pk, row.pk))
    return True


@transaction.atomic
def answer_understanding(*, acting_user: User, dispute_id: UUID, decision: str, correction: str = "") -> Understanding:
    """Confirm one's own summary, or correct it; once. A correction is permission to use its words for proposals, without quoting them.

    While the mediator has no summary yet (or cannot make one), a party may still say in a correction how it wants to be understood.
    Raises NotFoundError in a case without this check, NotYoursToDoError, WrongStateError, AlreadyAnsweredError, ValidationFailedError.
    """
    access = access_dispute(acting_user, dispute_id, "answer_understanding", lock=True)
    dispute, participant = access.dispute, access.participant
    row = newest_understanding(participant)
    if row is None:
        raise NotFoundError(_("This case has no understanding check."))
    _check(row, decision, correction)
    is_corrected = decision == UnderstandingDecision.CORRECT
    Understanding.objects.filter(pk=row.pk).update(
        status=UnderstandingStatus.CORRECTED if is_corrected else UnderstandingStatus.CONFIRMED,
        correction_sealed=(
            seal_understanding(correction, dispute_id=dispute.pk, understanding_id=row.pk, column="correction")
            if is_corrected
            else None
        ),
        answered_at=DbNow(),
        request_due_at=None,
    )
    write_private(participant, "understanding.answered", Actor.user(acting_user.pk), subject=("understanding", row.pk))
    _settle(dispute)
    row.refresh_from_db()
    return row


def _check(row: Understanding, decision: str, correction: str) -> None:
    status = effective_status(row)
    if status == UnderstandingStatus.EXPIRED:
        raise WrongStateError(
            _("The time to answer is over. Say in the room or in your caucus what was understood wrongly."),
            state=str(status),
            allowed_from=[str(UnderstandingStatus.PENDING)],
        )
    if status != UnderstandingStatus.PENDING:
        raise AlreadyAnsweredError(_("You have answered this summary already."))
    if decision == UnderstandingDecision.CORRECT and not correction.strip():
        raise ValidationFailedError(
            errors=[FieldError("/correction", "required", _("Say what has to be understood differently."))]
        )
    if decision == UnderstandingDecision.CONFIRM and correction:
        raise ValidationFailedError(
            errors=[
                FieldError("/correction", "invalid", _("Only a correction carries words; a confirmation has none."))
            ]
        )
    if decision == UnderstandingDecision.CONFIRM and row.summary_sealed is None:
        raise WrongStateError(
            _("Your summary is not there yet. Wait for it, or say in a correction how you want to be understood."),
            state=str(status),
        )


def _settle(dispute: Dispute) -> None:
    """Tell everybody once nobody is waited for. Before that, one party's answer is no news to the others."""
    if dispute.status == DisputeStatus.MEDIATING and not is_understanding_pending(dispute):
        publish(UnderstandingsSettled(dispute.pk))


@transaction.atomic
def expire_understandings(*, dispute_id: UUID) -> bool:
    """Whoever let the time pass is not waited for; False when nobody did (any more)."""
    dispute = lock_dispute(dispute_id)
    expired = Understanding.objects.filter(
        dispute=dispute, status=UnderstandingStatus.PENDING, confirm_by__lte=DbNow()
    ).update(status=UnderstandingStatus.EXPIRED, request_due_at=None)
    if expired:
        _settle(dispute)
    return bool(expired)


@transaction.atomic
def ask_understanding_again(*, understanding_id: UUID) -> bool:
    """A summary that has not come is asked for again, ever more seldom; until it comes or its time is over."""
    dispute = lock_dispute(Understanding.objects.values_list("dispute_id", flat=True).get(pk=understanding_id))
    row = waiting_understandings(dispute).filter(pk=understanding_id, request_due_at__lte=DbNow()).first()
    if row is None:
        return False
    is_wanted = row.summary_sealed is None and dispute.status == DisputeStatus.MEDIATING
    Understanding.objects.filter(pk=row.pk).update(
        requests=row.requests + 1,
        request_due_at=now() + ASK_AGAIN * 2 ** min(row.requests, 10) if is_wanted else None,
    )
    if not is_wanted:
        return False
    publish(UnderstandingRequested(dispute.pk, row.participant_id))
    return True
