"""Another date, if everybody agrees to it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DeadlineKind, DisputeStatus, ProposalStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.events import DeadlineMoved, DeadlineProposed
from disputes.models import DeadlineProposal, Dispute, Invitation
from disputes.rules import is_open_for
from disputes.selectors.access import CaseAccess, access_dispute, active_parties
from disputes.services.records import write
from kernel.clock import as_utc, now
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish

MAX_DAYS_AHEAD = 365


@transaction.atomic
def propose_deadline(*, acting_user: User, dispute_id: UUID, deadline: datetime) -> DeadlineProposal:
    """Ask for another date of the deadline that runs now. It holds once every other active party accepts; alone, at once."""
    access = access_dispute(acting_user, dispute_id, "propose_deadline", lock=True)
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
    dispute = access.dispute
    kind = DeadlineKind.RESPOND if dispute.status == DisputeStatus.INVITE_SENT else DeadlineKind.STATEMENT
    DeadlineProposal.objects.filter(dispute=dispute, status=ProposalStatus.OPEN).update(
        status=ProposalStatus.SUPERSEDED
    )
    proposal = DeadlineProposal.objects.create(
        dispute=dispute, proposed_by=access.participant, kind=kind, deadline=deadline
    )
    write(
        dispute,
        "deadline.proposed",
        Actor.user(acting_user.pk),
        subject=("deadline", proposal.pk),
        facts={"kind": str(kind), "deadline": as_utc(deadline)},
    )
    publish(DeadlineProposed(dispute.pk, proposal.pk))
    _move_if_accepted(access, proposal)
    return proposal


@transaction.atomic
def accept_deadline(*, acting_user: User, dispute_id: UUID) -> DeadlineProposal:
    """Accept the date that somebody else asked for. Raises WrongStateError when there is none."""
    access = access_dispute(acting_user, dispute_id, "accept_deadline", lock=True)
    proposal = DeadlineProposal.objects.filter(dispute=access.dispute, status=ProposalStatus.OPEN).first()
    if proposal is None or not _still_meant(access.dispute, proposal):
        raise WrongStateError(_("Nobody has asked for another date."), state=str(access.dispute.status))
    if proposal.proposed_by_id == access.participant.pk:
        raise NotYoursToDoError(_("You asked for this date; the others accept it."))
    if proposal.accepted_by.filter(pk=access.participant.pk).exists():
        return proposal
    proposal.accepted_by.add(access.participant)
    write(access.dispute, "deadline.accepted", Actor.user(acting_user.pk), subject=("deadline", proposal.pk))
    _move_if_accepted(access, proposal)
    return proposal


def _still_meant(dispute: Dispute, proposal: DeadlineProposal) -> bool:
    wanted = DeadlineKind.RESPOND if dispute.status == DisputeStatus.INVITE_SENT else DeadlineKind.STATEMENT
    return proposal.kind == wanted and proposal.deadline > now() and is_open_for(dispute, "accept_deadline")


def _move_if_accepted(access: CaseAccess, proposal: DeadlineProposal) -> None:
    agreed = set(proposal.accepted_by.values_list("pk", flat=True)) | {proposal.proposed_by_id}
    if not {party.pk for party in active_parties(access.dispute)} <= agreed:
        return
    DeadlineProposal.objects.filter(pk=proposal.pk).update(status=ProposalStatus.ACCEPTED)
    Dispute.objects.filter(pk=access.dispute.pk).update(**{proposal.kind: proposal.deadline})
    if proposal.kind == DeadlineKind.RESPOND:
        Invitation.objects.filter(participant__dispute=access.dispute, used_at=None).update(
            expires_at=proposal.deadline
        )
    write(
        access.dispute,
        "deadline.moved",
        Actor.system("deadlines"),
        subject=("deadline", proposal.pk),
        facts={"kind": str(proposal.kind), "deadline": as_utc(proposal.deadline)},
    )
    publish(DeadlineMoved(access.dispute.pk, proposal.pk))
    proposal.refresh_from_db()
    access.dispute.refresh_from_db()
