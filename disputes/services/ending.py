"""Withdrawing, asking for a human, consenting to arbitration, deciding, ending."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus, Outcome
from disputes.errors import WrongStateError
from disputes.events import DecisionGiven, DisputeClosed, DisputeWithdrawn
from disputes.models import Dispute, Participant, Resolution
from disputes.selectors.access import CaseAccess, access_dispute, active_parties
from disputes.selectors.award_drafts import open_award, own_award_draft
from disputes.selectors.case_file import TermData
from disputes.selectors.rounds import all_consented
from disputes.selectors.terms import check_terms, term_json
from disputes.services.awards import require_unseen
from disputes.services.consent_period import settle_consent_period
from disputes.services.moves import lock_dispute, move_dispute, move_resolution
from disputes.services.records import write
from disputes.services.resolving import (
    OPEN,
    begin_arbitration,
    check_citations,
    party_ids,
    queue_for_human,
)
from disputes.services.responding import settle_outcome
from kernel.clock import DbNow, local_date, now
from kernel.journal import Actor
from kernel.outbox import publish


@transaction.atomic
def withdraw_dispute(*, acting_user: User, dispute_id: UUID, reason: str) -> Dispute:
    """The claimant withdraws, before a resolution is accepted. Open proposals end with it."""
    access = access_dispute(acting_user, dispute_id, "withdraw", lock=True)
    _supersede_open(access.dispute)
    move_dispute(access.dispute, "withdraw", Actor.user(acting_user.pk), ended_reason=reason)
    publish(DisputeWithdrawn(access.dispute.pk))
    return access.dispute


def _supersede_open(dispute: Dispute) -> None:
    for resolution in Resolution.objects.filter(dispute=dispute, status__in=OPEN):
        move_resolution(resolution, "supersede")


@transaction.atomic
def escalate_dispute(*, acting_user: User, dispute_id: UUID, reason: str) -> Dispute:
    """Ask for a human mediator; with everybody's consent the case goes to arbitration instead."""
    access = access_dispute(acting_user, dispute_id, "escalate", lock=True)
    dispute, actor = access.dispute, Actor.user(acting_user.pk)
    if dispute.status == DisputeStatus.MEDIATING and all_consented(dispute):
        _supersede_open(dispute)
        begin_arbitration(dispute, actor, "escalated and everybody consented")
    else:
        if not dispute.escalation_reason:
            Dispute.objects.filter(pk=dispute.pk).update(escalation_reason=reason)
        queue_for_human(dispute, actor, "a party asked for a human")
    dispute.refresh_from_db()
    return dispute


@transaction.atomic
def consent_to_arbitration(*, acting_user: User, dispute_id: UUID) -> Dispute:
    """Record one's own consent; the earlier one counts if it was given before."""
    access = access_dispute(acting_user, dispute_id, "consent_to_arbitration", lock=True)
    changed = Participant.objects.filter(pk=access.participant.pk, arbitration_consent_at=None).update(
        arbitration_consent_at=DbNow()
    )
    if changed:
        write(
            access.dispute,
            "arbitration.consented",
            Actor.user(acting_user.pk),
            subject=("participant", access.participant.pk),
        )
        settle_consent_period(access.dispute)
    return access.dispute


@transaction.atomic
def revoke_arbitration_consent(*, acting_user: User, dispute_id: UUID) -> Dispute:
    """Take one's consent back; possible until arbitration begins."""
    access = access_dispute(acting_user, dispute_id, "consent_to_arbitration", lock=True)
    changed = Participant.objects.filter(pk=access.participant.pk, arbitration_consent_at__isnull=False).update(
        arbitration_consent_at=None
    )
    if changed:
        write(
            access.dispute,
            "arbitration.consent_revoked",
            Actor.user(acting_user.pk),
            subject=("participant", access.participant.pk),
        )
        settle_consent_period(access.dispute)
    return access.dispute


@transaction.atomic
def decide_dispute(
    *,
    acting_user: User,
    dispute_id: UUID,
    terms: tuple[TermData, ...],
    reasoning: str,
    draft_id: UUID | None = None,
    keep_sources: bool = True,
) -> Resolution:
    """The appointed arbitrator's award. Whoever has seen a caucus of this dispute never gets here.

    `draft_id` names the AI's draft it was written from: the award then says which model drafted it and, with `keep_sources`, carries the
    draft's facts and citations. Raises NotFoundError, NotYoursToDoError, WrongStateError, InvalidTermsError, UncitedDraftError.
    """
    access = access_dispute(acting_user, dispute_id, "decide", lock=True)
    dispute = access.dispute
    require_unseen(acting_user, dispute)
    check_terms(terms, party_ids=party_ids(dispute), today=local_date(now(), dispute.timezone))
    award = open_award(dispute)
    if award is None:
        raise WrongStateError(_("There is no award to be made."), state=str(dispute.status))
    drafted = _from_draft(access, draft_id, keep_sources) if draft_id is not None else {}
    move_resolution(
        award,
        "decide",
        **drafted,
        terms=[term_json(term) for term in terms],
        reasoning=reasoning,
        summary=reasoning[:500],
        decided_by=acting_user,
        proposed_at=DbNow(),
    )
    move_dispute(dispute, "decide", Actor.user(acting_user.pk), facts={"round": award.round})
    publish(DecisionGiven(dispute.pk, award.pk))
    settle_outcome(dispute, award, Outcome.DECIDED)
    award.refresh_from_db()
    return award


def _from_draft(access: CaseAccess, draft_id: UUID, keep_sources: bool) -> dict[str, Any]:
    """What an award takes over of its draft. Raises NotFoundError for somebody else's, UncitedDraftError for what was withdrawn since."""
    draft = own_award_draft(access, draft_id)
    taken: dict[str, Any] = {"model": draft.model, "prompt_version": draft.prompt_version}
    if keep_sources:
        check_citations(access.dispute, draft.cited)
        taken |= {
            "agreed_facts": list(draft.agreed_facts),
            "disputed_facts": list(draft.disputed_facts),
            "recitals": list(draft.recitals),
            "citations": list(draft.citations),
        }
    return taken


@transaction.atomic
def end_dispute(*, acting_user: User, dispute_id: UUID, reason: str) -> Dispute:
    """The appointed mediator ends a case that cannot be settled. Raises NotFoundError, NotYoursToDoError, WrongStateError."""
    access = access_dispute(acting_user, dispute_id, "end", lock=True)
    _end_unresolved(access.dispute, Actor.user(acting_user.pk), ended_reason=reason)
    return access.dispute


@transaction.atomic
def ask_to_end(*, acting_user: User, dispute_id: UUID, reason: str) -> Dispute:
    """Record a party's own wish to end the case; it ends, unresolved, once every active party has asked. A second time changes nothing.

    Raises NotFoundError, NotYoursToDoError, WrongStateError.
    """
    access = access_dispute(acting_user, dispute_id, "ask_to_end", lock=True)
    dispute = access.dispute
    changed = Participant.objects.filter(pk=access.participant.pk, end_asked_at=None).update(
        end_asked_at=DbNow(), end_reason=reason
    )
    if not changed:
        return dispute
    write(dispute, "ending.asked", Actor.user(acting_user.pk), subject=("participant", access.participant.pk))
    if not active_parties(dispute).filter(end_asked_at=None).exists():
        reasons = active_parties(dispute).exclude(end_reason="").values_list("end_reason", flat=True)
        _end_unresolved(dispute, Actor.system("parties"), ended_reason="\n".join(reasons))
    return dispute


@transaction.atomic
def take_back_ending(*, acting_user: User, dispute_id: UUID) -> Dispute:
    """Take one's wish to end the case back; possible while the case goes on."""
    access = access_dispute(acting_user, dispute_id, "ask_to_end", lock=True)
    changed = Participant.objects.filter(pk=access.participant.pk, end_asked_at__isnull=False).update(
        end_asked_at=None, end_reason=""
    )
    if changed:
        write(
            access.dispute,
            "ending.taken_back",
            Actor.user(acting_user.pk),
            subject=("participant", access.participant.pk),
        )
    return access.dispute


def _end_unresolved(dispute: Dispute, actor: Actor, *, ended_reason: str = "") -> None:
    _supersede_open(dispute)
    move_dispute(dispute, "end", actor, outcome=Outcome.UNRESOLVED, ended_reason=ended_reason)
    publish(DisputeClosed(dispute.pk))


@transaction.atomic
def close_unresolved(*, dispute_id: UUID) -> bool:
    """The rounds are used up, no mediator took the case, and consent to arbitration is missing when its time is over: closed, unresolved.

    False when it is not over (any more).
    """
    dispute = lock_dispute(dispute_id)
    settle_consent_period(dispute)  # what the deployment allows may have changed since the time began
    if not Dispute.objects.filter(pk=dispute.pk, consent_deadline__lte=DbNow()).exists():
        return False
    _end_unresolved(dispute, Actor.system("deadline"))
    return True
