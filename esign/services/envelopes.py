"""Opening, viewing and ending envelopes, and who is asked next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.utils.translation import gettext as _

from esign.enums import ACTING, EnvelopeStatus, SignerRole, SignerStatus, Workflow
from esign.errors import EnvelopeNotOpenError, NotYourTurnError, RoleError, TransitionError
from esign.events import (
    EnvelopeDeclined,
    EnvelopeExpired,
    EnvelopeFullySigned,
    EnvelopeSent,
    EnvelopeVoided,
    SignatureRequested,
)
from esign.models import Envelope, Signer
from esign.rules import is_finished, is_on_turn
from esign.selectors.envelopes import is_time_left, person_scope, signing_token
from esign.transitions import AFTER_ALL_SIGNED, ENVELOPE, SIGNER, envelope_sources
from kernel.clock import DbNow, as_utc
from kernel.crypto import blind_index, seal_text
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.journal import Actor, StreamRef, record
from kernel.links import token_digest
from kernel.outbox import publish

MOST_SIGNERS = 50


@dataclass(frozen=True)
class SignerSpec:
    """Who is to sign. `user_id` may be missing for somebody without an account."""

    user_id: UUID | None
    name: str
    email: str
    order: int = 1
    role: str = SignerRole.SIGNER


@dataclass(frozen=True)
class Reminders:
    """The first after so many days, then every so many, at most so often to one signer; zeros: none by themselves."""

    first_days: int = 0
    every_days: int = 0
    at_most: int = 0


NO_REMINDERS = Reminders()


@transaction.atomic
def open_envelope(
    *,
    subject: tuple[str, UUID],
    document_id: UUID,
    file_id: UUID,
    document_sha256: str,
    title: str,
    signers: Sequence[SignerSpec],
    workflow: str,
    expires_at: datetime,
    acting: Actor,
    locale: str = "en",
    may_delegate: bool = False,
    reminders: Reminders = NO_REMINDERS,
) -> Envelope:
    """Make an envelope and send it. Those on turn are asked (SignatureRequested); publishes EnvelopeSent.

    `document_sha256` is what everybody signs. Raises ValidationFailedError for no, too many or doubled signers,
    and where nobody is asked to sign.
    """
    _check_signers(signers)
    envelope = Envelope.objects.create(
        title=title[:200],
        locale=locale,
        workflow=Workflow(workflow),
        subject_kind=subject[0],
        subject_id=subject[1],
        document_id=document_id,
        file_id=file_id,
        document_sha256=document_sha256,
        creator_id=acting.id if acting.kind == "user" else None,
        expires_at=expires_at,
        may_delegate=may_delegate,
        remind_first_days=reminders.first_days,
        remind_every_days=reminders.every_days,
        remind_at_most=reminders.at_most,
    )
    Signer.objects.bulk_create([new_signer(envelope, spec) for spec in signers])
    journal(
        envelope,
        "envelope.created",
        acting,
        {
            "subject_kind": subject[0],
            "subject_id": str(subject[1]),
            "document_sha256": document_sha256,
            "workflow": envelope.workflow,
            "signers": len(signers),
            "expires_at": as_utc(expires_at),
        },
    )
    move_envelope(envelope, "send", acting)
    publish(EnvelopeSent(envelope_id=envelope.pk, subject_kind=subject[0], subject_id=subject[1]))
    ask_next(envelope)
    return envelope


@transaction.atomic
def view_document(*, signer_id: UUID) -> Signer:
    """The signer has the document before them. Only somebody on turn of an open envelope counts; else nothing changes.

    A viewer has done their part with it: whoever comes next is asked.
    """
    signer = Signer.objects.get(pk=signer_id)
    if signer.status != SignerStatus.NOTIFIED:
        return signer
    envelope = locked_envelope(signer.envelope_id)  # the envelope first, as everywhere: no deadlock with signing
    signer = Signer.objects.select_for_update(no_key=True).get(pk=signer_id)
    if signer.status != SignerStatus.NOTIFIED or not is_time_left(envelope.pk):
        return signer
    if (EnvelopeStatus(envelope.status), "view") not in ENVELOPE or envelope.all_signed_at is not None:
        return signer
    actor = actor_of(signer)
    move_signer(signer, "view", viewed_at=DbNow())
    if envelope.status == EnvelopeStatus.SENT:
        move_envelope(envelope, "view", actor)
    journal(envelope, "signer.viewed", actor, {"signer_id": str(signer.pk)})
    if is_finished(signer):
        go_on(envelope, actor)
    return signer


@transaction.atomic
def decline_envelope(*, envelope_id: UUID, acting_user: Any, reason: str) -> Envelope:
    """A signer on turn refuses: the envelope ends. Publishes EnvelopeDeclined.

    Raises NotFoundError for who is no signer, NotYourTurnError, EnvelopeNotOpenError.
    """
    return decline_as(envelope_id=envelope_id, signer_id=_signer_id_of(envelope_id, acting_user), reason=reason)


@transaction.atomic
def decline_as(*, envelope_id: UUID, signer_id: UUID, reason: str) -> Envelope:
    """The same for a signer who came by a link."""
    envelope = open_and_locked(envelope_id, "decline")
    signer = Signer.objects.select_for_update(no_key=True).get(pk=signer_id, envelope_id=envelope_id)
    if signer.role not in ACTING:
        raise RoleError(_("You are not asked to sign or to approve; there is nothing to decline."))
    if (SignerStatus(signer.status), "decline") not in SIGNER:
        raise NotYourTurnError(_("You can decline when it is your turn to sign."))
    actor = actor_of(signer)
    move_signer(signer, "decline", ended_at=DbNow())
    _end(envelope, "decline", actor, reason)
    publish(EnvelopeDeclined(envelope.pk, envelope.subject_kind, envelope.subject_id))
    return envelope


@transaction.atomic
def void_envelope(*, envelope_id: UUID, acting_user: Any | None, reason: str) -> Envelope:
    """The sender (or the system, `acting_user=None`) calls the envelope back. Publishes EnvelopeVoided.

    Who may is the caller's to check. Raises EnvelopeNotOpenError once it ended or everybody signed.
    """
    envelope = open_and_locked(envelope_id, "void", ignore_expiry=True)
    actor = Actor.user(acting_user.pk) if acting_user is not None else Actor.system("esign")
    _end(envelope, "void", actor, reason)
    publish(EnvelopeVoided(envelope.pk, envelope.subject_kind, envelope.subject_id))
    return envelope


@transaction.atomic
def expire_envelope(*, envelope_id: UUID) -> bool:
    """End an open envelope whose time is up; False when there is nothing to do (any more). Publishes EnvelopeExpired."""
    envelope = (
        Envelope.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=envelope_id).first()
    )
    if envelope is None or envelope.all_signed_at is not None or is_time_left(envelope_id):
        return False
    if (EnvelopeStatus(envelope.status), "expire") not in ENVELOPE:
        return False
    _end(envelope, "expire", Actor.system("sweep"), "")
    publish(EnvelopeExpired(envelope.pk, envelope.subject_kind, envelope.subject_id))
    return True


def go_on(envelope: Envelope, actor: Actor) -> None:
    """Somebody has done their part: ask whoever is next, or say that everybody has (EnvelopeFullySigned)."""
    seats = list(Signer.objects.filter(envelope=envelope))
    if not all(is_finished(seat) for seat in seats):
        ask_next(envelope)
        return
    Envelope.objects.filter(pk=envelope.pk).update(all_signed_at=DbNow())
    journal(envelope, "envelope.all_signed", actor, {"document_sha256": envelope.document_sha256})
    publish(EnvelopeFullySigned(envelope.pk, envelope.subject_kind, envelope.subject_id))


def ask_next(envelope: Envelope) -> None:
    """Ask everybody whose turn it is now: all in parallel, else all of the lowest order that has not finished."""
    seats = list(Signer.objects.select_for_update(no_key=True).filter(envelope=envelope).order_by("order", "id"))
    unfinished = [seat for seat in seats if not is_finished(seat)]
    if envelope.workflow == Workflow.SEQUENTIAL and unfinished:
        unfinished = [seat for seat in unfinished if seat.order == unfinished[0].order]
    for seat in unfinished:
        if seat.status == SignerStatus.WAITING:
            first = after_days(envelope.remind_first_days) if envelope.remind_first_days else None
            move_signer(seat, "notify", notified_at=DbNow(), next_reminder_at=first)
            request_signature(envelope, seat, is_reminder=False)


def after_days(days: int) -> "ExpressionWrapper[Any]":
    """That many days from now, by the database's clock."""
    return ExpressionWrapper(DbNow() + Value(timedelta(days=days)), output_field=DateTimeField())


def locked_envelope(envelope_id: UUID) -> Envelope:
    """The row, locked. Raises NotFoundError."""
    envelope = Envelope.objects.select_for_update(of=("self",), no_key=True).filter(pk=envelope_id).first()
    if envelope is None:
        raise NotFoundError
    return envelope


def open_and_locked(envelope_id: UUID, action: str, *, ignore_expiry: bool = False) -> Envelope:
    """The locked row of an envelope that takes `action` now. Raises EnvelopeNotOpenError."""
    envelope = locked_envelope(envelope_id)
    if (EnvelopeStatus(envelope.status), action) not in ENVELOPE:
        raise EnvelopeNotOpenError(
            _("The envelope is in state “%(state)s”; that is no longer possible.")
            % {"state": EnvelopeStatus(envelope.status).label},
            status_now=envelope.status,
            allowed_from=envelope_sources(action),
        )
    if envelope.all_signed_at is not None and action not in AFTER_ALL_SIGNED:
        raise EnvelopeNotOpenError(_("Everybody has signed; the document is being sealed."), status_now=envelope.status)
    if not ignore_expiry and not is_time_left(envelope_id):
        raise EnvelopeNotOpenError(
            _("The time to sign is over; ask the sender for a new envelope."), status_now="expired"
        )
    return envelope


def move_envelope(envelope: Envelope, action: str, actor: Actor, **changes: Any) -> None:
    """The one place that writes an envelope's status; the row is locked by the caller."""
    before = EnvelopeStatus(envelope.status)
    target = ENVELOPE.get((before, action))
    if target is None:
        raise TransitionError(
            _("An envelope in state “%(state)s” does not allow that.") % {"state": before.label},
            allowed_from=envelope_sources(action),
        )
    envelope.status = target
    Envelope.objects.filter(pk=envelope.pk).update(status=target, **changes)
    if before != target:
        journal(envelope, f"envelope.{target}", actor, {"from": before.value, "to": target.value})


def move_signer(signer: Signer, action: str, **changes: Any) -> None:
    """The one place that writes a signer's status. Raises TransitionError."""
    target = SIGNER.get((SignerStatus(signer.status), action))
    if target is None:
        raise TransitionError(
            _("A signer in state “%(state)s” does not allow that.") % {"state": SignerStatus(signer.status).label}
        )
    signer.status = target
    if not is_on_turn(signer):
        changes = {"next_reminder_at": None, **changes}
    Signer.objects.filter(pk=signer.pk).update(status=target, **changes)


def actor_of(signer: Signer) -> Actor:
    """The signer as the journal names them: their account, else their seat in this envelope."""
    return Actor.user(signer.user_id) if signer.user_id else Actor("signer", signer.pk)


def _signer_id_of(envelope_id: UUID, user: Any) -> UUID:
    signer = Signer.objects.filter(envelope_id=envelope_id, user_id=user.pk).first()
    if signer is None:
        raise NotFoundError
    return signer.pk


def _check_signers(signers: Sequence[SignerSpec]) -> None:
    addresses = [spec.email.strip().lower() for spec in signers]
    if not 1 <= len(signers) <= MOST_SIGNERS:
        raise ValidationFailedError(
            errors=[
                FieldError("/signers", "count", _("Name between 1 and %(count)d signers.") % {"count": MOST_SIGNERS})
            ]
        )
    if all(spec.role != SignerRole.SIGNER for spec in signers):
        raise ValidationFailedError(
            errors=[FieldError("/signers", "nobody_signs", _("At least one person has to sign."))]
        )
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            raise ValidationFailedError(
                errors=[
                    FieldError(f"/signers/{index}/email", "doubled", _("Each signer needs an address of their own."))
                ]
            )


def new_signer(envelope: Envelope, spec: SignerSpec) -> Signer:
    """A seat that waits, not saved yet."""
    signer = Signer(
        envelope=envelope, user_id=spec.user_id, name=spec.name[:200], order=spec.order, role=SignerRole(spec.role)
    )
    write_address(signer, spec.email)
    return signer


def write_address(signer: Signer, email: str) -> None:
    """The address, encrypted for the person the seat belongs to, and the digest of the link of its generation."""
    address = email.strip().lower()
    signer.email_sealed = seal_text(
        address, scope=person_scope(signer), table="esign_signer", row_id=signer.pk, column="email_sealed"
    )
    signer.email_index = address_index(address)
    signer.token_digest = token_digest(signing_token(signer))


def address_index(email: str) -> bytes:
    """What an address is found by without being readable."""
    return blind_index(email.strip().lower(), purpose="esign.signer")


def request_signature(envelope: Envelope, signer: Signer, *, is_reminder: bool) -> None:
    """Have the signer written to: it is their turn, or a link is sent again."""
    publish(
        SignatureRequested(
            envelope_id=envelope.pk,
            signer_id=signer.pk,
            signer_user_id=signer.user_id,
            is_reminder=is_reminder,
            subject_kind=envelope.subject_kind,
            subject_id=envelope.subject_id,
        )
    )


def _end(envelope: Envelope, action: str, actor: Actor, reason: str) -> None:
    move_envelope(envelope, action, actor, ended_at=DbNow(), end_reason=reason[:2000])
    envelope.end_reason = reason[:2000]
    Signer.objects.filter(envelope=envelope, next_reminder_at__isnull=False).update(next_reminder_at=None)


def journal(envelope: Envelope, verb: str, actor: Actor, facts: dict[str, Any]) -> None:
    """One entry about the envelope, in its own stream."""
    record(
        stream=StreamRef("envelope", envelope.pk),
        verb=verb,
        actor=actor,
        subject=("envelope", envelope.pk),
        facts=facts,
    )
