"""Seal keys that are not a file: a PKCS#11 token, and AWS KMS (moto stands in for its API)."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from moto import mock_aws

from esign.adapters import keys
from esign.adapters.keys import seal_key
from esign.errors import SealError

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


def verify(key: Any, data: bytes) -> None:
    public = x509.load_der_x509_certificate(key.certificate).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(key.sign(data), data, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.skipif(not MODULE.exists() or not shutil.which("softhsm2-util"), reason="softhsm2 is not installed")
def test_key_in_a_token_signs_and_never_leaves_it(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pkcs11
    from pkcs11.util.rsa import decode_rsa_private_key

    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setitem(os.environ, "SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "accord", "--pin", "4321", "--so-pin", "8765"],
        check=True,
        capture_output=True,
    )
    (tmp_path / "pin").write_text("4321\n")
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = keys._certificate(made).public_bytes(serialization.Encoding.DER)
    with pkcs11.lib(str(MODULE)).get_token(token_label="accord").open(user_pin="4321", rw=True) as session:
        der = made.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        common = {pkcs11.Attribute.LABEL: "seal", pkcs11.Attribute.TOKEN: True}
        session.create_object({**decode_rsa_private_key(der), **common})
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.SUBJECT: x509.load_der_x509_certificate(certificate).subject.public_bytes(),
                pkcs11.Attribute.VALUE: certificate,
                **common,
            }
        )
    settings.ACCORD_SEAL_KEY = (
        f"pkcs11:token=accord;object=seal?module-path={MODULE}&pin-source=file:{tmp_path / 'pin'}"
    )

    key = seal_key()

    assert key.certificate == certificate
    verify(key, b"sealed")
    assert not hasattr(key, "private_bytes")
    keys._token_key.cache_clear()
    settings.ACCORD_SEAL_KEY = settings.ACCORD_SEAL_KEY.replace("object=seal", "object=other")
    with pytest.raises(SealError):
        seal_key()


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setitem(os.environ, name, "test")
    keys._kms_key.cache_clear()
    with mock_aws():
        yield boto3.client("kms", region_name="eu-west-1")
    keys._kms_key.cache_clear()


def certificate_over(public: Any) -> bytes:
    """A certificate for a key we do not hold: signed by another one."""
    issuer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    template = keys._certificate(issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(template.subject)
        .public_key(public)
        .serial_number(7)
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
    )
    return builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_key_in_kms_signs_by_one_call(settings: Any, tmp_path: Path, kms: Any) -> None:
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=made)["PublicKey"])
    (tmp_path / "seal.crt").write_bytes(certificate_over(public))
    settings.ACCORD_SEAL_KEY = f"awskms:{made}?certificate={tmp_path / 'seal.crt'}&region=eu-west-1"

    verify(seal_key(), b"sealed")


def test_kms_key_with_another_certificate_is_refused(settings: Any, tmp_path: Path, kms: Any) -> None:
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "seal.crt").write_bytes(certificate_over(other.public_key()))
    settings.ACCORD_SEAL_KEY = f"awskms:{made}?certificate={tmp_path / 'seal.crt'}&region=eu-west-1"

    with pytest.raises(SealError, match="do not belong together"):
        seal_key()
