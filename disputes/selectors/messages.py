"""Reading chat: one statement carries membership, privacy and the page."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from accounts.public import Role, User
from disputes.enums import StreamKind
from disputes.models import Message
from kernel.crypto import KeyScope, open_text
from kernel.errors import FieldError, NotFoundError, ValidationFailedError

# What this reader may see of one dispute; twin of `rules.can_read_stream` (a test holds them equal). Only the clauses that are
# asked for stand in a statement, and its limit is a number: PostgreSQL then plans it once and keeps the plan, which is half
# of the time of the whole page. With clauses that parameters switch off it plans anew each time.
_VISIBLE = """
    access AS (
        SELECT d.id,
               EXISTS (SELECT 1 FROM disputes_participant p WHERE p.dispute_id = d.id AND p.user_id = %(user_id)s
                          AND p.status = 'joined' AND p.side <> 'neutral') AS is_party,
               {part} AS part
          FROM disputes_dispute d WHERE d.id = %(dispute_id)s
    ),
    visible AS (
        SELECT s.id, s.kind, s.member_a_id, s.member_b_id, h.last_seq
          FROM access x
          JOIN disputes_message_stream s ON s.dispute_id = x.id
          JOIN kernel_journal_stream h ON h.id = s.id
         WHERE {may_read}
           AND (s.kind = 'joint'
                OR (s.kind = 'caucus' AND (s.member_a_id = %(user_id)s OR x.part = 'mediator'))
                OR (s.kind = 'pair' AND %(user_id)s IN (s.member_a_id, s.member_b_id)))
           {only}
    )"""
_PART_OF_LAWYER = """(SELECT a.part FROM disputes_assignment a WHERE a.dispute_id = d.id AND a.lawyer_id = %(user_id)s
                   AND a.ended_at IS NULL)"""
_ONLY_STREAM = "AND s.id = %(stream_id)s::uuid"
_ONLY_READER = "AND (s.kind = 'joint' OR %(for_user_id)s::uuid IN (s.member_a_id, s.member_b_id))"
# Times come as the text the API shows: parsing fifty of them costs more than finding the lines.
# The heads come along in the same statement, so that the reader's position belongs to exactly this page.
_PAGE = """
    WITH {visible}
    SELECT heads.last, page.*
      FROM (SELECT jsonb_object_agg(id, last_seq) AS last FROM visible) heads
      LEFT JOIN LATERAL (
        SELECT v.id AS stream_id, v.kind, v.member_a_id, v.member_b_id, m.id, m.seq, m.sender_type, m.sender_id, m.content,
               m.content_sealed, to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), m.client_id,
               m.permitted_at IS NOT NULL
          FROM visible v
          JOIN LATERAL (
               SELECT * FROM disputes_message m WHERE m.stream_id = v.id {place} ORDER BY {order_in_stream} LIMIT {limit}) m ON true
         ORDER BY {order} LIMIT {limit}) page ON true
     WHERE heads.last IS NOT NULL"""
_NEWEST = {"order_in_stream": "m.created_at DESC, m.seq DESC", "order": "m.created_at DESC, m.seq DESC, v.id DESC"}
_AFTER = {"order_in_stream": "m.seq", "order": "m.created_at, m.seq, v.id"}
_BEFORE_PLACE = """AND (m.created_at, m.seq, m.stream_id)
                       < (%(before_at)s::timestamptz, %(before_seq)s::bigint, %(before_stream)s::uuid)"""
_AFTER_PLACE = "AND m.seq > coalesce((%(after)s::jsonb ->> v.id::text)::bigint, 0)"


@lru_cache(maxsize=512)
def _statement(role: str, place: str, limit: int, has_stream: bool, has_reader: bool) -> str:
    """The one statement of a page. Everything that becomes part of its text is ours or an int."""
    visible = _VISIBLE.format(
        part=_PART_OF_LAWYER if role == Role.LAWYER else "NULL::varchar",
        may_read={Role.LAWYER: "(x.is_party OR x.part IS NOT NULL)", Role.ADMIN: "true"}.get(Role(role), "x.is_party"),
        only=" ".join([_ONLY_STREAM] * has_stream + [_ONLY_READER] * has_reader),
    )
    order = _AFTER if place == _AFTER_PLACE else _NEWEST
    return _PAGE.format(visible=visible, place=place, limit=int(limit), **order)


@dataclass(frozen=True)
class Before:
    """A place in the newest-first list."""

    at: datetime
    seq: int
    stream_id: UUID


@dataclass(frozen=True)
class MessagePage:
    """`results` as the API shows them; `cursor` says where the reader now stands; `older` leads on in the newest-first list."""

    results: list[dict[str, Any]]
    cursor: str
    older: str | None


def encode_cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def _decode(text: str, pointer: str) -> Any:
    try:
        return orjson.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, UnicodeEncodeError) as error:
        raise _bad_cursor(pointer) from error


def _bad_cursor(pointer: str) -> ValidationFailedError:
    return ValidationFailedError(
        errors=[FieldError(pointer, "invalid", _("Send the cursor exactly as an earlier answer gave it, or none."))]
    )


def decode_position(text: str) -> dict[str, int]:
    """The reader's position per stream. Raises ValidationFailedError for anything this API did not give out."""
    value = _decode(text, "/after")
    if not isinstance(value, dict) or len(value) > 1000:
        raise _bad_cursor("/after")
    position: dict[str, int] = {}
    for key, seq in value.items():
        if isinstance(seq, bool) or not isinstance(seq, int) or not 0 <= seq < 2**62:
            raise _bad_cursor("/after")
        try:
            position[str(UUID(key))] = seq
        except ValueError as error:
            raise _bad_cursor("/after") from error
    return position


def decode_before(text: str) -> Before:
    """The place after which the older page begins."""
    value = _decode(text, "/before")
    if not (
        isinstance(value, list) and len(value) == 3 and isinstance(value[1], int) and not isinstance(value[1], bool)
    ):
        raise _bad_cursor("/before")
    try:
        before = Before(datetime.fromisoformat(str(value[0])), value[1], UUID(str(value[2])))
    except ValueError as error:
        raise _bad_cursor("/before") from error
    if before.at.tzinfo is None or abs(before.seq) >= 2**62:
        raise _bad_cursor("/before")
    return before


def open_content(dispute_id: UUID, message_id: UUID, content: str, sealed: bytes | memoryview | None) -> str:
    """The words of a line, unsealed where it is private."""
    if sealed is None:
        return content
    return open_text(
        bytes(sealed),
        scope=KeyScope("dispute", dispute_id),
        table="disputes_message",
        row_id=message_id,
        column="content",
    )


def _fetch(
    place: str,
    limit: int,
    user: User,
    dispute_id: UUID,
    stream_id: UUID | None,
    for_user_id: UUID | None,
    parameters: dict[str, Any],
) -> list[tuple[Any, ...]]:
    asked = {"stream_id": stream_id, "for_user_id": for_user_id}
    statement = _statement(str(user.role), place, limit, stream_id is not None, for_user_id is not None)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user_id": user.pk, "dispute_id": dispute_id, **asked, **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def newest_messages(
    *,
    user: User,
    dispute_id: UUID,
    limit: int,
    stream_id: UUID | None = None,
    before: Before | None = None,
    for_user_id: UUID | None = None,
) -> MessagePage:
    """The newest lines this user may see, newest first. Raises NotFoundError for a dispute or stream that is not theirs."""
    place = {"before_at": before.at, "before_seq": before.seq, "before_stream": before.stream_id} if before else {}
    rows = _fetch(_BEFORE_PLACE if before else "", limit + 1, user, dispute_id, stream_id, for_user_id, place)
    if not rows:
        raise NotFoundError
    lines = [row for row in rows if row[1] is not None]
    page, reader_id = lines[:limit], user.pk
    older = None
    if len(lines) > limit:
        last = page[-1]
        older = encode_cursor([last[11], last[6], str(last[1])])
    heads = orjson.loads(rows[0][0]) if isinstance(rows[0][0], (str, bytes)) else rows[0][0]
    return MessagePage([_shown(dispute_id, reader_id, row) for row in page], encode_cursor(heads), older)


def messages_after(
    *,
    user: User,
    dispute_id: UUID,
    position: dict[str, int],
    limit: int,
    stream_id: UUID | None = None,
    for_user_id: UUID | None = None,
) -> MessagePage:
    """What followed a position, oldest first, gapless per stream; ask again with the new cursor until nothing comes."""
    after = {"after": orjson.dumps(position).decode()}
    rows = _fetch(_AFTER_PLACE, limit, user, dispute_id, stream_id, for_user_id, after)
    if not rows:
        raise NotFoundError
    page, reader_id = [row for row in rows if row[1] is not None], user.pk
    reached = dict(position)
    for row in page:
        reached[str(row[1])] = row[6]
    return MessagePage([_shown(dispute_id, reader_id, row) for row in page], encode_cursor(reached), None)


def _shown(dispute_id: UUID, reader_id: UUID, row: tuple[Any, ...]) -> dict[str, Any]:
    (
        _,
        stream,
        kind,
        member_a,
        member_b,
        message_id,
        seq,
        sender_type,
        sender_id,
        content,
        sealed,
        created_at,
        client_id,
        may_use,
    ) = row
    shown = {
        "id": message_id,
        "stream": stream,
        "seq": seq,
        "sender_type": sender_type,
        "sender_id": sender_id,
        "is_private": kind != "joint",
        "recipient_id": _recipient(kind, sender_id, member_a, member_b),
        "content": open_content(dispute_id, message_id, content, sealed),
        "created_at": created_at.replace(".000000Z", "Z"),
    }
    if can_be_permitted(kind, sender_id, member_a):
        shown["may_use"] = may_use
    if sender_id == reader_id:
        shown["client_id"] = client_id
    return shown


def can_be_permitted(kind: str, sender_id: UUID | None, member_a: UUID | None) -> bool:
    """Whether a line is a party's own in its caucus: that party decides whether it may shape proposals."""
    return kind == StreamKind.CAUCUS and sender_id is not None and sender_id == member_a


def _recipient(kind: str, sender_id: UUID | None, member_a: UUID | None, member_b: UUID | None) -> UUID | None:
    if kind == "pair":
        return member_b if sender_id == member_a else member_a
    if kind == "caucus" and sender_id != member_a:
        return member_a
    return None


def line_shape(dispute_id: UUID, row: Message) -> dict[str, Any]:
    """One line as its sender gets it again."""
    stream = row.stream
    is_own = can_be_permitted(stream.kind, row.sender_id, stream.member_a_id)
    return {
        "id": row.pk,
        "stream": row.stream_id,
        "seq": row.seq,
        "sender_type": row.sender_type,
        "sender_id": row.sender_id,
        "is_private": stream.kind != StreamKind.JOINT,
        "recipient_id": _recipient(stream.kind, row.sender_id, stream.member_a_id, stream.member_b_id),
        "content": open_content(dispute_id, row.pk, row.content, row.content_sealed),
        "created_at": row.created_at,
        "client_id": row.client_id,
        **({"may_use": row.permitted_at is not None} if is_own else {}),
    }
