"""What each party was told of its own position, and whether everybody has answered. Time is the authority, the sweep its herald."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from disputes.enums import DisputeStatus, ParticipantStatus, Protocol, UnderstandingStatus
from disputes.models import Dispute, Participant, Understanding
from disputes.rules import Standing
from disputes.selectors.sealed_answers import understanding_text
from kernel.clock import DbNow, now

ANSWERED = (UnderstandingStatus.CONFIRMED, UnderstandingStatus.CORRECTED)


def newest_understanding(participant: Participant) -> Understanding | None:
    """The one that was asked for last."""
    return Understanding.objects.filter(participant=participant).order_by("-created_at", "-id").first()


def effective_status(row: Understanding, present: datetime | None = None) -> UnderstandingStatus:
    """`expired` once its time is over, also before the sweep has said so."""
    if row.status == UnderstandingStatus.PENDING and row.confirm_by <= (present or now()):
        return UnderstandingStatus.EXPIRED
    return UnderstandingStatus(row.status)


def is_understanding_pending(dispute: Dispute) -> bool:
    """Whether an active party has neither answered its summary nor let the time pass. No summaries are asked for elsewhere."""
    return waiting_understandings(dispute).filter(confirm_by__gt=DbNow()).exists()


def waiting_understandings(dispute: Dispute) -> QuerySet[Understanding]:
    """Those of active parties that nobody has answered or closed."""
    return Understanding.objects.filter(
        dispute=dispute, status=UnderstandingStatus.PENDING, participant__status=ParticipantStatus.JOINED
    )


def own_pending() -> QuerySet[Understanding]:
    """For lists: summaries that still wait for their party."""
    return Understanding.objects.filter(status=UnderstandingStatus.PENDING, confirm_by__gt=DbNow())


def may_answer_understanding(dispute: Dispute, standing: Standing) -> bool:
    """Whether a summary waits for this party. `dispute.pending_understandings`, when prefetched, saves the statement."""
    if (
        standing.participant is None
        or dispute.protocol != Protocol.MEDIATED
        or dispute.status != DisputeStatus.MEDIATING
    ):
        return False
    if not hasattr(dispute, "pending_understandings"):
        dispute.pending_understandings = list(own_pending().filter(dispute=dispute))  # type: ignore[attr-defined]
    own = standing.participant.pk
    return any(row.participant_id == own for row in dispute.pending_understandings)  # type: ignore[attr-defined]


def answered_understandings(dispute: Dispute) -> list[Understanding]:
    """Of every active party the newest one that it confirmed or corrected."""
    newer = Understanding.objects.filter(
        Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), id__gt=OuterRef("id")),
        participant=OuterRef("participant"),
        status__in=ANSWERED,
    )
    return list(
        Understanding.objects.filter(
            ~Exists(newer), dispute=dispute, status__in=ANSWERED, participant__status=ParticipantStatus.JOINED
        )
        .select_related("participant")
        .order_by("participant__created_at", "participant_id")
    )


def shown_understanding(row: Understanding) -> tuple[str, str]:
    """Summary and correction in clear, for the party whose own they are."""
    return understanding_text(row, "summary"), understanding_text(row, "correction")


def understandings_past_deadline() -> list[UUID]:
    """Disputes in which somebody let the time to answer pass."""
    return list(
        Understanding.objects.filter(status=UnderstandingStatus.PENDING, confirm_by__lte=DbNow())
        .values_list("dispute_id", flat=True)
        .distinct()[:500]
    )


def understandings_to_ask_again() -> list[UUID]:
    """Summaries that the mediator has not given yet and that are due to be asked for again."""
    return list(
        Understanding.objects.filter(
            status=UnderstandingStatus.PENDING, request_due_at__lte=DbNow(), confirm_by__gt=DbNow()
        ).values_list("pk", flat=True)[:500]
    )
