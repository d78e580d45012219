"""What the mediator must know to answer a chat line in the room it was written in, and nothing of any other private room."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings

from disputes.enums import FINAL_STATUSES, DisputeStatus, Mode, Part, SenderType, StreamKind
from disputes.models import Assignment, Dispute, Message, Resolution
from disputes.selectors.access import active_parties
from disputes.selectors.messages import open_content
from disputes.selectors.rounds import failed_rounds
from kernel.clock import local_date, now

MOST_LINES = 30  # of one burst, the newest


@dataclass(frozen=True)
class CaseState:
    """Where a case stands, for telling a party what comes next. Known to every party."""

    status: str
    protocol: str
    statement_deadline: date | None
    consent_deadline: date | None
    rounds_left: int
    is_escalated: bool
    has_human_mediator: bool


@dataclass(frozen=True)
class MediatorTurn:
    """What one person wrote since the mediator last spoke in this stream: `newest_id` is the line an answer answers."""

    dispute_id: UUID
    stream_id: UUID
    kind: Literal["joint", "caucus"]
    author_id: UUID
    participant_id: UUID
    lines: tuple[str, ...]
    newest_id: UUID
    quiet_for: timedelta
    replies_before: int
    members: tuple[UUID, ...]
    state: CaseState


def case_state(dispute_id: UUID) -> CaseState:
    return _state(Dispute.objects.get(pk=dispute_id))


def mediator_turn(message_id: UUID) -> MediatorTurn | None:
    """What to answer because of this line; None when there is nothing to answer (any more).

    That is: answered already, written by nobody who is an active party, in a private pair, in a closed room, in a case that has ended
    or is before its arbitrator, or in a caucus that a human mediator reads.
    """
    message = Message.objects.select_related("stream__dispute").filter(pk=message_id).first()
    if message is None or message.sender_type != SenderType.USER or message.sender_id is None:
        return None
    stream, dispute = message.stream, message.stream.dispute
    participant = active_parties(dispute).filter(user_id=message.sender_id).first()
    if participant is None or stream.kind == StreamKind.PAIR or stream.closed_at is not None or _is_over(dispute):
        return None
    state = _state(dispute)
    if stream.kind == StreamKind.CAUCUS and (stream.member_a_id != message.sender_id or state.has_human_mediator):
        return None
    spoken = Message.objects.filter(stream=stream, sender_type=SenderType.AI)
    last_reply = spoken.order_by("-seq").values_list("seq", flat=True).first() or 0
    if last_reply > message.seq:
        return None
    own = Message.objects.filter(stream=stream, sender_id=message.sender_id, seq__gt=last_reply).order_by("-seq")[
        :MOST_LINES
    ]
    lines = list(own)[::-1]
    return MediatorTurn(
        dispute_id=dispute.pk,
        stream_id=stream.pk,
        kind="joint" if stream.kind == StreamKind.JOINT else "caucus",
        author_id=message.sender_id,
        participant_id=participant.pk,
        lines=tuple(open_content(dispute.pk, line.pk, line.content, line.content_sealed) for line in lines),
        newest_id=lines[-1].pk,
        quiet_for=now() - lines[-1].created_at,
        replies_before=spoken.count(),
        members=_members(dispute, stream.kind, stream.member_a_id),
        state=state,
    )


def _members(dispute: Dispute, kind: str, member_id: UUID | None) -> tuple[UUID, ...]:
    if kind == StreamKind.CAUCUS:
        return (member_id,) if member_id is not None else ()
    return tuple(user_id for user_id in active_parties(dispute).values_list("user_id", flat=True) if user_id)


def _is_over(dispute: Dispute) -> bool:
    if dispute.status in FINAL_STATUSES or dispute.status == DisputeStatus.ARBITRATING:
        return True
    return Resolution.objects.filter(dispute=dispute, mode=Mode.ARBITRATION).exists()


def _state(dispute: Dispute) -> CaseState:
    return CaseState(
        status=dispute.status,
        protocol=dispute.protocol,
        statement_deadline=_day(dispute, dispute.statement_deadline),
        consent_deadline=_day(dispute, dispute.consent_deadline),
        rounds_left=max(0, settings.DISPUTES_MAX_ROUNDS - failed_rounds(dispute)),
        is_escalated=dispute.escalated_at is not None,
        has_human_mediator=Assignment.objects.filter(dispute=dispute, part=Part.MEDIATOR, ended_at=None).exists(),
    )


def _day(dispute: Dispute, moment: datetime | None) -> date | None:
    return local_date(moment, dispute.timezone) if moment is not None else None
