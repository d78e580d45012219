"""What happens to one seat of an envelope: reminded, sent again, corrected, handed on. A link goes to its own signer only."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Q, Value
from django.utils.translation import gettext as _

from esign.enums import ACTING, SignerStatus
from esign.errors import (
    DelegationRefusedError,
    NotYourTurnError,
    PeopleFixedError,
    RoleError,
    SentTooOftenError,
    TransitionError,
)
from esign.events import SignerDelegated
from esign.models import Envelope, Signer
from esign.rules import is_finished, is_on_turn, may_name_people
from esign.selectors.envelopes import is_time_left, person_scope, signing_token, verified_account
from esign.services.envelopes import (
    MOST_SIGNERS,
    SignerSpec,
    actor_of,
    address_index,
    after_days,
    journal,
    locked_envelope,
    move_envelope,
    move_signer,
    new_signer,
    open_and_locked,
    request_signature,
    write_address,
)
from esign.transitions import SIGNER
from kernel.clock import DbNow
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.journal import Actor, StreamRef, record
from kernel.links import token_digest
from kernel.outbox import publish

BETWEEN_REMINDERS = timedelta(hours=1)
BETWEEN_LINKS = timedelta(minutes=1)


@transaction.atomic
def remind_signers(*, envelope_id: UUID, acting_user: Any) -> Envelope:
    """Ask those on turn once more, at most once an hour each. Raises EnvelopeNotOpenError."""
    envelope = open_and_locked(envelope_id, "remind")
    seats = Signer.objects.select_for_update(no_key=True).filter(
        envelope=envelope, status__in=[SignerStatus.NOTIFIED, SignerStatus.VIEWED]
    )
    due = [seat for seat in seats if is_on_turn(seat) and not _was_written_to(seat.pk, BETWEEN_REMINDERS)]
    for seat in due:
        Signer.objects.filter(pk=seat.pk).update(reminded_at=DbNow())
        request_signature(envelope, seat, is_reminder=True)
    journal(envelope, "envelope.reminded", Actor.user(acting_user.pk), {"signers": [str(seat.pk) for seat in due]})
    return envelope


@transaction.atomic
def remind_by_itself(*, signer_id: UUID) -> bool:
    """The reminder that the sender ordered, once its time has come; False when there is nothing to do (any more)."""
    seat = Signer.objects.filter(pk=signer_id).first()
    if seat is None:
        return False
    envelope = locked_envelope(seat.envelope_id)
    due = Signer.objects.select_for_update(no_key=True).filter(pk=signer_id, next_reminder_at__lte=DbNow()).first()
    if due is None or not is_on_turn(due) or envelope.all_signed_at is not None or not is_time_left(envelope.pk):
        return False
    sent = due.reminders_sent + 1
    again = after_days(envelope.remind_every_days) if sent < envelope.remind_at_most else None
    Signer.objects.filter(pk=due.pk).update(reminders_sent=sent, reminded_at=DbNow(), next_reminder_at=again)
    request_signature(envelope, due, is_reminder=True)
    journal(envelope, "signer.reminded", Actor.system("sweep"), {"signer_id": str(due.pk), "number": sent})
    return True


@transaction.atomic
def resend_link(*, envelope_id: UUID, signer_id: UUID, acting_user: Any) -> Envelope:
    """A fresh link to a signer on turn; the one before leads nowhere from now on.

    Raises NotFoundError, EnvelopeNotOpenError, TransitionError (not on turn), SentTooOftenError.
    """
    envelope = open_and_locked(envelope_id, "resend")
    seat = _seat(envelope, signer_id)
    if is_finished(seat):
        raise TransitionError(_("This person has done their part; no link is needed any more."))
    if _was_written_to(seat.pk, BETWEEN_LINKS):
        raise SentTooOftenError(_("A link went out less than a minute ago; wait a moment."))
    move_signer(seat, "resend", reminded_at=DbNow())
    _renew_link(seat)
    journal(envelope, "signer.link_sent_again", Actor.user(acting_user.pk), {"signer_id": str(seat.pk)})
    request_signature(envelope, seat, is_reminder=False)
    return envelope


@transaction.atomic
def correct_signer(*, envelope_id: UUID, signer_id: UUID, name: str, email: str, acting_user: Any) -> Envelope:
    """Another address (and name, if given) for a signer who has not acted; every link sent before leads nowhere from now on.

    Somebody whose turn it is is asked at the new address. Raises NotFoundError, EnvelopeNotOpenError, PeopleFixedError (a case's
    contract), TransitionError and ValidationFailedError (an address that is in the envelope already).
    """
    envelope = open_and_locked(envelope_id, "correct")
    if not may_name_people(envelope):
        raise PeopleFixedError(_("The parties of the case sign this; nobody can put another address in their place."))
    seat = _seat(envelope, signer_id)
    if is_finished(seat) and seat.status != SignerStatus.WAITING:
        raise TransitionError(_("This person has acted already; the address stays as it was."))
    user_id = verified_account(email)
    _check_free(envelope, email, user_id, but=seat)
    was_asked = seat.status != SignerStatus.WAITING
    move_signer(seat, "correct", viewed_at=None)
    seat.user_id = user_id
    seat.name = name[:200] or seat.name
    seat.generation += 1
    write_address(seat, email)
    seat.save(update_fields=["user", "name", "generation", "email_sealed", "email_index", "token_digest"])
    record(
        stream=StreamRef("envelope", envelope.pk),
        verb="signer.corrected",
        actor=Actor.user(acting_user.pk),
        subject=("signer", seat.pk),
        facts={"signer_id": str(seat.pk)},
        personal={"name": seat.name, "email": email.strip().lower()},
        person_id=person_scope(seat).id,
    )
    if was_asked:
        request_signature(envelope, seat, is_reminder=False)
    return envelope


@transaction.atomic
def delegate_signature(*, envelope_id: UUID, signer_id: UUID, name: str, email: str) -> Envelope:
    """The signer hands the seat on: somebody else is asked in their place, and both stay on record. Publishes SignerDelegated.

    Raises DelegationRefusedError (the sender does not allow it; handed on before), NotYourTurnError, EnvelopeNotOpenError,
    ValidationFailedError.
    """
    envelope = open_and_locked(envelope_id, "delegate")
    seat = _seat(envelope, signer_id)
    if not envelope.may_delegate:
        raise DelegationRefusedError(_("The sender asks you in person: this envelope cannot be handed on."))
    if seat.role not in ACTING:
        raise RoleError(_("Only somebody who is asked to sign or to approve can hand that on."))
    if seat.delegated_from_id is not None:
        raise DelegationRefusedError(_("It was handed on to you; it cannot be handed on once more."))
    if (SignerStatus(seat.status), "delegate") not in SIGNER:
        raise NotYourTurnError(_("You can hand it on when it is your turn."))
    user_id = verified_account(email)
    _check_free(envelope, email, user_id)
    if Signer.objects.filter(envelope=envelope).count() >= MOST_SIGNERS:
        raise DelegationRefusedError(_("The envelope has as many people as it can hold."))
    actor = actor_of(seat)
    move_signer(seat, "delegate", ended_at=DbNow())
    delegate = new_signer(
        envelope, SignerSpec(user_id=user_id, name=name, email=email, order=seat.order, role=seat.role)
    )
    delegate.delegated_from = seat
    delegate.save()
    record(
        stream=StreamRef("envelope", envelope.pk),
        verb="signer.delegated",
        actor=actor,
        subject=("signer", seat.pk),
        facts={"signer_id": str(seat.pk), "delegate_id": str(delegate.pk)},
        personal={"name": delegate.name, "email": email.strip().lower()},
        person_id=person_scope(delegate).id,
    )
    move_envelope(envelope, "delegate", actor)
    first = after_days(envelope.remind_first_days) if envelope.remind_first_days else None
    move_signer(delegate, "notify", notified_at=DbNow(), next_reminder_at=first)
    publish(SignerDelegated(envelope.pk, seat.pk, delegate.pk, envelope.subject_kind, envelope.subject_id))
    request_signature(envelope, delegate, is_reminder=False)
    return envelope


def _seat(envelope: Envelope, signer_id: UUID) -> Signer:
    seat = Signer.objects.select_for_update(no_key=True).filter(pk=signer_id, envelope=envelope).first()
    if seat is None:
        raise NotFoundError
    return seat


def _renew_link(seat: Signer) -> None:
    seat.generation += 1
    seat.token_digest = token_digest(signing_token(seat))
    seat.save(update_fields=["generation", "token_digest"])


def _check_free(envelope: Envelope, email: str, user_id: UUID | None, *, but: Signer | None = None) -> None:
    same = Q(email_index=address_index(email))
    if user_id is not None:
        same |= Q(user_id=user_id)
    others = Signer.objects.filter(same, envelope=envelope)
    if (others.exclude(pk=but.pk) if but is not None else others).exists():
        detail = _("This person is in the envelope already; each signer needs an address of their own.")
        raise ValidationFailedError(errors=[FieldError("/email", "doubled", detail)])


def _was_written_to(signer_id: UUID, within: timedelta) -> bool:
    since = ExpressionWrapper(DbNow() - Value(within), output_field=DateTimeField())
    return Signer.objects.filter(pk=signer_id, reminded_at__gt=since).exists()
