"""The deployment's seal: one PAdES signature (ETSI EN 319 142-1) as certification, no changes allowed after it.

The final PDF is the signed document's own bytes, unchanged, followed by an incremental update that adds the signature page,
the certificate of completion and the seal. So whoever holds it can cut off the first `len(document)` bytes and compare
their SHA-256 with the one each signature record names: what was signed is provably what was shown.

With a time-stamping authority (TSA_URL) the seal carries its token; without an answer from it the seal goes on without, and
`extend` adds the time later, as a document time stamp: another incremental update, so each revision begins with all of the one
before. Which level that makes is the validator's to say (`inspection`), not ours.

A self-signed certificate says who sealed, not that anybody vouches for them: /verify/ is where a reader asks the deployment.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from django.conf import settings
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents.public import SandboxError, run_isolated
from esign.adapters import timestamps
from esign.adapters.keys import SealKey, seal_key
from esign.adapters.timestamps import Stamper, TimestampError
from esign.errors import SealError
from esign.selectors.revisions import seal_certificates

log = logging.getLogger(__name__)

CHECK = "esign.adapters.inspection:check_seal"
FIELD = "AccordSeal"
BYTES_RESERVED = 12_288  # hex digits for the signature; measured, so that nothing is signed once more for its size
BYTES_FOR_TOKEN = 2 * timestamps.LARGEST_TOKEN
new_dictionary: Any = generic.DictionaryObject  # pyHanko's containers have untyped constructors
new_store: Any = SimpleCertificateStore
NOT_OF_ADDED_PAGES = ("/Parent", "/StructParents", "/Tabs", "/Annots")


@dataclass(frozen=True)
class Material:
    """What a later reader needs to validate offline: certificates, revocation lists and OCSP answers (DER)."""

    certificates: Sequence[bytes]
    crls: Sequence[bytes]
    ocsps: Sequence[bytes]


class _KeySigner(Signer):
    """pyHanko's signer around our key, which is loaded once: reading and checking an RSA key costs more than signing."""

    def __init__(self, key: SealKey) -> None:
        self.key = key
        store = new_store()
        store.register_multiple([_certificate(der) for der in key.chain])
        super().__init__(
            signing_cert=_certificate(key.certificate),
            cert_registry=store,
            prefer_pss=False,
            embed_roots=False,
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if digest_algorithm != "sha256":
            raise SealError("The seal signs SHA-256 only.")
        return self.key.sign(data)


def level_aimed_at() -> str:
    """What a seal put on now is meant to reach in the end; whether it does is the validator's to say."""
    return "B-LTA" if timestamps.is_configured() else "B-B"


def seal(document: bytes, added_pages: bytes, *, reason: str) -> bytes:
    """`document`, then `added_pages`, then the seal, with a time stamp if one can be had now. Raises SealError."""
    if timestamps.is_configured():
        try:
            return _seal(document, added_pages, reason, Stamper())
        except TimestampError as error:
            log.warning("Sealed without a time stamp (%s); it is added later.", error.reason)
    return _seal(document, added_pages, reason, None)


def _seal(document: bytes, added_pages: bytes, reason: str, stamper: Stamper | None) -> bytes:
    try:
        writer = IncrementalPdfFileWriter(BytesIO(document), strict=True)
        _append_pages(writer, added_pages)
        signer = PdfSigner(_metadata(reason), signer=_KeySigner(seal_key()), timestamper=stamper)
        reserved = BYTES_RESERVED + (BYTES_FOR_TOKEN if stamper else 0)
        data: bytes = signer.sign_pdf(writer, bytes_reserved=reserved, in_place=False).getvalue()
    except (SealError, TimestampError):
        raise
    except Exception as error:  # pyHanko raises what its parsers raise
        raise SealError(f"The document could not be sealed ({type(error).__name__}).") from error
    if not data.startswith(document):
        raise SealError("The sealed file does not begin with the signed document.")
    return data


def extend(pdf: bytes, material: Material | None) -> bytes:
    """The same file with a document time stamp after it, and before that the validation `material` if there is any.

    Nothing else is added, and what was there stays byte for byte. Raises TimestampError, SealError.
    """
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=True)
        if material is not None:
            DocumentSecurityStore.supply_dss_in_writer(
                writer,
                None,
                certs=[_certificate(der) for der in material.certificates],
                crls=[asn1_crl.CertificateList.load(der) for der in material.crls],
                ocsps=[asn1_ocsp.OCSPResponse.load(der) for der in material.ocsps],
            )
        number = sum(1 for _signature in writer.prev.embedded_signatures)
        stamper = PdfTimeStamper(Stamper(), field_name=f"AccordTime{number}")
        data: bytes = stamper.timestamp_pdf(writer, "sha256", bytes_reserved=BYTES_FOR_TOKEN).getvalue()
    except (SealError, TimestampError):
        raise
    except Exception as error:  # pyHanko raises what its parsers raise
        raise SealError(f"The sealed file could not be extended ({type(error).__name__}).") from error
    if not data.startswith(pdf):
        raise SealError("The extended file does not begin with the sealed one.")
    return data


def validate(pdf: bytes) -> dict[str, Any]:
    """What pyHanko's validator says of a file we have just made. Raises SealError unless it is valid."""
    found = check(pdf)
    if not found["is_valid"]:
        raise SealError(f"The seal does not validate: {found['reason']}.")
    return found


def check(pdf: bytes, *, moment: str = "") -> dict[str, Any]:
    """The answer of `inspection.check_seal`; any trouble with the file means "not valid"."""
    arguments = {
        "pdf": pdf,
        "certificates": known_certificates(),
        "roots": timestamps.trusted_roots(),
        "moment": moment,
    }
    try:
        found: dict[str, Any] = run_isolated(CHECK, arguments)
    except SandboxError as error:
        return {
            "is_valid": False,
            "is_ours": False,
            "reason": type(error).__name__,
            "sealed_at": "",
            "signatures": 0,
            "fingerprint": "",
            "level": "",
            "timestamps": [],
            "paths": [],
            "tokens": [],
        }
    return found


def known_certificates() -> list[list[bytes]]:
    """The certificates of all our seals, each with its chain: those that sealed something, and the one in use."""
    known = {chain[0]: chain for chain in seal_certificates()}
    try:
        key = identity()
    except SealError:  # a token that is unplugged: what was sealed with it can still be checked
        log.warning("The seal's key cannot be reached; checking with the certificates on record.")
    else:
        known.setdefault(key.certificate, [key.certificate, *key.chain])
    return list(known.values())


def known_fingerprints() -> list[str]:
    """The SHA-256 of each of those certificates, the one in use first."""
    prints = [hashlib.sha256(chain[0]).hexdigest() for chain in known_certificates()]
    try:
        current = identity().fingerprint
    except SealError:
        return prints
    return sorted(prints, key=lambda item: item != current)


def identity() -> SealKey:
    """The seal now in use. Raises SealError when its key cannot be had."""
    return seal_key()


@lru_cache(maxsize=32)
def _certificate(der: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(der)


def _metadata(reason: str) -> PdfSignatureMetadata:
    return PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=settings.ACCORD_BASE_URL,
        name="Accord",
    )


def _append_pages(writer: Any, added: bytes) -> None:
    reader = PdfFileReader(BytesIO(added), strict=True)
    pages: Any = generic.ArrayObject()
    pages.container_ref = reader.root["/Pages"].container_ref  # tells import_object where they come from
    for page in _pages_of(reader.root["/Pages"]):
        kept = new_dictionary({name: page.raw_get(name) for name in page if name not in NOT_OF_ADDED_PAGES})
        pages.append(kept)
    # One call, so that fonts shared by the pages are copied once.
    for page in writer.import_object(pages):
        writer.insert_page(page)


def _pages_of(node: generic.DictionaryObject) -> list[generic.DictionaryObject]:
    if node["/Type"] == pdf_name("/Page"):
        return [node]
    return [page for kid in node["/Kids"] for page in _pages_of(kid.get_object())]
