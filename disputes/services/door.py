"""Coming in with an answer: joining, the own side and the files, all or nothing."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.public import User, start_session
from disputes.selectors.replies import DoorAnswer
from disputes.services.evidence import add_evidence
from disputes.services.invitations import Joined, admit, join, lock_invitation, require_invitee
from disputes.services.replies import keep_reply, note_waiting_reply, submit_waiting_replies
from documents.public import Ingested
from kernel.context import Origin


@transaction.atomic
def answer_invitation(
    *,
    token: str,
    acting_user: User | None,
    full_name: str,
    timezone: str,
    locale: str,
    answer: DoorAnswer,
    files: Sequence[Ingested],
    origin: Origin,
) -> Joined:
    """Join with one's side of the case. `acting_user` is the signed-in invitee, or None for who comes by the link alone.

    The answer becomes a truth: at once where truths are open to the person, else when stating begins; until then it is sealed and nobody
    reads it. Raises what joining raises, SignInRequiredError, and WrongStateError when a proposal has been made already.
    """
    dispute, invitation = lock_invitation(token)
    if acting_user is not None:
        require_invitee(invitation, acting_user)
    user = acting_user or admit(invitation, full_name=full_name, timezone=timezone, locale=locale)
    keep_reply(dispute, invitation.participant, answer, is_given=True)
    join(dispute, invitation, user)
    dispute.refresh_from_db()
    invitation.participant.refresh_from_db()
    submit_waiting_replies(dispute)
    note_waiting_reply(dispute, invitation.participant)
    for stored in files:
        add_evidence(acting_user=user, dispute_id=dispute.pk, stored=stored, description="")
    tokens = start_session(user=user, origin=origin) if acting_user is None else None
    return Joined(user, dispute.pk, tokens)


@transaction.atomic
def keep_typed_answer(*, token: str, answer: DoorAnswer) -> UUID:
    """Keep what was typed for the invited person, who signs in first; only they are shown it. Returns the invitation's id.

    Raises InvitationGoneError.
    """
    dispute, invitation = lock_invitation(token)
    keep_reply(dispute, invitation.participant, answer, is_given=False)
    return invitation.pk
