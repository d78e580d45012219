"""Chat lines: check, number, journal, insert and outbox in one statement (architecture.md, decision 5)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.public import Role, User
from disputes.enums import SenderType, StreamKind
from disputes.errors import LineInFlightError, NotYoursToDoError
from disputes.events import MessagePosted
from disputes.models import Message, MessageStream
from disputes.selectors.access import CaseAccess, access_dispute, active_parties
from disputes.selectors.messages import can_be_permitted, open_content
from disputes.services.streams import caucus_stream_id, joint_stream_id, pair_stream_id
from disputes.transitions import MEDIATOR, states_for
from kernel import journal
from kernel.clock import as_utc
from kernel.context import request_id
from kernel.crypto import KeyScope, seal_text
from kernel.errors import FieldError, ValidationFailedError
from kernel.ids import new_id
from kernel.journal import ENTRY_INSERT, HEAD_STEP, Actor, StreamRef, draft_entry
from kernel.outbox import wake_after_commit


@dataclass(frozen=True)
class PostedMessage:
    """A committed chat line as its readers get it."""

    id: UUID
    stream_id: UUID
    seq: int
    sender_type: str
    sender_id: UUID | None
    is_private: bool
    recipient_id: UUID | None
    content: str
    created_at: datetime
    client_id: str | None
    kind: StreamKind
    may_use: bool | None = None  # only of a party's line in its own caucus

    @property
    def readers(self) -> tuple[UUID, ...]:
        """Who is in a private stream; of a caucus its party, whom the mediator reads with."""
        return tuple(user_id for user_id in (self.sender_id, self.recipient_id) if user_id is not None)

    def as_read(self) -> dict[str, Any]:
        """The line as the API shows it to its readers, without the sender's `client_id`."""
        return {
            "id": self.id,
            "stream": self.stream_id,
            "seq": self.seq,
            "sender_type": self.sender_type,
            "sender_id": self.sender_id,
            "is_private": self.is_private,
            "recipient_id": self.recipient_id,
            "content": self.content,
            "created_at": as_utc(self.created_at),
            **({"may_use": self.may_use} if self.may_use is not None else {}),
        }


@dataclass(frozen=True)
class Addressing:
    """Which stream a message goes to, and who reads it there."""

    kind: StreamKind
    stream_id: UUID
    recipient_id: UUID | None = None
    member_a: UUID | None = None
    member_b: UUID | None = None

    @property
    def is_private(self) -> bool:
        return self.kind != StreamKind.JOINT


# A joined party or the lawyer of the case may write while the dispute is not final; the head row is touched only then.
_MAY_WRITE = """
    may AS (
        SELECT d.id FROM disputes_dispute d
         WHERE d.id = %(dispute_id)s AND d.status = ANY(%(open_states)s)
           AND (EXISTS (SELECT 1 FROM disputes_participant p WHERE p.dispute_id = d.id AND p.user_id = %(sender_id)s
                           AND p.status = 'joined' AND p.side <> 'neutral')
                OR (%(is_lawyer)s AND EXISTS (
                       SELECT 1 FROM disputes_assignment a WHERE a.dispute_id = d.id AND a.lawyer_id = %(sender_id)s
                          AND a.ended_at IS NULL)))
           AND EXISTS (SELECT 1 FROM disputes_message_stream s WHERE s.id = %(stream_id)s AND s.closed_at IS NULL
                          AND (s.kind <> 'caucus' OR NOT EXISTS (
                                  SELECT 1 FROM disputes_resolution r WHERE r.dispute_id = d.id AND r.mode = 'arbitration')))
           AND (%(client_id)s::varchar IS NULL OR NOT EXISTS (
                   SELECT 1 FROM disputes_message m
                    WHERE m.stream_id = %(stream_id)s AND m.sender_id = %(sender_id)s AND m.client_id = %(client_id)s::varchar))
    )"""
_POST = f"""
    WITH {_MAY_WRITE},
    {HEAD_STEP.replace("WHERE s.id = %(stream_id)s", "WHERE s.id = %(stream_id)s AND EXISTS (SELECT 1 FROM may)")},
    entry AS ({ENTRY_INSERT}),
    posted AS (
        INSERT INTO kernel_outbox_event (id, type, payload, request_id, created_at)
        SELECT %(event_id)s::uuid, %(event_type)s, %(event_payload)s::jsonb, %(request_id)s, head.at FROM head)
    INSERT INTO disputes_message (id, stream_id, seq, sender_type, sender_id, content, content_sealed, client_id, created_at)
    SELECT %(message_id)s::uuid, %(stream_id)s::uuid, head.seq, %(sender_type)s, %(sender_id)s::uuid, %(content)s,
           %(content_sealed)s::bytea, %(client_id)s::varchar, head.at
      FROM head
 RETURNING seq, created_at"""  # noqa: S608 - composed of constants


def post_message(
    *,
    acting_user: User,
    dispute_id: UUID,
    content: str,
    is_private: bool = False,
    recipient_id: UUID | None = None,
    client_id: str | None = None,
    ask_mediator: bool = False,
) -> PostedMessage:
    """Post a line to the joint room, to one other party, or (private without a recipient) to one's own caucus.

    The same `client_id` again answers with the first line. Raises NotFoundError, NotYoursToDoError, WrongStateError, and
    ValidationFailedError for a recipient who is not another active party. LineInFlightError when the same `client_id` is being
    posted at the very moment: the transaction is lost, trying again finds the first line.

    A line for the joint room is written by one statement (`is_one_statement`), so it may also run without a transaction around.
    """
    if is_one_statement(is_private=is_private, recipient_id=recipient_id):
        to = Addressing(StreamKind.JOINT, joint_stream_id(dispute_id))
        return _post_to(acting_user, dispute_id, to, content, client_id, ask_mediator)
    with transaction.atomic(savepoint=False):  # a failure ends the edge's transaction
        access = access_dispute(acting_user, dispute_id, "post_message")
        to = _private_stream(access, acting_user.pk, recipient_id)
        open_private_stream(dispute_id, to)
        return _post_to(acting_user, dispute_id, to, content, client_id, ask_mediator)


def is_one_statement(*, is_private: bool = False, recipient_id: UUID | None = None, **_more: object) -> bool:
    """Whether `post_message` with these arguments writes with one statement."""
    return not is_private and recipient_id is None


def stream_of(
    *, acting_user: User, dispute_id: UUID, is_private: bool = False, recipient_id: UUID | None = None
) -> Addressing:
    """Where a line with this address would go, and who would read it. Raises what `post_message` raises for a wrong address."""
    if is_one_statement(is_private=is_private, recipient_id=recipient_id):
        return Addressing(StreamKind.JOINT, joint_stream_id(dispute_id))
    return _private_stream(access_dispute(acting_user, dispute_id, "post_message"), acting_user.pk, recipient_id)


def _post_to(
    acting_user: User, dispute_id: UUID, to: Addressing, content: str, client_id: str | None, ask_mediator: bool
) -> PostedMessage:
    try:
        posted = _insert(acting_user, dispute_id, to, content, client_id, ask_mediator)
    except IntegrityError as error:
        raise LineInFlightError(_("The same line is being posted at this moment. Send it again.")) from error
    if posted is not None:
        return posted
    earlier = _posted_before(acting_user.pk, to, client_id)
    if earlier is not None:
        access_dispute(acting_user, dispute_id)  # who has left gets nothing by resending
        return earlier
    access_dispute(acting_user, dispute_id, "post_message")  # says why nothing could be written
    raise NotYoursToDoError(_("This room is closed for new messages."))


def _insert(
    sender: User, dispute_id: UUID, to: Addressing, content: str, client_id: str | None, ask_mediator: bool
) -> PostedMessage | None:
    message_id = new_id()
    sealed = seal_message(dispute_id, message_id, content) if to.is_private else None
    entry = draft_entry(
        stream=StreamRef("messages", to.stream_id),
        verb="message.posted",
        actor=Actor.user(sender.pk),
        subject=("message", message_id),
        facts={"content_sha256": sha256(sealed if sealed is not None else content.encode()).hexdigest()},
    )
    event = MessagePosted(dispute_id, message_id, to.stream_id, ask_mediator)
    parameters: dict[str, Any] = {
        **entry.parameters(),
        "dispute_id": dispute_id,
        "open_states": [str(state) for state in states_for("post_message")],
        "sender_id": sender.pk,
        "is_lawyer": sender.role == Role.LAWYER,
        "sender_type": str(SenderType.USER),
        "message_id": message_id,
        "content": "" if sealed is not None else content,
        "content_sealed": sealed,
        "client_id": client_id,
        "event_id": new_id(),
        "event_type": event.type_name(),
        "event_payload": orjson.dumps(event.payload()).decode(),
        "request_id": request_id(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_POST, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    wake_after_commit()
    return PostedMessage(
        message_id,
        to.stream_id,
        row[0],
        SenderType.USER,
        sender.pk,
        to.is_private,
        to.recipient_id,
        content,
        row[1],
        client_id,
        to.kind,
        False if can_be_permitted(to.kind, sender.pk, to.member_a) else None,
    )


def seal_message(dispute_id: UUID, message_id: UUID, content: str) -> bytes:
    """The sealed form of a private line."""
    return seal_text(
        content, scope=KeyScope("dispute", dispute_id), table="disputes_message", row_id=message_id, column="content"
    )


def _private_stream(access: CaseAccess, sender_id: UUID, recipient_id: UUID | None) -> Addressing:
    dispute, standing = access.dispute, access.standing
    if recipient_id is None:
        if not standing.is_party:
            raise ValidationFailedError(
                errors=[FieldError("/recipient_id", "required", _("Name the party whose caucus this goes to."))]
            )
        return Addressing(StreamKind.CAUCUS, caucus_stream_id(dispute.pk, sender_id), None, sender_id)
    if recipient_id == sender_id:
        raise ValidationFailedError(
            errors=[
                FieldError(
                    "/recipient_id", "invalid", _("Name another party; leave it out to talk to the mediator alone.")
                )
            ]
        )
    recipient_is_party = active_parties(dispute).filter(user_id=recipient_id).exists()
    if recipient_is_party and MEDIATOR in standing.parts:
        return Addressing(StreamKind.CAUCUS, caucus_stream_id(dispute.pk, recipient_id), recipient_id, recipient_id)
    if recipient_is_party and standing.is_party:
        first, second = sorted((sender_id, recipient_id))
        return Addressing(
            StreamKind.PAIR, pair_stream_id(dispute.pk, sender_id, recipient_id), recipient_id, first, second
        )
    if not recipient_is_party:
        raise ValidationFailedError(
            errors=[FieldError("/recipient_id", "unknown", _("This is no active party of the dispute."))]
        )
    raise NotYoursToDoError(_("Your part in this dispute does not include private messages."))


def open_private_stream(dispute_id: UUID, to: Addressing) -> None:
    """Make a private stream on its first message. It is journalled nowhere but in itself: its existence is private too."""
    if MessageStream.objects.filter(pk=to.stream_id).exists():
        return
    journal.open_stream(StreamRef("messages", to.stream_id))
    MessageStream.objects.bulk_create(
        [
            MessageStream(
                id=to.stream_id, dispute_id=dispute_id, kind=to.kind, member_a_id=to.member_a, member_b_id=to.member_b
            )
        ],
        ignore_conflicts=True,
    )


def _posted_before(sender_id: UUID, to: Addressing, client_id: str | None) -> PostedMessage | None:
    if client_id is None:
        return None
    row = (
        Message.objects.select_related("stream")
        .filter(stream_id=to.stream_id, sender_id=sender_id, client_id=client_id)
        .first()
    )
    if row is None:
        return None
    return PostedMessage(
        row.pk,
        row.stream_id,
        row.seq,
        row.sender_type,
        row.sender_id,
        to.is_private,
        to.recipient_id,
        open_content(row.stream.dispute_id, row.pk, row.content, row.content_sealed),
        row.created_at,
        client_id,
        to.kind,
        row.permitted_at is not None if can_be_permitted(to.kind, sender_id, to.member_a) else None,
    )
