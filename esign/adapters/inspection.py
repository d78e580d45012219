"""Checks a PDF's seal. Runs in the killable child on any bytes; imports no Django.

Every doubt means "not valid": exactly one signature, by our certificate, a certification that allows no changes, covering
the whole file, unchanged since. What pyHanko raises on hostile input is an answer too.
"""

import logging
from io import BytesIO
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def check_seal(*, pdf: bytes, certificate: bytes) -> dict[str, Any]:
    """{"is_valid", "is_ours", "reason", "sealed_at", "signatures"}. `is_ours`: the seal's certificate is in the file."""
    logging.disable(logging.CRITICAL)
    verdict: dict[str, Any] = {"is_valid": False, "is_ours": False, "reason": "", "sealed_at": "", "signatures": 0}
    try:
        _check(pdf, x509.Certificate.load(certificate), verdict)
    except Exception as error:  # whatever a parser of hostile bytes raises
        verdict["reason"] = f"unreadable ({type(error).__name__})"
        verdict["is_valid"] = False
    return verdict


def _check(pdf: bytes, ours: x509.Certificate, verdict: dict[str, Any]) -> None:
    reader = PdfFileReader(BytesIO(pdf), strict=True)
    signatures = list(reader.embedded_signatures)
    verdict["signatures"] = len(signatures)
    verdict["is_ours"] = any(signature.signer_cert.dump() == ours.dump() for signature in signatures)
    if not signatures:
        verdict["reason"] = "no signature in it"
        return
    if len(signatures) > 1:
        verdict["reason"] = "more than one signature in it"
        return
    [signature] = signatures
    if not verdict["is_ours"]:
        verdict["reason"] = "sealed by somebody else"
        return
    context = ValidationContext(trust_roots=[ours], allow_fetching=False, revocation_mode="soft-fail")
    status = validate_pdf_signature(signature, signer_validation_context=context)
    if status.signer_reported_dt is not None:
        verdict["sealed_at"] = status.signer_reported_dt.isoformat()
    certification = signature.docmdp_level
    for is_fine, reason in (
        (status.intact and status.valid, "changed after sealing"),
        (status.trusted, "the certificate is not trusted"),
        (signature.sig_object.get("/SubFilter") == "/ETSI.CAdES.detached", "not a PAdES signature"),
        (certification == MDPPerm.NO_CHANGES, "the seal does not forbid changes"),
        (status.coverage == SignatureCoverageLevel.ENTIRE_FILE, "something was added after sealing"),
        (status.bottom_line, "the validator does not accept it"),
    ):
        if not is_fine:
            verdict["reason"] = reason
            return
    verdict["is_valid"] = True


def warm_up() -> None:
    """Import costs most; nothing else to warm."""
