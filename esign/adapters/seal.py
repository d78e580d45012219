"""The deployment's seal: one PAdES signature (baseline B-B, ETSI EN 319 142-1) as certification, no changes allowed after it.

The final PDF is the signed document's own bytes, unchanged, followed by an incremental update that adds the signature page,
the certificate of completion and the seal. So whoever holds it can cut off the first `len(document)` bytes and compare
their SHA-256 with the one each signature record names: what was signed is provably what was shown.

The key and its self-signed certificate are one PEM, named by ACCORD_SEAL_KEY or made on first use. The certificate says who
sealed, not that anybody vouches for them: /verify/ is where a reader asks the deployment itself.
"""

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents.public import SandboxError, run_isolated
from esign.errors import SealError

CHECK = "esign.adapters.inspection:check_seal"
LEVEL = "B-B"
FIELD = "AccordSeal"
BYTES_RESERVED = 12_288
KEY_BITS = 3072
VALID_YEARS = 20
new_dictionary: Any = generic.DictionaryObject  # pyHanko's containers have untyped constructors
new_store: Any = SimpleCertificateStore
NOT_OF_ADDED_PAGES = ("/Parent", "/StructParents", "/Tabs", "/Annots")


@dataclass(frozen=True)
class SealIdentity:
    """The seal's key and certificate. `fingerprint` is the hex SHA-256 of the certificate (DER)."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    fingerprint: str


class _PreparedSigner(SimpleSigner):
    """pyHanko's signer with the key loaded once: parsing and checking an RSA key costs more than signing with it."""

    def __init__(self, identity: SealIdentity) -> None:
        self.prepared = identity.key
        super().__init__(
            signing_cert=asn1_x509.Certificate.load(identity.certificate),
            signing_key=_placeholder(identity),
            cert_registry=new_store(),
        )

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        if digest_algorithm != "sha256":
            raise SealError("The seal signs SHA-256 only.")
        return self.prepared.sign(data, padding.PKCS1v15(), hashes.SHA256())


def seal(document: bytes, added_pages: bytes, *, reason: str) -> bytes:
    """`document`, then `added_pages`, then the seal. Raises SealError."""
    try:
        writer = IncrementalPdfFileWriter(BytesIO(document), strict=True)
        _append_pages(writer, added_pages)
        sealed = _signer(reason).sign_pdf(writer, bytes_reserved=BYTES_RESERVED, in_place=False)
        data: bytes = sealed.getvalue()
    except SealError:
        raise
    except Exception as error:  # pyHanko raises what its parsers raise
        raise SealError(f"The document could not be sealed ({type(error).__name__}).") from error
    if not data.startswith(document):
        raise SealError("The sealed file does not begin with the signed document.")
    return data


def validate(pdf: bytes) -> None:
    """Have the seal checked by pyHanko's validator in the killable child. Raises SealError unless it is valid."""
    found = check(pdf)
    if not found["is_valid"]:
        raise SealError(f"The seal does not validate: {found['reason']}.")


def check(pdf: bytes) -> dict[str, object]:
    """{"is_valid", "is_ours", "reason", "sealed_at", "signatures"}; any trouble with the file means "not valid"."""
    try:
        found: dict[str, object] = run_isolated(CHECK, {"pdf": pdf, "certificate": identity().certificate})
    except SandboxError as error:
        return {"is_valid": False, "is_ours": False, "reason": type(error).__name__, "sealed_at": "", "signatures": 0}
    return found


def identity() -> SealIdentity:
    """The seal, made on first use. Raises SealError when the PEM is not a key with its certificate."""
    source = settings.ACCORD_SEAL_KEY
    if source.lstrip().startswith("-----BEGIN"):
        return _load(source.encode())
    path = Path(source)
    if not path.exists():
        _make(path)
    return _load(path.read_bytes())


def _signer(reason: str) -> PdfSigner:
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=settings.ACCORD_BASE_URL,
        name="Accord",
    )
    return PdfSigner(metadata, signer=_PreparedSigner(identity()))


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


@lru_cache(maxsize=4)
def _load(pem: bytes) -> SealIdentity:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError) as error:
        raise SealError("ACCORD_SEAL_KEY must name a PEM file with an RSA key and its certificate.") from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise SealError("The key and the certificate of ACCORD_SEAL_KEY do not belong together, or are not RSA.")
    der = certificate.public_bytes(serialization.Encoding.DER)
    return SealIdentity(key=key, certificate=der, fingerprint=hashlib.sha256(der).hexdigest())


@lru_cache(maxsize=4)
def _placeholder(identity: SealIdentity) -> asn1_keys.PrivateKeyInfo:
    der = identity.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return asn1_keys.PrivateKeyInfo.load(der)


def _make(path: Path) -> None:
    """A new key with a self-signed certificate; of two processes starting at once the first wins."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + _certificate(key).public_bytes(serialization.Encoding.PEM)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    host = urlsplit(settings.ACCORD_BASE_URL).hostname or "accord"
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Accord seal of {host}"[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Accord"),
        ]
    )
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365 * VALID_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
