"""What `/verify/` finds out about a PDF or a checksum. The stored checksum is compared first; any doubt means "not valid"."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from esign.adapters import seal
from esign.models import Envelope
from esign.selectors.envelopes import find_by_checksum, signers_of

CHECKSUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class SignedBy:
    """One signature, as the signed document itself shows it."""

    name: str  # whom the envelope names
    typed_name: str  # empty where it is the same
    signed_at: datetime


@dataclass(frozen=True)
class Finding:
    """`verdict`: valid (ours and unchanged) | altered (our seal, but not what we stored) | unsigned (ours, before signing)
    | unknown. `was_file_read` tells an uploaded file from a checksum typed in."""

    verdict: str
    checksum: str
    was_file_read: bool
    title: str = ""
    status: str = ""
    level: str = ""
    sealed_at: datetime | None = None
    signers: tuple[SignedBy, ...] = ()


def verify_pdf(pdf: bytes) -> Finding:
    """Is this file ours, unchanged, by whom and when signed?"""
    checksum = hashlib.sha256(pdf).hexdigest()
    envelope, known_as = find_by_checksum(checksum)
    if envelope is not None and known_as == "unsigned":
        return _finding("unsigned", checksum, envelope, was_file_read=True)
    seal_state = seal.check(pdf)
    if envelope is not None and known_as == "sealed":
        if seal_state["is_valid"] is True:
            return _finding("valid", checksum, envelope, was_file_read=True)
        return Finding("altered", checksum, was_file_read=True)
    return Finding("altered" if seal_state["is_ours"] else "unknown", checksum, was_file_read=True)


def verify_checksum(text: str) -> Finding | None:
    """What we know of a checksum (hex SHA-256, white space and case do not matter); None if it is none."""
    checksum = "".join(text.split()).lower()
    if not CHECKSUM.fullmatch(checksum):
        return None
    envelope, known_as = find_by_checksum(checksum)
    if envelope is None:
        return Finding("unknown", checksum, was_file_read=False)
    return _finding("valid" if known_as == "sealed" else "unsigned", checksum, envelope, was_file_read=False)


def _finding(verdict: str, checksum: str, envelope: Envelope, *, was_file_read: bool) -> Finding:
    signers: tuple[SignedBy, ...] = ()
    if verdict == "valid":
        signers = tuple(
            SignedBy(
                signer.name,
                "" if signer.signature.full_name == signer.name else signer.signature.full_name,
                signer.signature.signed_at,
            )
            for signer in signers_of(envelope.pk)
        )
    return Finding(
        verdict=verdict,
        checksum=checksum,
        was_file_read=was_file_read,
        title=envelope.title if verdict == "valid" else "",
        status=envelope.status,
        level=envelope.seal_level,
        sealed_at=envelope.sealed_at if verdict == "valid" else None,
        signers=signers,
    )
