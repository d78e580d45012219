"""A chat line as the AI mediator gets it: what was said, where, by whom, and whether a human mediates instead."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from disputes.enums import Part, ParticipantStatus, SenderType, StreamKind
from disputes.models import Assignment, MediatorReply, Message, Participant
from disputes.selectors.messages import open_content


@dataclass(frozen=True)
class AskedLine:
    """`participant_id` is the party that wrote the line; None for a lawyer's or the AI's own."""

    message_id: UUID
    dispute_id: UUID
    stream_id: UUID
    kind: Literal["joint", "caucus", "pair"]
    sender_type: Literal["user", "ai", "system"]
    participant_id: UUID | None
    user_id: UUID | None
    text: str
    created_at: datetime
    is_newest: bool  # nothing was said in the stream since
    is_answered: bool
    has_human_mediator: bool
    members: tuple[UUID, ...]  # who is in a private stream, for frames


def asked_line(message_id: UUID) -> AskedLine:
    """The line behind a MessagePosted event. Its words are for an audience no wider than its stream. Raises Message.DoesNotExist."""
    row = Message.objects.select_related("stream").get(pk=message_id)
    stream = row.stream
    writer = Participant.objects.filter(
        dispute_id=stream.dispute_id, user_id=row.sender_id, status=ParticipantStatus.JOINED
    ).first()
    return AskedLine(
        message_id=row.pk,
        dispute_id=stream.dispute_id,
        stream_id=stream.pk,
        kind=StreamKind(stream.kind).value,
        sender_type=SenderType(row.sender_type).value,
        participant_id=writer.pk if writer is not None and row.sender_id is not None else None,
        user_id=row.sender_id,
        text=open_content(stream.dispute_id, row.pk, row.content, row.content_sealed),
        created_at=row.created_at,
        is_newest=not Message.objects.filter(stream=stream, seq__gt=row.seq).exists(),
        is_answered=MediatorReply.objects.filter(in_reply_to=row).exists(),
        has_human_mediator=has_human_mediator(stream.dispute_id),
        members=tuple(user_id for user_id in (stream.member_a_id, stream.member_b_id) if user_id is not None),
    )


def has_human_mediator(dispute_id: UUID) -> bool:
    """Whether a lawyer mediates the case now; caucuses are then between the party and that person."""
    return Assignment.objects.filter(dispute_id=dispute_id, part=Part.MEDIATOR, ended_at=None).exists()
