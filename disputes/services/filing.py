"""Filing a case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import ParticipantStatus, Protocol, Side, StreamKind
from disputes.events import DisputeFiled
from disputes.models import Dispute, MessageStream, Participant
from disputes.services.invitations import Invitee, invite
from disputes.services.records import write
from disputes.services.streams import joint_stream_id
from kernel import journal
from kernel.clock import days_from, now
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor, StreamRef
from kernel.money import Money
from kernel.outbox import publish

MAX_PARTIES = 20
MAX_DAYS_AHEAD = 365


@dataclass(frozen=True)
class Filing:
    """What a claimant files."""

    title: str
    description: str
    invitees: tuple[Invitee, ...]
    category: str = ""
    amount: Money | None = None
    locale: str = ""
    protocol: str = ""
    requires_contract: bool = True
    respond_by: datetime | None = None


@transaction.atomic
def open_dispute(*, acting_user: User, filing: Filing) -> Dispute:
    """File a dispute: the case, its joint room, the claimant's part and an invitation for everybody else.

    Raises ValidationFailedError for fewer than one respondent, more than 20 parties, an address twice or the claimant's own, and
    for a `respond_by` that is not between now and a year ahead.
    """
    _check_invitees(acting_user, filing.invitees)
    dispute = Dispute(
        title=filing.title,
        description=filing.description,
        category=filing.category,
        locale=filing.locale or acting_user.locale,
        timezone=acting_user.timezone,
        protocol=filing.protocol or Protocol(settings.DISPUTES_DEFAULT_PROTOCOL),
        requires_contract=filing.requires_contract,
        filed_by=acting_user,
        respond_by=_respond_by(filing.respond_by, acting_user.timezone),
    )
    dispute.money = filing.amount
    dispute.save(force_insert=True)
    journal.open_stream(StreamRef("dispute", dispute.pk))
    _open_joint_room(dispute.pk)
    Participant.objects.create(
        dispute=dispute,
        user=acting_user,
        side=Side.CLAIMANT,
        status=ParticipantStatus.JOINED,
        full_name=acting_user.full_name,
        locale=acting_user.locale,
        joined_at=now(),
    )
    write(
        dispute,
        "dispute.filed",
        Actor.user(acting_user.pk),
        facts={"amount": filing.amount.as_json() if filing.amount else None, "protocol": str(dispute.protocol)},
    )
    publish(DisputeFiled(dispute.pk))
    for invitee in filing.invitees:
        invite(dispute, invitee, invited_by=acting_user)
    dispute.refresh_from_db()
    return dispute


def _open_joint_room(dispute_id: UUID) -> None:
    stream_id = joint_stream_id(dispute_id)
    journal.open_stream(StreamRef("messages", stream_id))
    MessageStream.objects.create(id=stream_id, dispute_id=dispute_id, kind=StreamKind.JOINT)


def _respond_by(wanted: datetime | None, timezone: str) -> datetime:
    present = now()
    if wanted is None:
        return days_from(present, settings.DISPUTES_RESPOND_DAYS, timezone)
    if not present < wanted <= present + timedelta(days=MAX_DAYS_AHEAD):
        raise ValidationFailedError(
            errors=[
                FieldError(
                    "/respond_by",
                    "out_of_range",
                    _("The date must lie ahead, at most %(days)d days.") % {"days": MAX_DAYS_AHEAD},
                )
            ]
        )
    return wanted


def _check_invitees(acting_user: User, invitees: tuple[Invitee, ...]) -> None:
    errors: list[FieldError] = []
    seen = {acting_user.email}
    for index, invitee in enumerate(invitees):
        if invitee.email in seen:
            detail = (
                _("You are a party already; name the other side's address.")
                if invitee.email == acting_user.email
                else _("This address stands here twice; invite each person once.")
            )
            errors.append(FieldError(f"/respondents/{index}/email", "duplicate", detail))
        seen.add(invitee.email)
    if not any(invitee.side == Side.RESPONDENT for invitee in invitees):
        errors.append(FieldError("/respondents", "required", _("Name at least one respondent.")))
    if len(invitees) + 1 > MAX_PARTIES:
        errors.append(
            FieldError(
                "/respondents", "max_length", _("A dispute has at most %(count)d parties.") % {"count": MAX_PARTIES}
            )
        )
    if errors:
        raise ValidationFailedError(errors=errors)
