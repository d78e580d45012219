"""The door to esign for other apps.

envelope = open_envelope(subject=("contract", contract_id), document_id=…, file_id=…, document_sha256=…, title=…,
                         signers=[SignerSpec(user_id=…, name=…, email=…, order=1), …], workflow="parallel",
                         expires_at=…, acting=Actor.system("contracts"), locale="es")
image = prepare_signature_image("data:image/png;base64,…")         # adapter: before the transaction
with entry():
    record_signature(envelope_id=…, acting_user=user, full_name=…, consent=True, signature_image=image,
                     checksum=…, origin=origin_of(request), locale="es")
"""

from esign.adapters.images import prepare_signature_image
from esign.models import Envelope
from esign.selectors.consent import consent_text
from esign.selectors.envelopes import EnvelopeState, SignerState, envelope_state, signer_for_mail, signing_link
from esign.selectors.notices import (
    EnvelopeNotice,
    SigningNotice,
    envelope_notice,
    sender_of,
    signing_notice,
    told_signers,
)
from esign.services.envelopes import (
    SignerSpec,
    decline_envelope,
    expire_envelope,
    open_envelope,
    void_envelope,
)
from esign.services.signing import record_signature

__all__ = [
    "Envelope",
    "EnvelopeNotice",
    "EnvelopeState",
    "SignerSpec",
    "SignerState",
    "SigningNotice",
    "consent_text",
    "decline_envelope",
    "envelope_notice",
    "envelope_state",
    "expire_envelope",
    "open_envelope",
    "prepare_signature_image",
    "record_signature",
    "sender_of",
    "signer_for_mail",
    "signing_link",
    "signing_notice",
    "told_signers",
    "void_envelope",
]
