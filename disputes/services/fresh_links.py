"""A fresh link for who has lost theirs: an invitation again, or the way back in for a party without a password."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.db import transaction

from accounts.errors import SignInRequiredError
from accounts.public import Role, TokenPair, User, find_account, request_password_reset, start_session
from disputes.enums import ParticipantStatus
from disputes.errors import InvitationGoneError
from disputes.events import PartyInvited, ReturnLinkAsked
from disputes.models import Invitation, Participant
from disputes.services.invitations import Joined, email_index
from disputes.services.moves import lock_dispute
from disputes.services.records import write
from disputes.transitions import JOINABLE
from kernel.clock import DbNow
from kernel.context import Origin
from kernel.journal import Actor
from kernel.links import make_token, token_digest
from kernel.outbox import publish

RETURN_HOURS = 24
AT_ONCE = 10


@transaction.atomic
def mail_fresh_links(*, email: str, origin: Origin) -> None:
    """Mail every open invitation of the address anew, and a way in if it has an account. Nobody learns what was found.

    A party without a password gets a link that opens its newest case; who has a password gets the link that sets a new one.
    """
    for dispute_id in _open_invitations(email):
        _renew_invitation(dispute_id, email)
    user = find_account(email)
    if user is None or not user.is_active:
        return
    if not _offer_return(user):
        request_password_reset(email=email, origin=origin)


def _open_invitations(email: str) -> list[UUID]:
    return list(
        Invitation.objects.filter(
            participant__email_index=email_index(email),
            participant__status=ParticipantStatus.INVITED,
            participant__wrong_address_at=None,
            participant__dispute__status__in=JOINABLE,
            used_at=None,
            expires_at__gt=DbNow(),
        )
        .order_by("-created_at")
        .values_list("participant__dispute_id", flat=True)[:AT_ONCE]
    )


def _renew_invitation(dispute_id: UUID, email: str) -> None:
    dispute = lock_dispute(dispute_id)
    invitation = (
        Invitation.objects.select_related("participant")
        .filter(
            participant__dispute=dispute,
            participant__email_index=email_index(email),
            participant__status=ParticipantStatus.INVITED,
            participant__wrong_address_at=None,
            used_at=None,
            expires_at__gt=DbNow(),
        )
        .first()
    )
    if invitation is None or dispute.status not in JOINABLE:
        return  # answered meanwhile
    _issue(invitation)
    write(
        dispute,
        "party.invited",
        Actor.system("fresh link"),
        subject=("participant", invitation.participant_id),
        facts={"side": str(invitation.participant.side), "again": True},
    )
    publish(PartyInvited(dispute.pk, invitation.participant_id))


def _issue(invitation: Invitation, **fields: object) -> None:
    generation = invitation.generation + 1
    Invitation.objects.filter(pk=invitation.pk).update(
        generation=generation, token_digest=token_digest(make_token("invitation", invitation.pk, generation)), **fields
    )


def _offer_return(user: User) -> bool:
    """Mail a party without a password a link to its newest case; False when there is none or it signs in with a password."""
    if not comes_by_link(user):
        return False
    participant = (
        Participant.objects.filter(user=user, status=ParticipantStatus.JOINED, invitation__isnull=False)
        .order_by("-joined_at", "-id")
        .first()
    )
    if participant is None:
        return False
    invitation = Invitation.objects.select_for_update(of=("self",)).get(participant=participant)
    _issue(invitation, used_at=None, expires_at=DbNow() + timedelta(hours=RETURN_HOURS), next_reminder_at=None)
    publish(ReturnLinkAsked(participant.dispute_id, participant.pk))
    return True


def comes_by_link(user: User) -> bool:
    """Whether a mailed link alone opens this account: a person with a verified address and no password."""
    return (
        user.is_active
        and user.role == Role.CLIENT
        and user.email_verified_at is not None
        and not user.has_usable_password()
    )


def find_return(token: str) -> Invitation:
    """The open return link of a party. Raises InvitationGoneError, SignInRequiredError once the person has a password."""
    invitation = (
        Invitation.objects.select_related("participant__user", "participant__dispute")
        .filter(
            token_digest=token_digest(token),
            used_at=None,
            expires_at__gt=DbNow(),
            participant__status=ParticipantStatus.JOINED,
        )
        .first()
    )
    if invitation is None or invitation.participant.user is None:
        raise InvitationGoneError
    if not comes_by_link(invitation.participant.user):
        raise SignInRequiredError
    return invitation


@transaction.atomic
def return_by_link(*, token: str) -> Joined:
    """Use up a return link: who came by a mailed link is let in again. Raises InvitationGoneError, SignInRequiredError."""
    invitation = find_return(token)
    if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=DbNow()):
        raise InvitationGoneError
    return Joined(cast(User, invitation.participant.user), invitation.participant.dispute_id)


@transaction.atomic
def return_with_tokens(*, token: str, origin: Origin) -> tuple[TokenPair, UUID]:
    """The same for an app: a session of the API."""
    back = return_by_link(token=token)
    return start_session(user=back.user, origin=origin), back.dispute_id
