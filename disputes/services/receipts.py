"""How far the readers of message streams have come. High-water marks, not facts of the case: neither journalled nor published."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from disputes.enums import StreamKind
from disputes.models import MessageReceipt, MessageStream
from disputes.selectors.rooms import Mark
from kernel.ids import new_id


@dataclass(frozen=True)
class MovedMark:
    """A mark that has grown, and whom it concerns: the readers of its stream."""

    mark: Mark
    dispute_id: UUID
    kind: StreamKind
    members: tuple[UUID | None, UUID | None]


# Never beyond what the stream holds: a client can only have got what was written.
_NOTE = f"""
    INSERT INTO "{MessageReceipt._meta.db_table}" AS mark (id, stream_id, user_id, delivered_seq, read_seq, updated_at)
    SELECT given.id, given.stream_id, given.user_id, least(greatest(given.delivered, given.read), h.last_seq),
           least(given.read, h.last_seq), kernel_now()
      FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[])
           AS given(id, stream_id, user_id, delivered, read)
      JOIN kernel_journal_stream h ON h.id = given.stream_id
     ORDER BY given.stream_id, given.user_id
        ON CONFLICT (stream_id, user_id) DO UPDATE
       SET delivered_seq = greatest(mark.delivered_seq, excluded.delivered_seq),
           read_seq = greatest(mark.read_seq, excluded.read_seq), updated_at = excluded.updated_at
     WHERE excluded.delivered_seq > mark.delivered_seq OR excluded.read_seq > mark.read_seq
 RETURNING stream_id, user_id, delivered_seq, read_seq"""  # noqa: S608 - the name of our own table


@transaction.atomic
def note_receipts(*, marks: Sequence[Mark]) -> list[MovedMark]:
    """Raise the marks; returns those that have grown. In one order, so that two processes never wait for each other."""
    if not marks:
        return []
    columns = (
        [new_id() for _ in marks],
        [mark.stream_id for mark in marks],
        [mark.user_id for mark in marks],
        [mark.delivered for mark in marks],
        [mark.read for mark in marks],
    )
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, columns)
        grown = [Mark(*row) for row in cursor.fetchall()]
    streams = MessageStream.objects.in_bulk({mark.stream_id for mark in grown})
    return [
        MovedMark(
            mark,
            streams[mark.stream_id].dispute_id,
            StreamKind(streams[mark.stream_id].kind),
            (streams[mark.stream_id].member_a_id, streams[mark.stream_id].member_b_id),
        )
        for mark in grown
    ]
