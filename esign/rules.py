"""Who may what, one predicate each; `selectors.envelopes_visible_to` is the twin of `can_see_envelope`."""

from typing import Any

from esign.enums import ACTING, OPEN, SignerRole, SignerStatus
from esign.models import Envelope, Signer

OWN_DOCUMENT = "document"  # what an envelope is opened for: somebody's own document, or else another app's aggregate


def can_see_envelope(user: Any, envelope: Envelope) -> bool:
    """Who sent it, and its signers."""
    return is_creator(user, envelope) or is_signer(user, envelope)


def is_creator(user: Any, envelope: Envelope) -> bool:
    return bool(user.is_authenticated and user.is_active and envelope.creator_id == user.pk)


def may_name_people(envelope: Envelope) -> bool:
    """Whether the sender says who signs. A case's contract is signed by the case's parties, whoever sent it for signature."""
    return envelope.subject_kind == OWN_DOCUMENT


def is_signer(user: Any, envelope: Envelope) -> bool:
    return bool(user.is_authenticated and user.is_active and envelope.signers.filter(user_id=user.pk).exists())


def is_open(envelope: Envelope) -> bool:
    """Signatures can still come in (whether the time is up is asked in SQL)."""
    return envelope.status in OPEN and envelope.all_signed_at is None


def is_on_turn(signer: Signer) -> bool:
    """This signer has been asked and has neither signed nor declined."""
    return signer.status in {SignerStatus.NOTIFIED, SignerStatus.VIEWED} and not is_finished(signer)


def can_act(signer: Signer) -> bool:
    """It is this signer's turn to sign, approve or decline."""
    return signer.role in ACTING and is_on_turn(signer)


def is_finished(signer: Signer) -> bool:
    """Nothing more is awaited of this seat: signed or approved, seen, handed on, or never asked for anything."""
    if signer.role == SignerRole.COPY or signer.status == SignerStatus.DELEGATED:
        return True
    return signer.status == (SignerStatus.VIEWED if signer.role == SignerRole.VIEWER else SignerStatus.SIGNED)
