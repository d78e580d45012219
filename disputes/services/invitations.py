"""Bringing the other side in: inviting, joining, declining, lapsing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.public import TokenPair, User, admit_invited_person, find_account, start_session
from disputes.enums import DisputeStatus, ParticipantStatus, ProposalStatus, Side
from disputes.errors import (
    AlreadyTakingPartError,
    InvitationGoneError,
    NotYoursToDoError,
    TooManyPartiesError,
    WrongInviteeError,
)
from disputes.events import (
    DisputeLapsed,
    InvitationLapsed,
    PartyDeclined,
    PartyInvited,
    PartyJoined,
    StatingStarted,
    WrongPersonInvited,
)
from disputes.models import Assignment, DeadlineProposal, Dispute, Invitation, Participant, Reply
from disputes.rules import standing_in
from disputes.selectors.access import access_dispute, require_state
from disputes.selectors.due import next_reminder
from disputes.selectors.notices import invited_address
from disputes.services.consent_period import settle_consent_period
from disputes.services.destroying import drop_open_bidding
from disputes.services.moves import lock_dispute, move_dispute
from disputes.services.records import write
from disputes.services.replies import submit_waiting_replies
from disputes.services.understanding import ask_understanding
from disputes.transitions import JOINABLE
from kernel.clock import DbNow, days_from, now
from kernel.context import Origin
from kernel.crypto import KeyScope, blind_index, seal_text
from kernel.errors import ConflictError, NotFoundError
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.links import make_token, token_digest
from kernel.outbox import publish

MAX_PARTIES = 20


@dataclass(frozen=True)
class Invitee:
    """Somebody to invite; `email` is lower-case."""

    email: str
    full_name: str = ""
    side: str = Side.RESPONDENT
    locale: str = ""


@dataclass(frozen=True)
class Joined:
    """Who came in, and where to."""

    user: User
    dispute_id: UUID
    tokens: TokenPair | None = None


def email_index(email: str) -> bytes:
    """The blind index by which an invited address is found again."""
    return blind_index(email, purpose="participant-email")


def invite(dispute: Dispute, invitee: Invitee, *, invited_by: User) -> Participant:
    """Make the participant, its sealed address and its invitation; the mail follows from the event."""
    participant_id = new_id()
    account = find_account(invitee.email)
    participant = Participant.objects.create(
        id=participant_id,
        dispute=dispute,
        side=invitee.side,
        full_name=invitee.full_name,
        locale=invitee.locale or (account.locale if account is not None else dispute.locale),
        email_sealed=seal_text(
            invitee.email,
            scope=KeyScope("dispute", dispute.pk),
            table="disputes_participant",
            row_id=participant_id,
            column="email",
        ),
        email_index=email_index(invitee.email),
    )
    invitation_id, expires_at = new_id(), _invitation_end(dispute)
    Invitation.objects.create(
        id=invitation_id,
        participant=participant,
        invited_by=invited_by,
        token_digest=token_digest(make_token("invitation", invitation_id, 0)),
        expires_at=expires_at,
        next_reminder_at=next_reminder(expires_at, now()),
    )
    write(
        dispute,
        "party.invited",
        Actor.user(invited_by.pk),
        subject=("participant", participant.pk),
        facts={"side": str(invitee.side)},
    )
    publish(PartyInvited(dispute.pk, participant.pk))
    return participant


def _invitation_end(dispute: Dispute) -> datetime:
    """The day named in the case while all are being asked; else a time of one's own."""
    present = now()
    if dispute.status == DisputeStatus.INVITE_SENT and dispute.respond_by > present:
        return dispute.respond_by
    return days_from(present, settings.DISPUTES_RESPOND_DAYS, dispute.timezone)


@transaction.atomic
def invite_another(*, acting_user: User, dispute_id: UUID, invitee: Invitee) -> Participant:
    """Invite one more person, or send a fresh link to somebody who was invited and has not joined.

    A fresh link ends every earlier one. Whoever is new takes the place of somebody whose address was wrong. Raises
    AlreadyTakingPartError, TooManyPartiesError, and ConflictError for an address that said it is not the person meant.
    """
    access = access_dispute(acting_user, dispute_id, "invite", lock=True)
    dispute = access.dispute
    participants = Participant.objects.filter(dispute=dispute)
    known = participants.filter(email_index=email_index(invitee.email)).first()
    known = known or participants.filter(user__email=invitee.email).first()
    if known is not None and known.status == ParticipantStatus.JOINED:
        raise AlreadyTakingPartError(_("This person is in the dispute already."))
    if known is None:
        _make_room(dispute, invitee.side, acting_user)
    others = participants.filter(status__in=[ParticipantStatus.INVITED, ParticipantStatus.JOINED]).exclude(
        Q(side=Side.NEUTRAL) | Q(pk=known.pk if known is not None else None)
    )
    if others.count() >= MAX_PARTIES:
        raise TooManyPartiesError(_("A dispute has at most %(count)d parties.") % {"count": MAX_PARTIES})
    if known is not None:
        return _renew(known, dispute, acting_user)
    return invite(dispute, invitee, invited_by=acting_user)


def _make_room(dispute: Dispute, side: str, acting_user: User) -> None:
    """Who was invited at a wrong address is no longer waited for once the right one is invited: the oldest on that side."""
    wrong = Participant.objects.filter(dispute=dispute, status=ParticipantStatus.INVITED, side=side).exclude(
        wrong_address_at=None
    )
    replaced = wrong.order_by("created_at", "id").first()
    if replaced is not None:
        Participant.objects.filter(pk=replaced.pk).update(status=ParticipantStatus.REMOVED)
        write(dispute, "party.replaced", Actor.user(acting_user.pk), subject=("participant", replaced.pk))


def _renew(participant: Participant, dispute: Dispute, acting_user: User) -> Participant:
    invitation = Invitation.objects.select_for_update(of=("self",)).filter(participant=participant).first()
    if participant.wrong_address_at is not None:
        raise ConflictError(
            _("Whoever reads this address said that it is not the person you mean. Invite the right address.")
        )
    if invitation is None or participant.email_sealed is None:
        raise ConflictError(_("This person has left the dispute and cannot be invited again."))
    Participant.objects.filter(pk=participant.pk).update(status=ParticipantStatus.INVITED)
    _issue_again(invitation, _invitation_end(dispute))
    return _tell_again(participant, dispute, Actor.user(acting_user.pk))


def _issue_again(invitation: Invitation, expires_at: datetime) -> None:
    """A fresh link; every earlier one is dead."""
    generation = invitation.generation + 1
    Invitation.objects.filter(pk=invitation.pk).update(
        generation=generation,
        token_digest=token_digest(make_token("invitation", invitation.pk, generation)),
        expires_at=expires_at,
        next_reminder_at=next_reminder(expires_at, now()),
        used_at=None,
    )


def _tell_again(participant: Participant, dispute: Dispute, actor: Actor) -> Participant:
    participant.refresh_from_db()
    write(
        dispute,
        "party.invited",
        actor,
        subject=("participant", participant.pk),
        facts={"side": str(participant.side), "again": True},
    )
    publish(PartyInvited(dispute.pk, participant.pk))
    return participant


def find_invitation(token: str) -> Invitation:
    """The open invitation of a link. Raises InvitationGoneError when it was used, replaced, has expired or never was."""
    invitation = (
        Invitation.objects.select_related("participant", "participant__dispute", "invited_by")
        .filter(
            token_digest=token_digest(token),
            used_at=None,
            expires_at__gt=DbNow(),
            participant__status=ParticipantStatus.INVITED,
            participant__wrong_address_at=None,
        )
        .first()
    )
    if invitation is None or invitation.participant.dispute.status not in JOINABLE:
        raise InvitationGoneError
    return invitation


def lock_invitation(token: str) -> tuple[Dispute, Invitation]:
    """The dispute, locked, and its invitation, checked again under the lock."""
    dispute = lock_dispute(find_invitation(token).participant.dispute_id)
    return dispute, find_invitation(token)


@transaction.atomic
def accept_invitation(*, token: str, full_name: str, timezone: str, origin: Origin, locale: str = "") -> Joined:
    """Join without a prior account: the mailed link proves the address. `locale`: the language the person chose at the door.

    Raises InvitationGoneError, and SignInRequiredError (409) when the address has a verified account with a password.
    """
    dispute, invitation = lock_invitation(token)
    user = admit(invitation, full_name=full_name, timezone=timezone, locale=locale)
    join(dispute, invitation, user)
    return Joined(user, dispute.pk, start_session(user=user, origin=origin))


def admit(invitation: Invitation, *, full_name: str, timezone: str, locale: str = "") -> User:
    """The person of the invited address, without a password. Raises SignInRequiredError."""
    participant = invitation.participant
    return admit_invited_person(
        email=invited_address(participant),
        full_name=full_name or participant.full_name,
        locale=locale or participant.locale,
        timezone=timezone,
    )


@transaction.atomic
def join_dispute(*, acting_user: User, dispute_id: UUID, token: str) -> Joined:
    """Join as a signed-in person. Raises InvitationGoneError, WrongInviteeError when the link was sent to another address."""
    dispute, invitation = lock_invitation(token)
    if dispute.pk != dispute_id:
        raise InvitationGoneError
    require_invitee(invitation, acting_user)
    join(dispute, invitation, acting_user)
    return Joined(acting_user, dispute.pk)


def require_invitee(invitation: Invitation, user: User) -> None:
    """Raises WrongInviteeError when the link was sent to another address than the signed-in person's."""
    if bytes(invitation.participant.email_index or b"") != email_index(user.email):
        raise WrongInviteeError(
            _(
                "This invitation was sent to another address. Sign in with the address it was mailed to, or ask for a new invitation."
            )
        )


def join(dispute: Dispute, invitation: Invitation, user: User) -> None:
    """The invited person becomes a party of the locked case; whoever was waited for no longer is."""
    participant = invitation.participant
    if Participant.objects.filter(dispute=dispute, user=user).exclude(pk=participant.pk).exists():
        raise AlreadyTakingPartError(_("You take part in this dispute already."))
    if Assignment.objects.filter(dispute=dispute, lawyer=user).exists():
        raise ConflictError(_("You are or were a lawyer of this case, perhaps its mediator; you cannot be its party."))
    Invitation.objects.filter(pk=invitation.pk).update(used_at=DbNow(), next_reminder_at=None)
    Participant.objects.filter(pk=participant.pk).update(
        user=user,
        status=ParticipantStatus.JOINED,
        joined_at=DbNow(),
        full_name=user.full_name,
        locale=user.locale,
        email_sealed=None,
        email_index=None,
    )
    Reply.objects.filter(participant=participant, is_given=False).delete()
    write(
        dispute,
        "party.joined",
        Actor.user(user.pk),
        subject=("participant", participant.pk),
        facts={"side": str(participant.side)},
    )
    publish(PartyJoined(dispute.pk, participant.pk))
    settle_consent_period(dispute)
    drop_open_bidding(dispute)  # it was between two
    ask_understanding(dispute, participant)
    settle_invitations(dispute)


@transaction.atomic
def decline_dispute(*, acting_user: User, dispute_id: UUID, reason: str) -> Dispute:
    """A respondent does not take part: one who joined, or one whose own address was invited.

    Raises NotFoundError for strangers, NotYoursToDoError for parties who cannot decline.
    """
    dispute = Dispute.objects.select_for_update(of=("self",), no_key=True).filter(pk=dispute_id).first()
    if dispute is None:
        raise NotFoundError
    standing = standing_in(acting_user, dispute)
    participant = (
        standing.participant
        or Participant.objects.filter(
            dispute=dispute,
            status=ParticipantStatus.INVITED,
            email_index=email_index(acting_user.email),
            wrong_address_at=None,
        ).first()
    )
    if participant is None and not standing.sees_dispute:
        raise NotFoundError
    if participant is None or participant.side != Side.RESPONDENT:
        raise NotYoursToDoError(_("Only a respondent can decline. A claimant can withdraw the dispute."))
    return _decline(dispute, participant, Actor.user(acting_user.pk), reason)


@transaction.atomic
def decline_invitation(*, token: str, reason: str) -> Dispute:
    """An invited person declines by their link, without an account. Raises InvitationGoneError."""
    dispute, invitation = lock_invitation(token)
    if invitation.participant.side != Side.RESPONDENT:
        raise NotYoursToDoError(
            _("Only a respondent can decline. Ignore the invitation if you do not want to take part.")
        )
    return _decline(dispute, invitation.participant, Actor.system("invitation link"), reason)


def _decline(dispute: Dispute, participant: Participant, actor: Actor, reason: str) -> Dispute:
    require_state(dispute, "decline")
    Participant.objects.filter(pk=participant.pk).update(status=ParticipantStatus.DECLINED, left_reason=reason)
    Reply.objects.filter(participant=participant).delete()
    write(dispute, "party.declined", actor, subject=("participant", participant.pk))
    publish(PartyDeclined(dispute.pk, participant.pk))
    settle_invitations(dispute)
    dispute.refresh_from_db()
    return dispute


@transaction.atomic
def start_dispute(*, acting_user: User, dispute_id: UUID) -> Dispute:
    """The claimant begins with the respondents who are in. Raises ConflictError while none has joined."""
    access = access_dispute(acting_user, dispute_id, "start", lock=True)
    if not _joined_respondents(access.dispute):
        raise ConflictError(_("No respondent has joined yet. Wait for one, or invite somebody else."))
    _start(access.dispute, Actor.user(acting_user.pk))
    return access.dispute


def _joined_respondents(dispute: Dispute) -> int:
    return Participant.objects.filter(dispute=dispute, side=Side.RESPONDENT, status=ParticipantStatus.JOINED).count()


def _start(dispute: Dispute, actor: Actor) -> None:
    present = now()
    deadline = days_from(present, settings.DISPUTES_STATEMENT_DAYS, dispute.timezone)
    move_dispute(
        dispute, "start", actor, statement_deadline=deadline, next_reminder_at=next_reminder(deadline, present)
    )
    publish(StatingStarted(dispute.pk))
    submit_waiting_replies(dispute)


def settle_invitations(dispute: Dispute) -> None:
    """After somebody joined, declined or lapsed: start when nobody is awaited any more, lapse when no respondent is left.

    Who was invited at a wrong address is awaited until the time is over: the claimant can still name the right one.
    """
    if dispute.status != DisputeStatus.INVITE_SENT:
        return
    waiting = Participant.objects.filter(dispute=dispute, status=ParticipantStatus.INVITED)
    if not waiting.filter(side=Side.RESPONDENT).exists() and not _joined_respondents(dispute):
        move_dispute(dispute, "lapse", Actor.system("invitations"))
        waiting.update(status=ParticipantStatus.LAPSED)
        publish(DisputeLapsed(dispute.pk))
    elif not waiting.exists():
        _start(dispute, Actor.system("invitations"))


@transaction.atomic
def lapse_invitations(*, dispute_id: UUID) -> bool:
    """Invitations whose time has passed lapse; False when there was nothing to do (any more)."""
    dispute = lock_dispute(dispute_id)
    overdue = list(
        Participant.objects.filter(
            dispute=dispute,
            status=ParticipantStatus.INVITED,
            invitation__used_at=None,
            invitation__expires_at__lte=DbNow(),
        )
    )
    for participant in overdue:
        Participant.objects.filter(pk=participant.pk).update(status=ParticipantStatus.LAPSED)
        Reply.objects.filter(participant=participant).delete()
        write(dispute, "invitation.lapsed", Actor.system("sweep"), subject=("participant", participant.pk))
        publish(InvitationLapsed(dispute.pk, participant.pk))
    settle_invitations(dispute)
    return bool(overdue)


@transaction.atomic
def report_wrong_person(*, token: str) -> Dispute:
    """Who reads the invited mailbox is not the person meant: the link closes, the address is forgotten, the claimant is told.

    The case goes on waiting until the time to answer is over, so that the right address can be invited. Raises InvitationGoneError.
    """
    dispute, invitation = lock_invitation(token)
    participant = invitation.participant
    Participant.objects.filter(pk=participant.pk).update(wrong_address_at=DbNow(), email_sealed=None)
    Invitation.objects.filter(pk=invitation.pk).update(next_reminder_at=None)
    Reply.objects.filter(participant=participant).delete()
    DeadlineProposal.objects.filter(proposed_by=participant, status=ProposalStatus.OPEN).update(
        status=ProposalStatus.SUPERSEDED
    )
    write(dispute, "party.address_wrong", Actor.system("invitation link"), subject=("participant", participant.pk))
    publish(WrongPersonInvited(dispute.pk, participant.pk))
    dispute.refresh_from_db()
    return dispute
