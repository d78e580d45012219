"""What `/verify/` finds out about a PDF, a proof bundle or a checksum. The stored checksum is compared first; any doubt means
"not valid"."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from documents.public import SandboxError, run_isolated
from esign.adapters import seal
from esign.models import Envelope, SealedRevision
from esign.selectors.envelopes import find_by_checksum, signers_of
from esign.selectors.revisions import revision_by_checksum, revisions_of
from kernel.clock import as_utc

CHECKSUM = re.compile(r"[0-9a-f]{64}")
CHECK_BUNDLE = "esign.adapters.inspection:check_bundle"
BUNDLE_MARK = b"PK"


@dataclass(frozen=True)
class SignedBy:
    """One signature, as the signed document itself shows it."""

    name: str  # whom the envelope names
    typed_name: str  # empty where it is the same
    signed_at: datetime


@dataclass(frozen=True)
class RevisionShown:
    """One stored state of the sealed PDF. `timestamped_at` is a trusted authority's time, None where there is none."""

    number: int
    sha256: str
    level: str
    stored_at: datetime
    timestamped_at: datetime | None
    timestamped_by: str
    is_this: bool


@dataclass(frozen=True)
class Finding:
    """`verdict`: valid (ours and unchanged) | altered (our seal, but not what we stored) | unsigned (ours, before signing)
    | unknown. `what`: pdf | bundle | checksum. `level` is what the validator found when the revision was stored."""

    verdict: str
    checksum: str
    what: str
    title: str = ""
    status: str = ""
    level: str = ""
    sealed_at: datetime | None = None
    signers: tuple[SignedBy, ...] = ()
    revisions: tuple[RevisionShown, ...] = field(default=())
    fingerprint: str = ""

    @property
    def was_file_read(self) -> bool:
        return self.what != "checksum"

    @property
    def newest(self) -> RevisionShown | None:
        return self.revisions[-1] if self.revisions else None


def verify_file(data: bytes) -> Finding:
    """Whatever was uploaded: a proof bundle, else a PDF."""
    return verify_bundle(data) if data.startswith(BUNDLE_MARK) else verify_pdf(data)


def verify_pdf(pdf: bytes) -> Finding:
    """Is this file ours, unchanged, by whom and when signed?"""
    checksum = hashlib.sha256(pdf).hexdigest()
    envelope, known_as = find_by_checksum(checksum)
    if envelope is not None and known_as == "unsigned":
        return _finding("unsigned", checksum, envelope, what="pdf")
    revision = revision_by_checksum(checksum)
    moment = as_utc(revision.created_at) if revision is not None else ""
    seal_state = seal.check(pdf, moment=moment)
    if revision is not None:
        if seal_state["is_valid"] is True:
            return _finding("valid", checksum, revision.envelope, what="pdf")
        return Finding("altered", checksum, "pdf")
    return Finding("altered" if seal_state["is_ours"] else "unknown", checksum, "pdf")


def verify_bundle(data: bytes) -> Finding:
    """A proof bundle is valid when `accord-verify` proves it under one of our seals and the PDF in it is valid, too."""
    checksum = hashlib.sha256(data).hexdigest()
    known = [hashlib.sha256(chain[0]).hexdigest() for chain in seal.known_certificates()]
    try:
        found: dict[str, Any] = run_isolated(CHECK_BUNDLE, {"data": data, "fingerprints": known})
    except SandboxError:
        return Finding("unknown", checksum, "bundle")
    if found["refused"]:
        return Finding("altered" if found["is_ours"] else "unknown", checksum, "bundle")
    inside = verify_pdf(found["pdf"])
    if inside.verdict != "valid":
        return Finding("altered", checksum, "bundle")
    envelope, _known_as = find_by_checksum(inside.checksum)
    if envelope is None or str(envelope.pk) != found["envelope"]:
        return Finding("altered", checksum, "bundle")
    return _finding("valid", inside.checksum, envelope, what="bundle", shown=checksum)


def verify_checksum(text: str) -> Finding | None:
    """What we know of a checksum (hex SHA-256, white space and case do not matter); None if it is none."""
    checksum = "".join(text.split()).lower()
    if not CHECKSUM.fullmatch(checksum):
        return None
    envelope, known_as = find_by_checksum(checksum)
    if envelope is None:
        return Finding("unknown", checksum, "checksum")
    return _finding("valid" if known_as == "sealed" else "unsigned", checksum, envelope, what="checksum")


def _finding(verdict: str, checksum: str, envelope: Envelope, *, what: str, shown: str = "") -> Finding:
    """Title and names are told only for a sealed file; whoever has the text alone learns that it was sealed, and how well."""
    revisions = revisions_of(envelope.pk)
    is_valid = verdict == "valid"
    current = next((item for item in revisions if item.sha256 == checksum), revisions[-1] if revisions else None)
    return Finding(
        verdict=verdict,
        checksum=shown or checksum,
        what=what,
        title=envelope.title if is_valid else "",
        status=envelope.status,
        level=current.level if current else "",
        sealed_at=envelope.sealed_at,
        signers=_signed_by(envelope) if is_valid else (),
        revisions=tuple(_shown(item, checksum) for item in revisions),
        fingerprint=current.certificate.fingerprint if current and current.certificate else "",
    )


def _signed_by(envelope: Envelope) -> tuple[SignedBy, ...]:
    return tuple(
        SignedBy(
            signer.name,
            "" if signer.signature.full_name == signer.name else signer.signature.full_name,
            signer.signature.signed_at,
        )
        for signer in signers_of(envelope.pk)
        if getattr(signer, "signature", None) is not None
    )


def _shown(revision: SealedRevision, checksum: str) -> RevisionShown:
    return RevisionShown(
        number=revision.number,
        sha256=revision.sha256,
        level=revision.level,
        stored_at=revision.created_at,
        timestamped_at=revision.timestamped_at,
        timestamped_by=revision.timestamped_by,
        is_this=revision.sha256 == checksum,
    )
