"""What the live room of a dispute needs to know of its readers, for one who enters and for all who are in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.public import Role, User
from disputes.enums import StreamKind
from disputes.models import Assignment, Dispute, MessageReceipt, MessageStream, Participant
from disputes.rules import Standing
from disputes.selectors.access import CaseAccess, access_dispute, streams_for
from disputes.transitions import ARBITRATOR, COUNSEL, MEDIATOR, PARTY


@dataclass(frozen=True)
class Seat:
    """What somebody is in a room. `is_shown`: parties and neutrals see when they are there, typing, and how far they read."""

    is_party: bool
    reads_caucuses: bool
    is_shown: bool
    may_write: bool

    def may_read(self, user_id: UUID, kind: str, members: Sequence[UUID | None]) -> bool:
        """Twin of `rules.can_read_stream`, for one who sees the dispute."""
        if kind == StreamKind.JOINT:
            return True
        return user_id in members or (kind == StreamKind.CAUCUS and self.reads_caucuses)


def seat_of(standing: Standing) -> Seat:
    """The seat that follows from a standing."""
    return _seat(standing.parts)


def _seat(parts: frozenset[str]) -> Seat:
    return Seat(
        is_party=bool(parts & PARTY),
        reads_caucuses=MEDIATOR in parts,
        is_shown=bool(parts & (PARTY | {MEDIATOR, ARBITRATOR})),
        may_write=bool(parts & (PARTY | {MEDIATOR, ARBITRATOR, COUNSEL})),
    )


@dataclass(frozen=True)
class StreamHead:
    """A stream, who is in it, and its last number."""

    dispute_id: UUID
    id: UUID
    kind: str
    members: tuple[UUID | None, UUID | None]
    last_seq: int


@dataclass(frozen=True)
class Mark:
    """How far one reader of a stream has come."""

    stream_id: UUID
    user_id: UUID
    delivered: int
    read: int


@dataclass(frozen=True)
class Entrance:
    """What somebody finds who enters a room: `heads` are the last numbers of the streams they may read."""

    seat: Seat
    heads: dict[str, int]
    marks: tuple[Mark, ...]


def enter_room(user: User, dispute_id: UUID) -> Entrance:
    """Raises NotFoundError when the dispute is not theirs to see."""
    access = access_dispute(user, dispute_id)
    seat = seat_of(access.standing)
    heads = {
        str(head.id): head.last_seq
        for head in heads_of([dispute_id])
        if seat.may_read(user.pk, head.kind, head.members)
    }
    return Entrance(seat, heads, marks_for(access))


def marks_for(access: CaseAccess) -> tuple[Mark, ...]:
    """How far everybody has come in the streams that the reader may read."""
    rows = MessageReceipt.objects.filter(stream__in=streams_for(access)).order_by("stream_id", "user_id")
    return tuple(
        Mark(stream_id, user_id, delivered, read)
        for stream_id, user_id, delivered, read in rows.values_list("stream_id", "user_id", "delivered_seq", "read_seq")
    )


_SEATS = f"""
    SELECT asked.place, u.role,
           (SELECT p.side FROM "{Participant._meta.db_table}" p WHERE p.dispute_id = d.id AND p.user_id = u.id
               AND p.status = 'joined' AND p.side <> 'neutral'),
           ARRAY(SELECT a.part FROM "{Assignment._meta.db_table}" a WHERE a.dispute_id = d.id AND a.lawyer_id = u.id
                    AND a.ended_at IS NULL AND u.role = 'lawyer')::varchar[]
      FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS asked(user_id, dispute_id, place)
      JOIN "{User._meta.db_table}" u ON u.id = asked.user_id AND u.is_active
      JOIN "{Dispute._meta.db_table}" d ON d.id = asked.dispute_id"""  # noqa: S608 - names of our own tables


def seats_now(people: Sequence[tuple[UUID, UUID]]) -> dict[int, Seat]:
    """For (user, dispute) by their place: the seat each has at this moment; none for who sees the dispute no more.

    One SQL statement; twin of `rules.standing_in` (a test holds them equal).
    """
    if not people:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SEATS, ([user for user, _ in people], [dispute for _, dispute in people]))
        rows = cursor.fetchall()
    seats = {}
    for place, role, side, assigned in rows:
        parts = frozenset([*([side] if side else []), *assigned, *(["admin"] if role == Role.ADMIN else [])])
        if parts:
            seats[int(place) - 1] = _seat(parts)
    return seats


_HEADS = f"""
    SELECT s.dispute_id, s.id, s.kind, s.member_a_id, s.member_b_id, h.last_seq
      FROM "{MessageStream._meta.db_table}" s JOIN kernel_journal_stream h ON h.id = s.id
     WHERE s.dispute_id = ANY(%s::uuid[])"""  # noqa: S608 - names of our own tables


def heads_of(disputes: Sequence[UUID]) -> list[StreamHead]:
    """Every stream of the disputes with its last number. For the hub, which asks `Seat.may_read` before it uses one."""
    if not disputes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, (list(disputes),))
        return [StreamHead(row[0], row[1], row[2], (row[3], row[4]), row[5]) for row in cursor.fetchall()]


def status_frame(dispute_id: UUID, about: str) -> dict[str, str] | None:
    """What a room is told when something of its case changed; None when not everybody in it may know that it did."""
    dispute = Dispute.objects.get(pk=dispute_id)
    if about == "evidence" and dispute.disclosed_at is None:
        return None  # until then only its uploader sees that there is any
    return {"about": about, "status": str(dispute.status), "outcome": str(dispute.outcome)}
