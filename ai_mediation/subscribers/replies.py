"""Somebody wrote a line: in the joint room the mediator answers when asked, in its caucuses always, after a moment's quiet.

The person's line was committed before anything here begins, and nothing here can undo or delay it. A burst of lines gets one answer.
"""

import logging
from datetime import timedelta
from uuid import UUID, uuid5

import redis
from django.core.exceptions import ObjectDoesNotExist

from ai_mediation.adapters.gateway import gateway
from ai_mediation.adapters.mediator.replies import reply_question
from ai_mediation.adapters.questions import Answer, Question
from ai_mediation.enums import Outcome
from ai_mediation.errors import DraftingFailedError
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.errors import WrongStateError
from disputes.events import MessagePosted
from disputes.public import (
    CaseFile,
    MediatorTurn,
    joint_case_file,
    joint_stream_id,
    mediator_turn,
    party_file,
    post_mediator_message,
    ring_line,
    tell_draft,
)
from kernel.subscriptions import Done, RetryLater, subscriber

log = logging.getLogger(__name__)
QUIET = timedelta(seconds=1)  # after a person's last line, before it is answered


@subscriber(MessagePosted, name="ai_mediation.answer_line", queue="ai", max_attempts=7)
def answer_line(event: MessagePosted, done: Done) -> None:
    """Answer in the stream of the line, and nowhere else. Raises RetryLater while its author is still writing lines."""
    # most lines of a joint room end here, without a look at the database
    if event.stream_id == joint_stream_id(event.dispute_id) and not event.ask_mediator:
        return _nothing(done)
    turn = mediator_turn(event.message_id)
    if turn is None or (turn.kind == "caucus" and turn.newest_id != event.message_id):
        return _nothing(done)  # answered already, not ours to answer, or answered with the newer line
    if turn.quiet_for < QUIET:
        raise RetryLater("The party is still writing.")
    case = joint_case_file(turn.dispute_id)
    locale = _locale(turn, case)
    question = reply_question(turn, case, locale, _earlier(turn))
    try:
        answer = _written(turn, question)
    except DraftingFailedError as failure:
        log.error("no reply could be written", extra={"reason": failure.reason})
        return _nothing(done)
    asked = Asked(**answer.record(question, subject=("message", turn.newest_id)))
    _post(turn, answer.value, asked, done)


def _nothing(done: Done) -> None:
    with done():
        return


def _locale(turn: MediatorTurn, case: CaseFile) -> str:
    """In a caucus its party's language, in the joint room the case's."""
    party = next((party for party in case.parties if party.user_id == turn.author_id), None)
    return party.locale if party is not None and turn.kind == "caucus" else case.locale


def _earlier(turn: MediatorTurn) -> tuple[tuple[str, str], ...]:
    """What was said in this caucus before the lines to answer."""
    if turn.kind != "caucus":
        return ()
    try:
        lines = party_file(turn.participant_id).caucus
    except ObjectDoesNotExist:
        return ()
    return lines[: max(0, len(lines) - len(turn.lines))]


def _written(turn: MediatorTurn, question: Question[str]) -> Answer[str]:
    """The answer, shown sentence by sentence to who may read that stream; what was shown stands at the beginning of the answer."""
    stream = gateway().stream(question)
    draft_id = draft_id_of(turn.newest_id)
    for piece in stream:
        _show(turn, draft_id, piece)
    return stream.answer


def _show(turn: MediatorTurn, draft_id: str, piece: str) -> None:
    """A piece of the answer, to the stream's readers. It is a hint: without the broker the whole answer comes all the same."""
    try:
        tell_draft(
            dispute_id=turn.dispute_id,
            stream_id=turn.stream_id,
            kind=turn.kind,
            members=turn.members,
            draft_id=draft_id,
            text=piece,
        )
    except (OSError, redis.RedisError) as error:
        log.info("a piece of a reply was not shown", extra={"error": type(error).__name__})


def _post(turn: MediatorTurn, text: str, asked: Asked, done: Done) -> None:
    try:
        with done():
            posted = post_mediator_message(
                dispute_id=turn.dispute_id,
                stream_id=turn.stream_id,
                content=text,
                in_reply_to=turn.newest_id,
                model=asked.model,
            )
            record_consultation(asked=asked)
    except WrongStateError:  # the room closed while the answer was written
        with done():
            record_consultation(asked=asked, failure=(Outcome.REFUSED, "WrongStateError: the room closed meanwhile."))
        return
    ring_line(turn.dispute_id, posted)


def draft_id_of(line_id: UUID) -> str:
    """The `draft_id` of the frames that stream the answer to a line."""
    return str(uuid5(line_id, "draft"))
