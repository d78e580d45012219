"""Envelopes for tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from accounts.public import User
from accounts.tests.factories import UserFactory
from documents.tests.factories import document_of
from esign.models import Envelope, Signature, Signer
from esign.selectors.envelopes import signing_token
from esign.services import signing
from esign.services.envelopes import SignerSpec, address_index, open_envelope
from esign.services.sealing import complete_envelope
from esign.services.signing import record_signature, sign_as
from kernel.clock import now
from kernel.context import Origin
from kernel.journal import Actor

ORIGIN = Origin(ip="203.0.113.77", user_agent="TestBrowser/1.0", request_id="r")

# What the tests of other apps look at: they come through this door only (the import contract).
__all__ = [
    "Envelope",
    "Signature",
    "Signer",
    "complete_envelope",
    "envelope_of",
    "guest",
    "seat_of",
    "sign",
    "sign_all",
    "sign_seat",
    "signing",
    "signing_token",
    "spec",
    "token_of",
]


def spec(user: User, order: int = 1) -> SignerSpec:
    return SignerSpec(user_id=user.pk, name=user.full_name, email=user.email, order=order)


def guest(email: str, order: int = 1, role: str = "signer") -> SignerSpec:
    return SignerSpec(user_id=None, name="Guest " + email, email=email, order=order, role=role)


def envelope_of(*signers: SignerSpec, creator: User | None = None, **fields: Any) -> Envelope:
    """An envelope that is sent; without signers, two people are made."""
    document = fields.pop("document", None) or document_of(None)
    assert document.file is not None
    values: dict[str, Any] = {
        "subject": ("contract", uuid4()),
        "document_id": document.pk,
        "file_id": document.file.pk,
        "document_sha256": document.file.sha256,
        "title": "A made-up agreement",
        "signers": list(signers) or [spec(UserFactory()), spec(UserFactory())],
        "workflow": "parallel",
        "expires_at": now() + timedelta(days=14),
        "acting": Actor.user(creator.pk) if creator else Actor.system("test"),
    }
    return open_envelope(**{**values, **fields})


def sign(envelope: Envelope, user: User, **fields: Any) -> Envelope:
    values: dict[str, Any] = {
        "full_name": user.full_name,
        "consent": True,
        "signature_image": None,
        "checksum": envelope.document_sha256,
        "origin": ORIGIN,
    }
    return record_signature(envelope_id=envelope.pk, acting_user=user, **{**values, **fields})


def sign_all(envelope: Envelope) -> Envelope:
    """Every signer signs, in order."""
    for signer in envelope.signers.order_by("order", "id"):
        sign_as(
            envelope_id=envelope.pk,
            signer_id=signer.pk,
            full_name=signer.name,
            consent=True,
            signature_image=None,
            checksum=None,
            origin=ORIGIN,
        )
    envelope.refresh_from_db()
    return envelope


def seat_of(envelope: Envelope, email: str) -> Signer:
    """The seat of an address."""
    return Signer.objects.get(envelope=envelope, email_index=address_index(email))


def sign_seat(signer: Signer) -> Envelope:
    """The signer signs by their link."""
    return sign_as(
        envelope_id=signer.envelope_id,
        signer_id=signer.pk,
        full_name=signer.name,
        consent=True,
        signature_image=None,
        checksum=None,
        origin=ORIGIN,
    )


def token_of(envelope: Envelope, index: int = 0) -> str:
    return signing_token(list(envelope.signers.order_by("order", "id"))[index])
