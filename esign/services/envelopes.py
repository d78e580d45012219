"""Opening, viewing, reminding and ending envelopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.utils.translation import gettext as _

from esign.enums import EnvelopeStatus, SignerStatus, Workflow
from esign.errors import EnvelopeNotOpenError, NotYourTurnError, TransitionError
from esign.events import EnvelopeDeclined, EnvelopeExpired, EnvelopeSent, EnvelopeVoided, SignatureRequested
from esign.models import Envelope, Signer
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
) -> Envelope:
    """Make an envelope and send it. Those on turn are asked (SignatureRequested); publishes EnvelopeSent.

    `document_sha256` is what everybody signs. Raises ValidationFailedError for no, too many or doubled signers.
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
    )
    Signer.objects.bulk_create([_new_signer(envelope, spec) for spec in signers])
    _journal(
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
    """The signer has the document before them. Only somebody on turn of an open envelope counts; else nothing changes."""
    signer = Signer.objects.select_for_update(of=("self",), no_key=True).select_related("envelope").get(pk=signer_id)
    if signer.status != SignerStatus.NOTIFIED:
        return signer
    envelope = locked_envelope(signer.envelope_id)
    if (EnvelopeStatus(envelope.status), "view") not in ENVELOPE or envelope.all_signed_at is not None:
        return signer
    actor = actor_of(signer)
    move_signer(signer, "view", viewed_at=DbNow())
    if envelope.status == EnvelopeStatus.SENT:
        move_envelope(envelope, "view", actor)
    _journal(envelope, "signer.viewed", actor, {"signer_id": str(signer.pk)})
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
    if (SignerStatus(signer.status), "decline") not in SIGNER:
        raise NotYourTurnError(_("You can decline when it is your turn to sign."))
    actor = actor_of(signer)
    move_signer(signer, "decline", ended_at=DbNow())
    _end(envelope, "decline", actor, reason, signer)
    publish(EnvelopeDeclined(envelope.pk, envelope.subject_kind, envelope.subject_id))
    return envelope


@transaction.atomic
def void_envelope(*, envelope_id: UUID, acting_user: Any | None, reason: str) -> Envelope:
    """The sender (or the system, `acting_user=None`) calls the envelope back. Publishes EnvelopeVoided.

    Who may is the caller's to check. Raises EnvelopeNotOpenError once it ended or everybody signed.
    """
    envelope = open_and_locked(envelope_id, "void", ignore_expiry=True)
    actor = Actor.user(acting_user.pk) if acting_user is not None else Actor.system("esign")
    _end(envelope, "void", actor, reason, None)
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
    _end(envelope, "expire", Actor.system("sweep"), "", None)
    publish(EnvelopeExpired(envelope.pk, envelope.subject_kind, envelope.subject_id))
    return True


@transaction.atomic
def remind_signers(*, envelope_id: UUID, acting_user: Any) -> Envelope:
    """Ask those on turn once more, at most once an hour each. Raises EnvelopeNotOpenError."""
    envelope = open_and_locked(envelope_id, "remind")
    on_turn = Signer.objects.select_for_update(no_key=True).filter(
        envelope=envelope, status__in=[SignerStatus.NOTIFIED, SignerStatus.VIEWED]
    )
    due = [signer for signer in on_turn if _may_be_reminded(signer.pk)]
    for signer in due:
        Signer.objects.filter(pk=signer.pk).update(reminded_at=DbNow())
        _request(envelope, signer, is_reminder=True)
    _journal(envelope, "envelope.reminded", Actor.user(acting_user.pk), {"signers": [str(signer.pk) for signer in due]})
    return envelope


def ask_next(envelope: Envelope) -> None:
    """Ask everybody whose turn it is now: all in parallel, else all of the lowest order that has not finished."""
    signers = list(Signer.objects.select_for_update(no_key=True).filter(envelope=envelope).order_by("order", "id"))
    unfinished = [signer for signer in signers if signer.status != SignerStatus.SIGNED]
    if envelope.workflow == Workflow.SEQUENTIAL and unfinished:
        unfinished = [signer for signer in unfinished if signer.order == unfinished[0].order]
    for signer in unfinished:
        if signer.status == SignerStatus.WAITING:
            move_signer(signer, "notify", notified_at=DbNow())
            _request(envelope, signer, is_reminder=False)


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
        _journal(envelope, f"envelope.{target}", actor, {"from": before.value, "to": target.value})


def move_signer(signer: Signer, action: str, **changes: Any) -> None:
    """The one place that writes a signer's status. Raises TransitionError."""
    target = SIGNER.get((SignerStatus(signer.status), action))
    if target is None:
        raise TransitionError(
            _("A signer in state “%(state)s” does not allow that.") % {"state": SignerStatus(signer.status).label}
        )
    signer.status = target
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
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            raise ValidationFailedError(
                errors=[
                    FieldError(f"/signers/{index}/email", "doubled", _("Each signer needs an address of their own."))
                ]
            )


def _new_signer(envelope: Envelope, spec: SignerSpec) -> Signer:
    signer = Signer(envelope=envelope, user_id=spec.user_id, name=spec.name[:200], order=spec.order)
    address = spec.email.strip().lower()
    signer.email_sealed = seal_text(
        address, scope=person_scope(signer), table="esign_signer", row_id=signer.pk, column="email_sealed"
    )
    signer.email_index = blind_index(address, purpose="esign.signer")
    signer.token_digest = token_digest(signing_token(signer))
    return signer


def _may_be_reminded(signer_id: UUID) -> bool:
    hour_ago = ExpressionWrapper(DbNow() - Value(timedelta(hours=1)), output_field=DateTimeField())
    return not Signer.objects.filter(pk=signer_id, reminded_at__gt=hour_ago).exists()


def _request(envelope: Envelope, signer: Signer, *, is_reminder: bool) -> None:
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


def _end(envelope: Envelope, action: str, actor: Actor, reason: str, signer: Signer | None) -> None:
    move_envelope(envelope, action, actor, ended_at=DbNow(), end_reason=reason[:2000])
    envelope.end_reason = reason[:2000]


def _journal(envelope: Envelope, verb: str, actor: Actor, facts: dict[str, Any]) -> None:
    record(
        stream=StreamRef("envelope", envelope.pk),
        verb=verb,
        actor=actor,
        subject=("envelope", envelope.pk),
        facts=facts,
    )
