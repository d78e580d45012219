"""Truths: sealed until all are in or the time has passed (simultaneous disclosure)."""

from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus, Outcome, ResolutionStatus
from disputes.errors import WrongStateError
from disputes.events import DisputeClosed, TruthsDisclosed, TruthSubmitted
from disputes.models import Dispute, Participant, Resolution, Truth
from disputes.rules import may_state_now
from disputes.selectors.access import access_dispute, active_parties
from disputes.services.moves import lock_dispute, move_dispute
from disputes.services.records import write
from disputes.services.understanding import ask_understanding, ask_understandings
from kernel.clock import DbNow
from kernel.crypto import KeyScope, seal_text
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.outbox import publish


@transaction.atomic
def submit_truth(*, acting_user: User, dispute_id: UUID, content: str) -> Truth:
    """Submit one's statement; a second one is an addendum. The last truth discloses all.

    After disclosure a missing truth may still come, marked late, until the first proposal. Raises NotFoundError, NotYoursToDoError,
    WrongStateError.
    """
    access = access_dispute(acting_user, dispute_id, "submit_truth", lock=True)
    dispute, participant = access.dispute, access.participant
    if not may_state_now(dispute, access.standing):
        raise WrongStateError(
            _("Not everybody has answered the invitation yet; respondents state once the case has begun."),
            state=str(dispute.status),
            allowed_from=[str(DisputeStatus.STATING), str(DisputeStatus.MEDIATING)],
        )
    refuse_late_truth(dispute)
    truth = enter_truth(dispute, participant, content=content)
    disclose_if_complete(dispute, deadline_passed=False)
    truth.refresh_from_db()
    return truth


def refuse_late_truth(dispute: Dispute) -> None:
    """Raises WrongStateError once a proposal was made: it rests on what was there."""
    if dispute.disclosed_at is not None and _proposals_were_made(dispute):
        raise WrongStateError(
            _(
                "A proposal has been made; statements are closed. Say what is missing in the room, or in a counter-proposal."
            ),
            state=str(dispute.status),
            allowed_from=[str(DisputeStatus.INVITE_SENT), str(DisputeStatus.STATING)],
        )


def enter_truth(dispute: Dispute, participant: Participant, *, content: str, answer: str = "") -> Truth:
    """Seal a joined party's statement into its locked case, without disclosing anything. `answer`: its structured part."""
    is_late = dispute.disclosed_at is not None
    is_addendum = Truth.objects.filter(participant=participant).exists()
    truth_id = new_id()
    truth = Truth.objects.create(
        id=truth_id,
        dispute=dispute,
        participant=participant,
        content_sealed=_sealed(content, dispute, truth_id, "content"),
        answer_sealed=_sealed(answer, dispute, truth_id, "answer") if answer else None,
        is_addendum=is_addendum,
        is_late=is_late,
    )
    if not is_addendum:
        Participant.objects.filter(pk=participant.pk).update(stated_at=DbNow())
    write(
        dispute,
        "truth.addendum" if is_addendum else "truth.submitted",
        Actor.user(cast(UUID, participant.user_id)),
        subject=("truth", truth.pk),
        facts={"late": is_late},
        is_hidden=is_addendum and not is_late,
    )
    publish(TruthSubmitted(dispute.pk, participant.pk))
    if is_late:
        ask_understanding(dispute, participant)  # what it confirmed before lacks what it has added
    return truth


def _sealed(text: str, dispute: Dispute, truth_id: UUID, column: str) -> bytes:
    return seal_text(
        text, scope=KeyScope("dispute", dispute.pk), table="disputes_truth", row_id=truth_id, column=column
    )


def _proposals_were_made(dispute: Dispute) -> bool:
    return (
        Resolution.objects.filter(dispute=dispute)
        .exclude(status__in=[ResolutionStatus.DRAFTING, ResolutionStatus.FAILED])
        .exists()
    )


def disclose_if_complete(dispute: Dispute, *, deadline_passed: bool) -> bool:
    """Open all truths to all parties once every active party has stated, or the deadline has passed and anybody has."""
    if dispute.status != DisputeStatus.STATING:
        return False
    parties = list(active_parties(dispute))
    stated = [party for party in parties if party.stated_at is not None]
    if len(stated) < len(parties) and not deadline_passed:
        return False
    if not stated:
        move_dispute(dispute, "close_unanswered", Actor.system("deadline"), outcome=Outcome.UNANSWERED)
        publish(DisputeClosed(dispute.pk))
        return True
    move_dispute(
        dispute,
        "disclose",
        Actor.system("disclosure"),
        disclosed_at=DbNow(),
        facts={"stated": len(stated), "parties": len(parties)},
    )
    publish(TruthsDisclosed(dispute.pk))
    ask_understandings(dispute)
    return True


@transaction.atomic
def pass_statement_deadline(*, dispute_id: UUID) -> bool:
    """The time to state is over: disclose what is there; nobody loses by silence alone. False when it is not over (any more)."""
    dispute = lock_dispute(dispute_id)
    is_over = Dispute.objects.filter(pk=dispute.pk, statement_deadline__lte=DbNow()).exists()
    return is_over and disclose_if_complete(dispute, deadline_passed=True)
