"""Which lines of its own caucus a party lets the mediator use for proposals: each by itself, and taken back at any time."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import SenderType, StreamKind
from disputes.errors import WrongStateError
from disputes.models import Dispute, Message
from disputes.selectors.access import access_dispute
from disputes.services.private_records import write_private
from disputes.transitions import CAUCUS_OPEN
from kernel.clock import DbNow
from kernel.errors import NotFoundError
from kernel.journal import Actor


@transaction.atomic
def permit_line(*, acting_user: User, dispute_id: UUID, message_id: UUID) -> Message:
    """Let the mediator use a line of one's own caucus; it may shape proposals and is never quoted. A second time changes nothing.

    Raises NotFoundError for everything that is not the caller's own line in the caller's own caucus, WrongStateError once nothing
    is mediated any more.
    """
    return _set_permission(acting_user, dispute_id, message_id, is_given=True)


@transaction.atomic
def take_permission_back(*, acting_user: User, dispute_id: UUID, message_id: UUID) -> Message:
    """From now on the line shapes no proposal. Those that were drafted before are as they are. Raises what `permit_line` raises."""
    return _set_permission(acting_user, dispute_id, message_id, is_given=False)


def _set_permission(acting_user: User, dispute_id: UUID, message_id: UUID, *, is_given: bool) -> Message:
    access = access_dispute(acting_user, dispute_id)
    line = (
        Message.objects.select_related("stream")
        .filter(
            pk=message_id,
            stream__dispute=access.dispute,
            stream__kind=StreamKind.CAUCUS,
            stream__member_a=acting_user.pk,
            sender=acting_user,
            sender_type=SenderType.USER,
        )
        .first()
    )
    if line is None or access.standing.participant is None:
        raise NotFoundError
    _require_open(access.dispute)
    changed = Message.objects.filter(pk=line.pk, permitted_at__isnull=is_given).update(
        permitted_at=DbNow() if is_given else None
    )
    if changed:
        write_private(
            access.standing.participant,
            "permission.given" if is_given else "permission.taken_back",
            Actor.user(acting_user.pk),
            subject=("message", line.pk),
        )
        line.refresh_from_db()
    return line


def _require_open(dispute: Dispute) -> None:
    if dispute.status not in CAUCUS_OPEN:
        raise WrongStateError(
            _("The dispute is in state “%(state)s”; nothing is mediated any more.") % {"state": dispute.status},
            state=str(dispute.status),
            allowed_from=[str(state) for state in CAUCUS_OPEN],
        )
