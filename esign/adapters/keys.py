"""The seal's private key, wherever it lives: a file, a PKCS#11 token or AWS KMS, behind one interface.

ACCORD_SEAL_KEY says which:

* a path, or the PEM itself     an RSA key with its certificate; made on first use if the path does not exist
* `pkcs11:token=…;object=…?module-path=…&pin-source=…`   RFC 7512; key and certificate lie in the token under one label
* `awskms:<key id>?certificate=<path of the PEM>&region=…`   the key never leaves KMS

A key is loaded once a process: reading and checking an RSA key costs more than signing with it.
"""

import contextlib
import hashlib
import os
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from esign.errors import SealError

KEY_BITS = 3072
VALID_YEARS = 20


class SealKey(Protocol):
    """What seals. `certificate` is DER, `fingerprint` its hex SHA-256; `chain` are the DER certificates above it."""

    @property
    def certificate(self) -> bytes: ...
    @property
    def chain(self) -> tuple[bytes, ...]: ...
    @property
    def fingerprint(self) -> str: ...

    def sign(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 over SHA-256 of `data`. Raises SealError when the key cannot be used now."""


@dataclass(frozen=True)
class FileKey:
    """A key in this process's memory."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    fingerprint: str
    chain: tuple[bytes, ...] = ()

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@dataclass(frozen=True)
class TokenKey:
    """A key that stays in a PKCS#11 token. One session a process, used by one thread at a time."""

    key: Any
    certificate: bytes
    fingerprint: str
    chain: tuple[bytes, ...] = ()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sign(self, data: bytes) -> bytes:
        import pkcs11

        try:
            with self.lock:
                signed: bytes = self.key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
        except pkcs11.PKCS11Error as error:
            _token_key.cache_clear()  # a new session next time
            raise SealError(f"The token does not sign ({type(error).__name__}).") from error
        return signed


KMS_LONGEST_MESSAGE: Final = (
    4096  # bytes that `Sign` takes as they are (AWS KMS API reference); more goes as its digest
)


@dataclass(frozen=True)
class KmsKey:
    """A key in AWS KMS (or what speaks its protocol): each seal is one `Sign` call. The service hashes what is short itself."""

    client: Any
    key_id: str
    certificate: bytes
    fingerprint: str
    chain: tuple[bytes, ...] = ()

    def sign(self, data: bytes) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        is_short = len(data) <= KMS_LONGEST_MESSAGE
        try:
            answer = self.client.sign(
                KeyId=self.key_id,
                Message=data if is_short else hashlib.sha256(data).digest(),
                MessageType="RAW" if is_short else "DIGEST",
                SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
            )
        except (BotoCoreError, ClientError) as error:
            raise SealError(f"The key management service does not sign ({type(error).__name__}).") from error
        signed: bytes = answer["Signature"]
        return signed


def seal_key() -> SealKey:
    """The key that ACCORD_SEAL_KEY names. Raises SealError when it cannot be had."""
    source = settings.ACCORD_SEAL_KEY
    if source.startswith("pkcs11:"):
        return _token_key(source)
    if source.startswith("awskms:"):
        return _kms_key(source)
    if source.lstrip().startswith("-----BEGIN"):
        return _file_key(source.encode())
    path = Path(source)
    if not path.exists():
        _make(path)
    return _file_key(path.read_bytes())


@lru_cache(maxsize=4)
def _file_key(pem: bytes) -> FileKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise SealError("ACCORD_SEAL_KEY must name a PEM file with an RSA key and its certificate.") from error
    certificate, chain = _certificates(pem)
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise SealError("The key and the certificate of ACCORD_SEAL_KEY do not belong together, or are not RSA.")
    return FileKey(key=key, certificate=_der(certificate), fingerprint=_fingerprint(certificate), chain=chain)


@lru_cache(maxsize=2)
def _token_key(address: str) -> TokenKey:
    try:
        import pkcs11
    except ImportError as error:
        raise SealError("A PKCS#11 key needs the package python-pkcs11: install accord[hsm].") from error
    attributes, query = _pkcs11_address(address)
    try:
        token = pkcs11.lib(query["module-path"]).get_token(token_label=attributes["token"])
        session = token.open(user_pin=_pin(query))
        key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=attributes["object"])
        found = session.get_objects(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.LABEL: attributes["object"],
            }
        )
        [der] = [bytes(item[pkcs11.Attribute.VALUE]) for item in found]
        certificate = x509.load_der_x509_certificate(der)
        modulus = int.from_bytes(key[pkcs11.Attribute.MODULUS], "big")
    except KeyError as error:
        raise SealError(f"The PKCS#11 address lacks {error.args[0]!r}.") from error
    except (pkcs11.PKCS11Error, RuntimeError, ValueError, OSError) as error:
        raise SealError(f"The key in the token cannot be used ({type(error).__name__}).") from error
    _check_modulus(certificate, modulus)
    return TokenKey(key=key, certificate=der, fingerprint=_fingerprint(certificate))


@lru_cache(maxsize=2)
def _kms_key(address: str) -> KmsKey:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    name, _question, rest = address.removeprefix("awskms:").partition("?")
    query = dict(parse_qsl(rest))
    try:
        certificate, chain = _certificates(Path(query["certificate"]).read_bytes())
        client = boto3.client(
            "kms",
            region_name=query.get("region") or cast(str, settings.S3_OPTIONS["region_name"] or "us-east-1"),
            endpoint_url=query.get("endpoint") or None,
            config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 2}),
        )
        public = serialization.load_der_public_key(client.get_public_key(KeyId=unquote(name))["PublicKey"])
    except KeyError as error:
        raise SealError(f"The KMS address lacks {error.args[0]!r}.") from error
    except (BotoCoreError, ClientError, OSError, ValueError) as error:
        raise SealError(f"The key management service cannot be used ({type(error).__name__}).") from error
    if public != certificate.public_key() or not isinstance(public, rsa.RSAPublicKey):
        raise SealError("The KMS key and the certificate do not belong together, or are not RSA.")
    return KmsKey(
        client=client,
        key_id=unquote(name),
        certificate=_der(certificate),
        fingerprint=_fingerprint(certificate),
        chain=chain,
    )


def as_pem(key: SealKey) -> str:
    """The certificate and those above it, for the record of what was sealed with."""
    certificates = [x509.load_der_x509_certificate(der) for der in (key.certificate, *key.chain)]
    return "".join(item.public_bytes(serialization.Encoding.PEM).decode("ascii") for item in certificates)


def _pkcs11_address(address: str) -> tuple[dict[str, str], dict[str, str]]:
    path, _question, rest = address.removeprefix("pkcs11:").partition("?")
    attributes = dict(part.split("=", 1) for part in path.split(";") if "=" in part)
    return {name: unquote(value) for name, value in attributes.items()}, dict(parse_qsl(rest))


def _pin(query: dict[str, str]) -> str:
    if "pin-source" in query:
        return Path(query["pin-source"].removeprefix("file:")).read_text(encoding="utf-8").strip()
    return query["pin-value"]


def _check_modulus(certificate: x509.Certificate, modulus: int) -> None:
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey) or public.public_numbers().n != modulus:
        raise SealError("The key and the certificate in the token do not belong together, or are not RSA.")


def _certificates(pem: bytes) -> tuple[x509.Certificate, tuple[bytes, ...]]:
    try:
        first, *above = x509.load_pem_x509_certificates(pem)
    except (ValueError, TypeError) as error:
        raise SealError("There is no certificate beside the seal's key.") from error
    return first, tuple(_der(certificate) for certificate in above)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(_der(certificate)).hexdigest()


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
