"""Another date, if everybody agrees to it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DeadlineKind, ProposalStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.events import DeadlineMoved, DeadlineProposed, DeadlineRefused, MoreTimeAsked
from disputes.models import DeadlineProposal, Dispute, Invitation, Participant
from disputes.selectors.access import access_dispute, active_parties, require_state
from disputes.selectors.deadlines import is_still_meant, kind_of_running
from disputes.selectors.due import next_reminder
from disputes.services.invitations import lock_invitation
from disputes.services.records import write
from kernel.clock import as_utc, now
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish

MAX_DAYS_AHEAD = 365


@transaction.atomic
def propose_deadline(*, acting_user: User, dispute_id: UUID, deadline: datetime, reason: str = "") -> DeadlineProposal:
    """Ask for another date of the deadline that runs now. It holds once every other active party accepts; alone, at once.

    While people are invited, the date to answer can only become later: the earlier one was named to them.
    """
    access = access_dispute(acting_user, dispute_id, "propose_deadline", lock=True)
    dispute = access.dispute
    kind = kind_of_running(dispute)
    _check_date(dispute, kind, deadline)
    proposal = _open_proposal(dispute, access.participant, kind, deadline, reason)
    write(
        dispute,
        "deadline.proposed",
        Actor.user(acting_user.pk),
        subject=("deadline", proposal.pk),
        facts={"kind": str(kind), "deadline": as_utc(deadline)},
    )
    publish(DeadlineProposed(dispute.pk, proposal.pk))
    _move_if_accepted(dispute, proposal)
    return proposal


@transaction.atomic
def ask_more_time(*, token: str, deadline: datetime, reason: str = "") -> DeadlineProposal:
    """An invited person asks for a later date to answer, before joining; the parties accept or refuse.

    The same wish sent twice is one. Raises InvitationGoneError, WrongStateError once the case has begun, ValidationFailedError.
    """
    dispute, invitation = lock_invitation(token)
    require_state(dispute, "start")
    _check_date(dispute, DeadlineKind.RESPOND, deadline)
    participant = invitation.participant
    same = DeadlineProposal.objects.filter(
        dispute=dispute, proposed_by=participant, status=ProposalStatus.OPEN, deadline=deadline, reason=reason
    ).first()
    if same is not None:
        return same
    proposal = _open_proposal(dispute, participant, DeadlineKind.RESPOND, deadline, reason)
    write(
        dispute,
        "deadline.more_time_asked",
        Actor.system("invitation link"),
        subject=("participant", participant.pk),
        facts={"deadline": as_utc(deadline)},
    )
    publish(MoreTimeAsked(dispute.pk, proposal.pk))
    return proposal


def _check_date(dispute: Dispute, kind: DeadlineKind, deadline: datetime) -> None:
    present = now()
    if not present < deadline <= present + timedelta(days=MAX_DAYS_AHEAD):
        raise ValidationFailedError(
            errors=[
                FieldError(
                    "/date",
                    "out_of_range",
                    _("The date must lie ahead, at most %(days)d days.") % {"days": MAX_DAYS_AHEAD},
                )
            ]
        )
    if kind == DeadlineKind.RESPOND and deadline <= dispute.respond_by:
        raise ValidationFailedError(
            errors=[
                FieldError(
                    "/date",
                    "too_early",
                    _("The invited were told the present date; another one has to be later than it."),
                )
            ]
        )


def _open_proposal(
    dispute: Dispute, participant: Participant, kind: DeadlineKind, deadline: datetime, reason: str
) -> DeadlineProposal:
    """The new wish takes the place of an older one."""
    DeadlineProposal.objects.filter(dispute=dispute, status=ProposalStatus.OPEN).update(
        status=ProposalStatus.SUPERSEDED
    )
    return DeadlineProposal.objects.create(
        dispute=dispute, proposed_by=participant, kind=kind, deadline=deadline, reason=reason
    )


@transaction.atomic
def accept_deadline(*, acting_user: User, dispute_id: UUID) -> DeadlineProposal:
    """Accept the date that somebody else asked for. Raises WrongStateError when there is none."""
    access = access_dispute(acting_user, dispute_id, "accept_deadline", lock=True)
    proposal = _open_for_answer(access.dispute)
    if proposal.proposed_by_id == access.participant.pk:
        raise NotYoursToDoError(_("You asked for this date; the others accept it."))
    if proposal.accepted_by.filter(pk=access.participant.pk).exists():
        return proposal
    proposal.accepted_by.add(access.participant)
    write(access.dispute, "deadline.accepted", Actor.user(acting_user.pk), subject=("deadline", proposal.pk))
    _move_if_accepted(access.dispute, proposal)
    return proposal


@transaction.atomic
def refuse_deadline(*, acting_user: User, dispute_id: UUID, reason: str = "") -> DeadlineProposal:
    """Refuse the date that somebody else asked for; the present one stays. Raises WrongStateError when there is none."""
    access = access_dispute(acting_user, dispute_id, "refuse_deadline", lock=True)
    proposal = _open_for_answer(access.dispute)
    if proposal.proposed_by_id == access.participant.pk:
        raise NotYoursToDoError(_("You asked for this date; the others accept or refuse it."))
    DeadlineProposal.objects.filter(pk=proposal.pk).update(
        status=ProposalStatus.REFUSED, refused_by=access.participant, refusal=reason
    )
    write(access.dispute, "deadline.refused", Actor.user(acting_user.pk), subject=("deadline", proposal.pk))
    publish(DeadlineRefused(access.dispute.pk, proposal.pk))
    proposal.refresh_from_db()
    return proposal


def _open_for_answer(dispute: Dispute) -> DeadlineProposal:
    proposal = DeadlineProposal.objects.filter(dispute=dispute, status=ProposalStatus.OPEN).first()
    if proposal is None or not is_still_meant(dispute, proposal):
        raise WrongStateError(_("Nobody has asked for another date."), state=str(dispute.status))
    return proposal


def _move_if_accepted(dispute: Dispute, proposal: DeadlineProposal) -> None:
    agreed = set(proposal.accepted_by.values_list("pk", flat=True)) | {proposal.proposed_by_id}
    if not {party.pk for party in active_parties(dispute)} <= agreed:
        return
    DeadlineProposal.objects.filter(pk=proposal.pk).update(status=ProposalStatus.ACCEPTED)
    Dispute.objects.filter(pk=dispute.pk).update(**{proposal.kind: proposal.deadline})
    reminder = next_reminder(proposal.deadline, now())
    if proposal.kind == DeadlineKind.RESPOND:
        Invitation.objects.filter(participant__dispute=dispute, used_at=None, expires_at__lt=proposal.deadline).update(
            expires_at=proposal.deadline, next_reminder_at=reminder
        )
    else:
        Dispute.objects.filter(pk=dispute.pk).update(next_reminder_at=reminder)
    write(
        dispute,
        "deadline.moved",
        Actor.system("deadlines"),
        subject=("deadline", proposal.pk),
        facts={"kind": str(proposal.kind), "deadline": as_utc(proposal.deadline)},
    )
    publish(DeadlineMoved(dispute.pk, proposal.pk))
    proposal.refresh_from_db()
    dispute.refresh_from_db()
