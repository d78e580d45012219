"""What a mail about an envelope is made of, read when it is sent. A signer's link is in that signer's notice and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts.public import users_by_id
from esign.enums import SignerRole, SignerStatus
from esign.models import Envelope, Signer
from esign.rules import is_on_turn, is_open
from esign.selectors.envelopes import is_time_left, signer_for_mail, signing_link


@dataclass(frozen=True)
class SigningNotice:
    """For one signer's mail. `asks` says that something is awaited of them now."""

    email: str
    name: str
    locale: str
    timezone: str
    title: str
    sender: str
    role: str
    link: str
    expires_at: datetime
    asks: bool
    status: str
    ended_by: str
    end_reason: str
    instead_of: str


@dataclass(frozen=True)
class EnvelopeNotice:
    """For the sender's mail. `handed_on` are pairs of who handed on and to whom."""

    title: str
    link: str
    status: str
    ended_by: str
    end_reason: str
    handed_on: tuple[tuple[str, str], ...]


def signing_notice(signer_id: UUID) -> SigningNotice | None:
    """None when the signer is gone or their address was erased."""
    if not Signer.objects.filter(pk=signer_id).exists():
        return None
    signer, email = signer_for_mail(signer_id)
    envelope = signer.envelope
    if not email:
        return None
    delegator = Signer.objects.filter(pk=signer.delegated_from_id).first() if signer.delegated_from_id else None
    return SigningNotice(
        email=email,
        name=signer.name,
        locale=getattr(signer.user, "locale", "") or envelope.locale,
        timezone=getattr(signer.user, "timezone", "") or "UTC",
        title=envelope.title,
        sender=_sender_name(envelope),
        role=signer.role,
        link=signing_link(signer.pk),
        expires_at=envelope.expires_at,
        asks=is_open(envelope) and is_on_turn(signer) and is_time_left(envelope.pk),
        status=envelope.status,
        ended_by=_decliner(envelope),
        end_reason=envelope.end_reason,
        instead_of=delegator.name if delegator is not None else "",
    )


def envelope_notice(envelope_id: UUID) -> EnvelopeNotice:
    """Raises Envelope.DoesNotExist."""
    envelope = Envelope.objects.get(pk=envelope_id)
    handed_on = Signer.objects.filter(envelope=envelope, delegated_from__isnull=False).order_by("id")
    return EnvelopeNotice(
        title=envelope.title,
        link=f"{settings.ACCORD_BASE_URL}/envelopes/{envelope.pk}/",
        status=envelope.status,
        ended_by=_decliner(envelope),
        end_reason=envelope.end_reason,
        handed_on=tuple(handed_on.values_list("delegated_from__name", "name")),
    )


def told_signers(envelope_id: UUID) -> list[UUID]:
    """Whom the end of an envelope concerns: everybody who was asked; when it is completed also who receives a copy.

    Who handed the seat on is not written to any more: the seat is the other person's.
    """
    seats = Signer.objects.filter(envelope_id=envelope_id).exclude(status=SignerStatus.DELEGATED)
    completed = Envelope.objects.filter(pk=envelope_id, sealed_file__isnull=False).exists()
    return [
        seat.pk for seat in seats if seat.status != SignerStatus.WAITING or (completed and seat.role == SignerRole.COPY)
    ]


def sender_of(envelope_id: UUID) -> UUID | None:
    """The person who sent it; None where the system did."""
    return Envelope.objects.values_list("creator_id", flat=True).get(pk=envelope_id)


def _sender_name(envelope: Envelope) -> str:
    sender = users_by_id([envelope.creator_id]).get(envelope.creator_id) if envelope.creator_id else None
    return sender.full_name if sender is not None else ""


def _decliner(envelope: Envelope) -> str:
    declined = Signer.objects.filter(envelope=envelope, status=SignerStatus.DECLINED).first()
    return declined.name if declined is not None else ""
