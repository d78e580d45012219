"""Recording signatures."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from esign.enums import ACTING, SignerStatus
from esign.errors import (
    AlreadySignedError,
    ConsentMissingError,
    DocumentChangedError,
    NotYourTurnError,
    RoleError,
    SignatureImageError,
)
from esign.events import SignatureRecorded
from esign.models import Envelope, Signature, Signer
from esign.selectors.consent import consent_locale, consent_version
from esign.selectors.envelopes import person_scope
from esign.services.envelopes import actor_of, go_on, locked_envelope, move_envelope, move_signer, open_and_locked
from esign.transitions import SIGNER
from kernel.clock import DbNow
from kernel.context import Origin
from kernel.crypto import seal_text
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.ids import new_id
from kernel.journal import StreamRef, record
from kernel.outbox import publish
from kernel.text import TextError, clean_text

LARGEST_IMAGE = 200_000
PNG = b"\x89PNG\r\n\x1a\n"


@transaction.atomic
def record_signature(
    *,
    envelope_id: UUID,
    acting_user: Any,
    full_name: str,
    consent: bool,
    signature_image: bytes | None,
    checksum: str | None,
    origin: Origin,
    locale: str = "en",
) -> Envelope:
    """A signed-in person signs. After the last signature EnvelopeFullySigned is published and the seal follows.

    `signature_image` is what `prepare_signature_image` returned; `checksum` is of the document the person was shown.
    Raises NotFoundError (no signer of it), ConsentMissingError, DocumentChangedError, NotYourTurnError,
    AlreadySignedError, EnvelopeNotOpenError, SignatureImageError.
    """
    signer = Signer.objects.filter(envelope_id=envelope_id, user_id=acting_user.pk).first()
    if signer is None:
        raise NotFoundError
    return sign_as(
        envelope_id=envelope_id,
        signer_id=signer.pk,
        full_name=full_name,
        consent=consent,
        signature_image=signature_image,
        checksum=checksum,
        origin=origin,
        locale=locale,
        channel="account",
    )


@transaction.atomic
def sign_as(
    *,
    envelope_id: UUID,
    signer_id: UUID,
    full_name: str,
    consent: bool,
    signature_image: bytes | None,
    checksum: str | None,
    origin: Origin,
    locale: str = "en",
    channel: str = "link",
) -> Envelope:
    """One signer's signature or approval, however they came. The envelope's row is locked first: of parallel tries one counts."""
    name = _typed_name(full_name)
    _check_image(signature_image)
    if consent is not True:
        raise ConsentMissingError(
            _("Agree to sign electronically first: send `consent: true` with the text that was shown.")
        )
    envelope = locked_envelope(envelope_id)
    signer = Signer.objects.select_for_update(no_key=True).get(pk=signer_id, envelope_id=envelope_id)
    if signer.status == SignerStatus.SIGNED:
        raise AlreadySignedError(_("You have signed already; a signature is given once."))
    if signer.role not in ACTING:
        raise RoleError(_("You are not asked to sign or to approve this document."))
    open_and_locked(envelope_id, "sign")
    if checksum is not None and checksum.strip().lower() != envelope.document_sha256:
        raise DocumentChangedError(
            _("This is not the document that is up for signature now. Read it again, then sign."),
            checksum=envelope.document_sha256,
        )
    if (SignerStatus(signer.status), "sign") not in SIGNER:
        raise NotYourTurnError(_("Others sign before you; you are told when it is your turn."))
    _write(envelope, signer, name, signature_image, origin, locale, channel)
    _after(envelope, signer)
    return envelope


def _typed_name(full_name: str) -> str:
    try:
        name = clean_text(full_name, max_length=200)
    except TextError as error:
        raise ValidationFailedError(errors=[FieldError("/full_name", error.code, str(error))]) from error
    if not any(character.isalpha() for character in name):
        raise ValidationFailedError(errors=[FieldError("/full_name", "blank", _("Type your full name."))])
    return name


def _check_image(image: bytes | None) -> None:
    if image is not None and (len(image) > LARGEST_IMAGE or not image.startswith(PNG)):
        raise SignatureImageError(
            _("Send the drawn signature as PNG of at most %(count)d kB.") % {"count": LARGEST_IMAGE // 1000}
        )


def _write(
    envelope: Envelope, signer: Signer, name: str, image: bytes | None, origin: Origin, locale: str, channel: str
) -> None:
    signature_id = new_id()
    scope = person_scope(signer)
    written = record(
        stream=StreamRef("envelope", envelope.pk),
        verb="signature.recorded",
        actor=actor_of(signer),
        subject=("signature", signature_id),
        facts={
            "signer_id": str(signer.pk),
            "document_sha256": envelope.document_sha256,
            "role": signer.role,
            "consent_version": consent_version(signer.role),
            "consent_locale": consent_locale(locale),
            "channel": channel,
            "is_drawn": image is not None,
        },
        personal={"full_name": name, "ip": origin.ip, "user_agent": origin.user_agent},
        person_id=scope.id,
    )

    def sealed(text: str, column: str) -> bytes:
        return seal_text(text, scope=scope, table="esign_signature", row_id=signature_id, column=column)

    Signature.objects.create(
        id=signature_id,
        signer=signer,
        full_name=name,
        image=image,
        consent_version=consent_version(signer.role),
        consent_locale=consent_locale(locale),
        document_sha256=envelope.document_sha256,
        ip_sealed=sealed(origin.ip, "ip_sealed"),
        user_agent_sealed=sealed(origin.user_agent, "user_agent_sealed"),
        channel=channel,
        signed_at=written.created_at,
        journal_seq=written.seq,
        journal_hash=written.hash.hex(),
    )


def _after(envelope: Envelope, signer: Signer) -> None:
    actor = actor_of(signer)
    move_signer(signer, "sign", ended_at=DbNow())
    publish(SignatureRecorded(envelope.pk, signer.user_id, envelope.subject_kind, envelope.subject_id))
    move_envelope(envelope, "sign", actor)
    go_on(envelope, actor)
