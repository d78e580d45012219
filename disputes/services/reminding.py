"""Reminders before a deadline: once for each deadline and step, to whoever still has to act."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from disputes.enums import Awaited, ParticipantStatus
from disputes.events import DeadlineNear, HumanOverdue
from disputes.models import DeadlineReminder, Dispute, Invitation
from disputes.selectors.deadlines import running_deadline
from disputes.selectors.due import next_reminder, reminder_step
from disputes.services.moves import lock_dispute
from disputes.services.records import write
from kernel.clock import DbNow, as_utc, now
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.outbox import publish

EACH_DAY = timedelta(days=1)


@transaction.atomic
def remind_of_deadline(*, dispute_id: UUID) -> bool:
    """Remind of the deadline that runs in a case; False when nothing is due (any more). The next reminder is set."""
    dispute, present = lock_dispute(dispute_id), now()
    if dispute.next_reminder_at is None or dispute.next_reminder_at > present:
        return False
    running = running_deadline(dispute)
    following = next_reminder(running.at, present) if running is not None else None
    Dispute.objects.filter(pk=dispute.pk).update(next_reminder_at=following)
    return running is not None and _remind(dispute, None, running.awaited, running.at, present)


@transaction.atomic
def remind_of_invitation(*, invitation_id: UUID) -> bool:
    """Remind an invited person to answer; False when nothing is due (any more). The next reminder is set."""
    dispute = lock_dispute(Invitation.objects.values_list("participant__dispute_id", flat=True).get(pk=invitation_id))
    invitation, present = Invitation.objects.select_related("participant").get(pk=invitation_id), now()
    if invitation.next_reminder_at is None or invitation.next_reminder_at > present:
        return False
    participant = invitation.participant
    is_awaited = (
        participant.status == ParticipantStatus.INVITED
        and participant.wrong_address_at is None
        and invitation.used_at is None
        and not dispute.is_final
    )
    following = next_reminder(invitation.expires_at, present) if is_awaited else None
    Invitation.objects.filter(pk=invitation.pk).update(next_reminder_at=following)
    return is_awaited and _remind(dispute, invitation, Awaited.ANSWER, invitation.expires_at, present)


def _remind(
    dispute: Dispute, invitation: Invitation | None, awaited: Awaited, deadline: datetime, present: datetime
) -> bool:
    if deadline <= present:
        return False
    days = reminder_step(deadline, present)
    reminder, is_new = DeadlineReminder.objects.get_or_create(
        dispute=dispute, invitation=invitation, awaited=awaited, deadline=deadline, days=days
    )
    if not is_new:  # the date was moved away and back
        return False
    write(
        dispute,
        "deadline.reminded",
        Actor.system("deadlines"),
        subject=("participant", invitation.participant_id) if invitation is not None else None,
        facts={"kind": str(awaited), "days": days, "deadline": as_utc(deadline)},
        is_hidden=True,
    )
    publish(DeadlineNear(dispute.pk, reminder.pk))
    return True


@transaction.atomic
def remind_of_waiting_for_human(*, dispute_id: UUID) -> bool:
    """A person should have answered by now: the back-office is told, again each day. False when that is not so (any more)."""
    dispute, present = lock_dispute(dispute_id), now()
    if dispute.human_due_at is None or dispute.human_due_at > present:
        return False
    if dispute.human_reminded_at is not None and dispute.human_reminded_at > present - EACH_DAY:
        return False
    Dispute.objects.filter(pk=dispute.pk).update(human_reminded_at=DbNow())
    publish(HumanOverdue(dispute.pk, new_id()))
    return True
