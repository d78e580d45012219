"""Checks seals and time stamps with pyHanko. Runs in the killable child on any bytes; imports no Django.

Every doubt means "not valid": the first signature is the seal, by one of our certificates, a certification that allows no
changes, unchanged since; what follows are document time stamps (and the validation material they protect), and the last
signature covers the whole file. What pyHanko raises on hostile input is an answer too.

The level (ETSI EN 319 142-1) is what pyHanko's validators bear out, never what somebody hoped for:

* B-B     the seal holds
* B-T     and a trusted time stamp, in the seal or over the document, holds
* B-LT    and with the revocation data in the file alone, nothing fetched, every certificate below a trusted root is
          shown not to have been revoked
* B-LTA   and a trusted time stamp over the document covers that data
"""

import asyncio
import logging
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from asn1crypto import cms, tsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import ValidationInfoReadingError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter, validate_tst_signed_data
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel, TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from esign.adapters import accord_verify

MOST_SIGNATURES = 20
GREATEST_SKEW = timedelta(hours=1)


def check_seal(*, pdf: bytes, certificates: list[list[bytes]], roots: list[bytes], moment: str = "") -> dict[str, Any]:
    """What the file is worth: see `_nothing` for the keys of the answer.

    `certificates`: our seals' certificates, each with its chain; `roots`: whom we trust for time stamps; `moment` (ISO): when,
    by our own record, the file was made: the seal's certificate has to have been valid then, else now.
    """
    logging.disable(logging.CRITICAL)
    verdict = _nothing()
    try:
        asyncio.run(_check(pdf, certificates, roots, datetime.fromisoformat(moment) if moment else None, verdict))
    except Exception as error:  # whatever a parser of hostile bytes raises
        verdict |= {"is_valid": False, "level": "", "reason": f"unreadable ({type(error).__name__})"}
    return verdict


def _nothing() -> dict[str, Any]:
    return {
        "is_valid": False,
        "is_ours": False,  # one of our certificates made a signature in it
        "reason": "",
        "sealed_at": "",  # as the sealing server's clock had it
        "signatures": 0,  # with document time stamps
        "fingerprint": "",  # of the seal's certificate
        "level": "",
        "timestamps": [],  # {"kind": "signature" | "document", "at", "by", "is_trusted"}
        "paths": [],  # DER certificates from leaf to root: the seal's, then each trusted time stamp's
        "tokens": [],  # DER of each time-stamp token
    }


async def _check(
    pdf: bytes,
    certificates: list[list[bytes]],
    roots: list[bytes],
    moment: datetime | None,
    verdict: dict[str, Any],
) -> None:
    reader = PdfFileReader(BytesIO(pdf), strict=True)
    signatures = list(reader.embedded_signatures)
    verdict["signatures"] = len(signatures)
    ours = {chain[0]: chain for chain in certificates}
    makers = [bytes(signature.signer_cert.dump()) for signature in signatures if signature.sig_object_type == "/Sig"]
    verdict["is_ours"] = any(maker in ours for maker in makers)
    reason = _shape(signatures, makers, ours)
    if reason:
        verdict["reason"] = reason
        return
    seal, *later = signatures
    chain = ours[makers[0]]
    verdict["fingerprint"] = x509.Certificate.load(chain[0]).sha256.hex()
    anchors = [x509.Certificate.load(root) for root in roots] if later or _tokens_in(seal) else []
    status = await async_validate_pdf_signature(
        seal,
        signer_validation_context=_seal_context(chain, moment),
        ts_validation_context=ValidationContext(trust_roots=anchors, allow_fetching=False),
    )
    if status.signer_reported_dt is not None:
        verdict["sealed_at"] = status.signer_reported_dt.isoformat()
    verdict["reason"] = _trouble(seal, status, signatures[-1])
    if verdict["reason"]:
        return
    verdict["paths"].append(_ders(status.validation_path))
    if not await _read_times(seal, status.timestamp_validity, later, anchors, verdict):
        verdict["reason"] = "a time stamp in it does not hold"
        return
    verdict["level"] = await _level(reader, seal, later, chain, anchors, verdict)
    verdict["is_valid"] = True


def _shape(signatures: Sequence[EmbeddedPdfSignature], makers: list[bytes], ours: dict[bytes, list[bytes]]) -> str:
    """What rules the file out before any cryptography; "" for nothing."""
    if not signatures:
        return "no signature in it"
    if len(signatures) > MOST_SIGNATURES or len(makers) > 1:
        return "more than one signature in it"
    if not makers or makers[0] not in ours or signatures[0].sig_object_type != "/Sig":
        return "sealed by somebody else"
    if any(signature.sig_object_type != "/DocTimeStamp" for signature in signatures[1:]):
        return "something other than a time stamp follows the seal"
    return ""


def _trouble(seal: EmbeddedPdfSignature, status: Any, last: Any) -> str:
    last.compute_integrity_info()
    for is_fine, reason in (
        (status.intact and status.valid, "changed after sealing"),
        (status.trusted, "the certificate is not trusted"),
        (seal.sig_object.get("/SubFilter") == "/ETSI.CAdES.detached", "not a PAdES signature"),
        (seal.docmdp_level == MDPPerm.NO_CHANGES, "the seal does not forbid changes"),
        (
            status.docmdp_ok and status.modification_level in {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES},
            "changed after sealing",
        ),
        (
            status.coverage in {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION},
            "the seal does not cover the document",
        ),
        (last.coverage == SignatureCoverageLevel.ENTIRE_FILE, "something was added after sealing"),
    ):
        if not is_fine:
            return reason
    return ""


async def _read_times(
    seal: EmbeddedPdfSignature,
    in_seal: Any,
    later: Sequence[EmbeddedPdfSignature],
    anchors: list[x509.Certificate],
    verdict: dict[str, Any],
) -> bool:
    """Fill in the time stamps, oldest first. False when one is broken; one we merely do not trust is told as such."""
    found = [("signature", in_seal, _tokens_in(seal))] if in_seal is not None else []
    for position, item in enumerate(later):
        following = later[position + 1] if position + 1 < len(later) else None
        moment = _claimed_time(following) if following is not None else None  # a later one vouches for it
        context = ValidationContext(trust_roots=anchors, allow_fetching=False, moment=moment)
        status = await async_validate_pdf_timestamp(item, context)
        if not _changed_nothing(item):
            return False
        found.append(("document", status, [item.signed_data]))
    for kind, status, tokens in found:
        if not (status.intact and status.valid):
            return False
        verdict["timestamps"].append(
            {
                "kind": kind,
                "at": status.timestamp.isoformat(),
                "by": _name(status.signing_cert),
                "is_trusted": bool(status.trusted),
            }
        )
        verdict["tokens"].extend(_wrapped(token) for token in tokens)
        if status.trusted:
            verdict["paths"].append(_ders(status.validation_path))
    return True


def _changed_nothing(item: Any) -> bool:
    item.compute_integrity_info()
    return item.coverage in {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION}


async def _level(
    reader: PdfFileReader,
    seal: EmbeddedPdfSignature,
    later: Sequence[EmbeddedPdfSignature],
    chain: list[bytes],
    anchors: list[x509.Certificate],
    verdict: dict[str, Any],
) -> str:
    times = [datetime.fromisoformat(stamp["at"]) for stamp in verdict["timestamps"] if stamp["is_trusted"]]
    if not times:
        return "B-B"
    try:
        material = DocumentSecurityStore.read_dss(reader)
    except ValidationInfoReadingError:
        return "B-T"
    is_archived = bool(later) and verdict["timestamps"][-1]["is_trusted"]
    to_prove = list(later[:-1] if is_archived else later)
    if is_archived and len(times) < 2:
        return "B-T"  # the only time stamp is the one that would have to be proven

    def offline(trusted: list[x509.Certificate], others: Sequence[bytes], moment: datetime) -> ValidationContext:
        return material.as_validation_context(
            {
                "trust_roots": trusted,
                "other_certs": [x509.Certificate.load(der) for der in others],
                "moment": moment,
                "revocation_mode": "require",
                "retroactive_revinfo": True,
                "allow_fetching": False,
            }
        )

    root = x509.Certificate.load(chain[-1])
    proven = await async_validate_pdf_signature(
        seal,
        signer_validation_context=offline([root], chain[1:-1], times[0]),
        ts_validation_context=offline(anchors, [], times[0]),
        skip_diff=True,
    )
    if not proven.trusted or (proven.timestamp_validity is not None and not proven.timestamp_validity.trusted):
        return "B-T"
    for item in to_prove:
        shown = await async_validate_pdf_timestamp(item, offline(anchors, [], _claimed_time(item)), skip_diff=True)
        if not shown.trusted:
            return "B-T"
    return "B-LTA" if is_archived else "B-LT"


def check_token(*, answer: bytes, digest: bytes, nonce: str, roots: list[bytes], now: str) -> dict[str, Any]:
    """{"refused": why} or {"refused": "", "token": DER, "at": ISO, "by": name}: an authority's answer to our request."""
    logging.disable(logging.CRITICAL)
    try:
        return asyncio.run(_check_token(answer, digest, int(nonce), roots, datetime.fromisoformat(now)))
    except Exception as error:  # whatever a parser of hostile bytes raises
        return {"refused": f"unreadable ({type(error).__name__})"}


async def _check_token(answer: bytes, digest: bytes, nonce: int, roots: list[bytes], now: datetime) -> dict[str, Any]:
    response = tsp.TimeStampResp.load(answer, strict=True)
    if response["status"]["status"].native not in {"granted", "granted_with_mods"}:
        return {"refused": "the authority declined"}
    token = response["time_stamp_token"]
    if token["content_type"].native != "signed_data":
        return {"refused": "no token"}
    signed = token["content"]
    said = signed["encap_content_info"]["content"].parsed
    if said["nonce"].native != nonce:
        return {"refused": "wrong nonce"}
    imprint = said["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
        return {"refused": "wrong imprint"}
    context = ValidationContext(trust_roots=[x509.Certificate.load(root) for root in roots], allow_fetching=False)
    status = TimestampSignatureStatus(**await validate_tst_signed_data(signed, context, lambda _name: digest))
    if not (status.valid and status.intact):
        return {"refused": "the token's signature does not hold"}
    if not status.trusted:
        return {"refused": "not a trusted authority"}
    if abs(status.timestamp - now) > GREATEST_SKEW:
        return {"refused": "an absurd time"}
    return {
        "refused": "",
        "token": token.dump(),
        "at": status.timestamp.isoformat(),
        "by": _name(status.signing_cert),
    }


def check_bundle(*, data: bytes, fingerprints: list[str]) -> dict[str, Any]:
    """{"refused": why, "is_ours"} or {"refused": "", "is_ours", "pdf", "envelope"}: a proof bundle, and the PDF in it."""
    try:
        found = accord_verify.check(data, set(fingerprints))
    except accord_verify.InvalidBundleError as error:
        return {"refused": str(error), "is_ours": any(item.encode() in data for item in fingerprints)}
    with zipfile.ZipFile(BytesIO(data)) as opened:
        pdf = opened.read(accord_verify.DOCUMENT)
    return {"refused": "", "is_ours": True, "pdf": pdf, "envelope": found["envelope"]}


def _seal_context(chain: list[bytes], moment: datetime | None) -> ValidationContext:
    """Trust in our own certificate: it, or the top of the chain that the deployment gave with it."""
    certificates = [x509.Certificate.load(der) for der in chain]
    return ValidationContext(
        trust_roots=[certificates[-1]],
        other_certs=certificates[:-1],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _tokens_in(seal: EmbeddedPdfSignature) -> list[cms.SignedData]:
    return list(extract_tst_data_iter(seal.signer_info, signed=False))


def _wrapped(token: cms.SignedData) -> bytes:
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": token}).dump())


def _claimed_time(item: EmbeddedPdfSignature) -> datetime:
    moment: datetime = item.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _ders(path: Any) -> list[bytes]:
    return [bytes(certificate.dump()) for certificate in reversed(list(path))]


def _name(certificate: x509.Certificate) -> str:
    native = certificate.subject.native
    name = native.get("common_name") or native.get("organization_name") or certificate.subject.human_friendly
    return str(name)[:200]


def warm_up() -> None:
    """Import costs most; nothing else to warm."""
