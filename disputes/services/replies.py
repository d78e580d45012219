"""Answers given at the door: kept sealed, and submitted as truths when truths are open to who gave them."""

from dataclasses import replace

from disputes.enums import DisputeStatus, ParticipantStatus, Side
from disputes.models import Dispute, Participant, Reply
from disputes.selectors.replies import DoorAnswer, reply_content, statement_text
from disputes.services.records import write
from disputes.services.stating import disclose_if_complete, enter_truth, refuse_late_truth
from kernel.crypto import KeyScope, seal_text
from kernel.ids import new_id
from kernel.journal import Actor


def keep_reply(dispute: Dispute, participant: Participant, answer: DoorAnswer, *, is_given: bool) -> Reply:
    """Seal an answer under the case's key; an earlier one of the same person goes."""
    Reply.objects.filter(participant=participant).delete()
    reply_id = new_id()
    return Reply.objects.create(
        id=reply_id,
        dispute=dispute,
        participant=participant,
        is_given=is_given,
        content_sealed=seal_text(
            answer.as_json(),
            scope=KeyScope("dispute", dispute.pk),
            table="disputes_reply",
            row_id=reply_id,
            column="content",
        ),
    )


def submit_waiting_replies(dispute: Dispute) -> None:
    """Make truths of the answers that wait, in a locked case; nobody reads one before all are in.

    A respondent's waits until the case is in `stating` (`rules.may_state_now`). Raises WrongStateError once a proposal was made.
    """
    waiting = Reply.objects.filter(
        dispute=dispute, is_given=True, participant__status=ParticipantStatus.JOINED
    ).select_related("participant__user")
    for reply in waiting.order_by("created_at", "id"):
        participant = reply.participant
        if dispute.status == DisputeStatus.INVITE_SENT and participant.side != Side.CLAIMANT:
            continue
        refuse_late_truth(dispute)
        answer = reply_content(reply)
        enter_truth(
            dispute,
            participant,
            content=statement_text(answer, side=participant.side, language=participant.locale),
            answer=replace(answer, text="").as_json(),
        )
        reply.delete()
    disclose_if_complete(dispute, deadline_passed=False)


def note_waiting_reply(dispute: Dispute, participant: Participant) -> None:
    """The others learn that an answer waits for the case to begin, not what it says."""
    if participant.user_id is not None and Reply.objects.filter(participant=participant).exists():
        write(dispute, "reply.given", Actor.user(participant.user_id), subject=("participant", participant.pk))
