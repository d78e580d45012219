"""Which lawyer works a case, and as what."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import Role, User
from disputes.enums import Part
from disputes.events import LawyerAssigned, NeutralsChanged
from disputes.models import Assignment, Dispute, Participant
from disputes.selectors.access import access_dispute
from disputes.selectors.award_drafts import has_seen_caucus
from disputes.services.consent_period import settle_consent_period
from disputes.services.records import write
from kernel.clock import DbNow
from kernel.errors import ConflictError, FieldError, NotFoundError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish


@transaction.atomic
def assign_lawyer(*, acting_user: User, dispute_id: UUID, lawyer_id: UUID, part: str) -> Assignment:
    """Give a lawyer a part in a case. The same part again answers with the same assignment.

    Whoever was this dispute's mediator may have read a caucus and never becomes its arbitrator, nor the other way round. Raises
    ValidationFailedError for somebody who is no lawyer or is a party, ConflictError for parts that exclude each other.
    """
    access = access_dispute(acting_user, dispute_id, "assign", lock=True)
    dispute = access.dispute
    lawyer = User.objects.filter(pk=lawyer_id, role=Role.LAWYER, is_active=True).first()
    if lawyer is None or Participant.objects.filter(dispute=dispute, user_id=lawyer_id).exists():
        raise ValidationFailedError(
            errors=[FieldError("/lawyer_id", "invalid", _("Name an active lawyer who is no party of this dispute."))]
        )
    current = Assignment.objects.filter(dispute=dispute, lawyer=lawyer, ended_at=None).first()
    if current is not None and current.part == part:
        return current
    if current is not None:
        raise ConflictError(
            _("This lawyer is the case's %(part)s already. End that assignment first.")
            % {"part": current.get_part_display()}
        )
    _check_exclusive(dispute, lawyer, part)
    assignment = Assignment.objects.create(dispute=dispute, lawyer=lawyer, part=part, assigned_by=acting_user)
    if part != Part.COUNSEL:
        Dispute.objects.filter(pk=dispute.pk).update(escalated_at=None, human_due_at=None)
    write(
        dispute,
        "lawyer.assigned",
        Actor.user(acting_user.pk),
        subject=("assignment", assignment.pk),
        facts={"lawyer_id": str(lawyer.pk), "part": str(part)},
        is_hidden=part == Part.COUNSEL,
    )
    publish(LawyerAssigned(dispute.pk, assignment.pk))
    if part != Part.COUNSEL:
        publish(NeutralsChanged(dispute.pk))
    settle_consent_period(dispute)
    return assignment


def _check_exclusive(dispute: Dispute, lawyer: User, part: str) -> None:
    if part != Part.COUNSEL and Assignment.objects.filter(dispute=dispute, part=part, ended_at=None).exists():
        raise ConflictError(
            _("The case has a %(part)s already. End that assignment first.") % {"part": Part(part).label}
        )
    if (
        part == Part.MEDIATOR
        and Assignment.objects.filter(dispute=dispute, lawyer=lawyer, part=Part.ARBITRATOR).exists()
    ):
        raise ConflictError(_("Who was the mediator of a dispute never arbitrates it, and the other way round."))
    if part == Part.ARBITRATOR and has_seen_caucus(lawyer.pk, dispute):  # its mediators among others
        raise ConflictError(_("Who was the mediator of a dispute never arbitrates it, and the other way round."))


@transaction.atomic
def end_assignment(*, acting_user: User, dispute_id: UUID, assignment_id: UUID) -> None:
    """End a lawyer's part, in whatever state the case is; from now on they do not see it.

    Raises NotFoundError, also for an assignment that has ended already, and NotYoursToDoError.
    """
    access = access_dispute(acting_user, dispute_id, "unassign", lock=True)
    alive = Assignment.objects.filter(pk=assignment_id, dispute=access.dispute, ended_at=None)
    part = alive.values_list("part", flat=True).first()
    if part is None or not alive.update(ended_at=DbNow()):
        raise NotFoundError
    is_hidden = part == Part.COUNSEL
    write(
        access.dispute,
        "lawyer.unassigned",
        Actor.user(acting_user.pk),
        subject=("assignment", assignment_id),
        is_hidden=is_hidden,
    )
    if not is_hidden:
        publish(NeutralsChanged(access.dispute.pk))
    settle_consent_period(access.dispute)
