"""What is due, found by scans whose cost is what is due."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from disputes.enums import ContractStatus, DisputeStatus, ParticipantStatus, ResolutionStatus
from disputes.models import Contract, Dispute, Invitation, Resolution
from kernel.clock import DbNow

AT_ONCE = 500
REMINDER_DAYS = (7, 3, 1)  # before a deadline, largest first


def next_reminder(deadline: datetime, present: datetime) -> datetime | None:
    """When the first reminder that still lies ahead is due; None when the deadline is nearer than the last one."""
    ahead = (deadline - timedelta(days=days) for days in REMINDER_DAYS)
    return next((moment for moment in ahead if moment > present), None)


def reminder_step(deadline: datetime, present: datetime) -> int:
    """Which reminder is due: the last one whose moment has come. Reminders that a standstill swallowed are not sent in a row."""
    return min(
        (days for days in REMINDER_DAYS if deadline - timedelta(days=days) <= present), default=max(REMINDER_DAYS)
    )


def disputes_to_remind() -> list[UUID]:
    """Disputes whose running deadline has a reminder due."""
    return list(Dispute.objects.filter(next_reminder_at__lte=DbNow()).values_list("pk", flat=True)[:AT_ONCE])


def invitations_to_remind() -> list[UUID]:
    return list(Invitation.objects.filter(next_reminder_at__lte=DbNow()).values_list("pk", flat=True)[:AT_ONCE])


def disputes_with_lapsed_invitations() -> list[UUID]:
    """Disputes with an open invitation whose time has passed."""
    return list(
        Invitation.objects.filter(used_at=None, expires_at__lte=DbNow(), participant__status=ParticipantStatus.INVITED)
        .values_list("participant__dispute_id", flat=True)
        .distinct()[:AT_ONCE]
    )


def disputes_past_statement_deadline() -> list[UUID]:
    return list(
        Dispute.objects.filter(status=DisputeStatus.STATING, statement_deadline__lte=DbNow()).values_list(
            "pk", flat=True
        )[:AT_ONCE]
    )


def disputes_past_consent_deadline() -> list[UUID]:
    """Mediations whose rounds are used up, and whose time to consent to arbitration is over."""
    return list(Dispute.objects.filter(consent_deadline__lte=DbNow()).values_list("pk", flat=True)[:AT_ONCE])


def contracts_to_draw_up() -> list[tuple[UUID, UUID]]:
    """Dispute and contract of every contract in `drafting` without a live lease, oldest first."""
    return list(
        Contract.objects.filter(status=ContractStatus.DRAFTING, checksum="")
        .filter(Q(lease_until=None) | Q(lease_until__lte=DbNow()))
        .order_by("created_at")
        .values_list("dispute_id", "pk")[:AT_ONCE]
    )


def contracts_to_check_again() -> list[UUID]:
    """Drawn up contracts whose check has not come back in time."""
    return list(
        Contract.objects.filter(status=ContractStatus.DRAFTING, check_due_at__lte=DbNow())
        .order_by("check_due_at")
        .values_list("pk", flat=True)[:AT_ONCE]
    )


def rankings_past_deadline() -> list[UUID]:
    """Rounds whose time to rank is over."""
    return list(
        Resolution.objects.filter(status=ResolutionStatus.RANKING, rank_by__lte=DbNow()).values_list("pk", flat=True)[
            :AT_ONCE
        ]
    )


def disputes_waiting_too_long() -> list[UUID]:
    """Cases in which a person should have answered by now, and of which the back-office was not reminded for a day."""
    return list(
        Dispute.objects.filter(human_due_at__lte=DbNow())
        .filter(Q(human_reminded_at=None) | Q(human_reminded_at__lte=DbNow() - timedelta(days=1)))
        .values_list("pk", flat=True)[:AT_ONCE]
    )


def is_being_drawn_up(contract_id: UUID) -> bool:
    """Whether a worker holds the contract at this moment: not waiting, not done, not pausing after a failure."""
    return Contract.objects.filter(
        pk=contract_id, status=ContractStatus.DRAFTING, checksum="", lease_until__gt=DbNow(), failure=""
    ).exists()
