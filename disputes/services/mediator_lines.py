"""Lines of the AI mediator: into the joint room or a caucus, numbered and journalled like everybody's."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from disputes.enums import Mode, SenderType, StreamKind
from disputes.errors import WrongStateError
from disputes.models import MediatorReply, Message, MessageStream
from disputes.models.record import MESSAGE_LENGTH
from disputes.selectors.human_mediators import has_human_mediator
from disputes.selectors.messages import open_content
from disputes.services.messages import PostedMessage, seal_message
from disputes.services.moves import lock_dispute
from disputes.transitions import CAUCUS_OPEN
from kernel.ids import new_id
from kernel.journal import ENTRY_INSERT, HEAD_STEP, Actor, StreamRef, draft_entry

_POST = f"""
    WITH {HEAD_STEP},
    entry AS ({ENTRY_INSERT})
    INSERT INTO disputes_message (id, stream_id, seq, sender_type, sender_id, content, content_sealed, client_id, created_at)
    SELECT %(message_id)s::uuid, %(stream_id)s::uuid, head.seq, 'ai', NULL, %(content)s, %(content_sealed)s::bytea, NULL, head.at
      FROM head
 RETURNING seq, created_at"""  # noqa: S608 - composed of constants


@transaction.atomic
def post_mediator_message(
    *, dispute_id: UUID, stream_id: UUID, content: str, in_reply_to: UUID, model: str
) -> PostedMessage:
    """The AI mediator's answer to one line, in the stream of that line; one answer for a line: again, it is the first one.

    The edge rings it after the commit, as every line (`disputes.public.ring_line`). No event is published: nobody answers the mediator
    by machine. Raises WrongStateError where it does not speak: the case has ended or is arbitrated, the stream is closed, or a
    human mediator reads the caucus. Raises Message.DoesNotExist for a line that is not in that stream, ValueError for an empty or
    too long answer.
    """
    if not content.strip() or len(content) > MESSAGE_LENGTH or "\x00" in content:
        raise ValueError(f"An answer has 1 to {MESSAGE_LENGTH} characters.")
    dispute = lock_dispute(dispute_id)
    asked = Message.objects.select_related("stream").get(
        pk=in_reply_to, stream_id=stream_id, stream__dispute_id=dispute_id, sender_type=SenderType.USER
    )
    stream = asked.stream
    earlier = MediatorReply.objects.select_related("message").filter(in_reply_to=asked).first()
    if earlier is not None:
        row = earlier.message
        text = open_content(dispute_id, row.pk, row.content, row.content_sealed)
        return _posted(row.pk, stream, row.seq, text, row.created_at)
    if dispute.status not in CAUCUS_OPEN or not _speaks_in(stream):
        raise WrongStateError(
            _("The AI mediator does not answer here now."),
            state=str(dispute.status),
            allowed_from=[str(state) for state in CAUCUS_OPEN],
        )
    message_id = new_id()
    sealed = seal_message(dispute_id, message_id, content) if stream.kind != StreamKind.JOINT else None
    entry = draft_entry(
        stream=StreamRef("messages", stream_id),
        verb="message.posted",
        actor=Actor.ai("mediator"),
        subject=("message", message_id),
        facts={"content_sha256": sha256(sealed if sealed is not None else content.encode()).hexdigest()},
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _POST,
            {
                **entry.parameters(),
                "message_id": message_id,
                "content": "" if sealed is not None else content,
                "content_sealed": sealed,
            },
        )
        seq, created_at = cursor.fetchone()
    MediatorReply.objects.create(message_id=message_id, in_reply_to=asked, model=model[:80])
    return _posted(message_id, stream, seq, content, created_at)


def _speaks_in(stream: MessageStream) -> bool:
    if stream.closed_at is not None or stream.kind == StreamKind.PAIR:
        return False
    if stream.kind == StreamKind.JOINT:
        return True
    was_arbitrated = stream.dispute.resolutions.filter(mode=Mode.ARBITRATION).exists()
    return not was_arbitrated and not has_human_mediator(stream.dispute_id)


def _posted(message_id: UUID, stream: MessageStream, seq: int, content: str, created_at: datetime) -> PostedMessage:
    return PostedMessage(
        id=message_id,
        stream_id=stream.pk,
        seq=seq,
        sender_type=SenderType.AI,
        sender_id=None,
        is_private=stream.kind != StreamKind.JOINT,
        recipient_id=stream.member_a_id if stream.kind == StreamKind.CAUCUS else None,
        content=content,
        created_at=created_at,
        client_id=None,
        kind=StreamKind(stream.kind),
    )
