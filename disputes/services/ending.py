"""Withdrawing, asking for a human, consenting to arbitration, deciding, ending."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus, Mode, Outcome, ResolutionStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.events import DecisionGiven, DisputeClosed, DisputeWithdrawn
from disputes.models import Dispute, Participant, Resolution
from disputes.selectors.access import access_dispute
from disputes.selectors.case_file import TermData
from disputes.selectors.rounds import all_consented
from disputes.selectors.terms import check_terms, term_json
from disputes.services.consent_period import settle_consent_period
from disputes.services.moves import lock_dispute, move_dispute, move_resolution
from disputes.services.records import write
from disputes.services.resolving import (
    OPEN,
    begin_arbitration,
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
def decide_dispute(*, acting_user: User, dispute_id: UUID, terms: tuple[TermData, ...], reasoning: str) -> Resolution:
    """The appointed arbitrator's award. Whoever read a caucus of this dispute never gets here: a mediator is not its arbitrator.

    Raises NotFoundError, NotYoursToDoError, WrongStateError, InvalidTermsError.
    """
    access = access_dispute(acting_user, dispute_id, "decide", lock=True)
    dispute = access.dispute
    check_terms(terms, party_ids=party_ids(dispute), today=local_date(now(), dispute.timezone))
    award = Resolution.objects.filter(dispute=dispute, mode=Mode.ARBITRATION, status=ResolutionStatus.DRAFTING).first()
    if award is None:
        raise WrongStateError(_("There is no award to be made."), state=str(dispute.status))
    move_resolution(
        award,
        "decide",
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


@transaction.atomic
def end_dispute(*, acting_user: User, dispute_id: UUID, reason: str) -> Dispute:
    """The appointed mediator ends a case that cannot be settled."""
    access = access_dispute(acting_user, dispute_id, "end", lock=True)
    if "mediator" not in access.standing.parts:
        raise NotYoursToDoError(_("Only the appointed mediator can end the mediation."))
    _supersede_open(access.dispute)
    move_dispute(access.dispute, "end", Actor.user(acting_user.pk), outcome=Outcome.UNRESOLVED, ended_reason=reason)
    publish(DisputeClosed(access.dispute.pk))
    return access.dispute


@transaction.atomic
def close_unresolved(*, dispute_id: UUID) -> bool:
    """The rounds are used up, no mediator took the case, and consent to arbitration is missing when its time is over: closed, unresolved.

    False when it is not over (any more).
    """
    dispute = lock_dispute(dispute_id)
    settle_consent_period(dispute)  # what the deployment allows may have changed since the time began
    if not Dispute.objects.filter(pk=dispute.pk, consent_deadline__lte=DbNow()).exists():
        return False
    _supersede_open(dispute)
    move_dispute(dispute, "end", Actor.system("deadline"), outcome=Outcome.UNRESOLVED)
    publish(DisputeClosed(dispute.pk))
    return True
