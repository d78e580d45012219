"""A time-stamping authority on a local socket (RFC 3161), with a root, revocation lists over HTTP, and every way to lie."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import core, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

new_stamper: Any = DummyTimeStamper
DER = serialization.Encoding.DER


class Authority:
    """`behaviour` says how the next requests are answered:

    honest | down (503) | garbage | slow (drips) | declines | wrong-nonce | wrong-imprint | broken-signature | stranger (a key
    no trusted root vouches for) | not-for-time (no such key usage) | last-year | huge.
    `lists`: whether revocation lists are offered and answered.
    """

    def __init__(self, *, with_revocation: bool = True) -> None:
        self.behaviour = "honest"
        self.asked = 0
        self.are_lists_up = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.root_key, self.root = _root("Test Time Root")
        points = f"{self.address}/root.crl" if with_revocation else ""
        self.stamper = self._stamper(self.root_key, self.root, points, ExtendedKeyUsageOID.TIME_STAMPING)
        self.no_stamper = self._stamper(self.root_key, self.root, points, ExtendedKeyUsageOID.EMAIL_PROTECTION)
        self.stranger = self._stamper(*_root("Somebody Else"), "", ExtendedKeyUsageOID.TIME_STAMPING)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(serialization.Encoding.PEM).decode()

    def revocation_list(self) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(now - timedelta(hours=1))
            .next_update(now + timedelta(days=7))
        )
        return builder.sign(self.root_key, hashes.SHA256()).public_bytes(DER)

    def answer(self, body: bytes) -> bytes:
        self.asked += 1
        request = tsp.TimeStampReq.load(body)
        if self.behaviour == "wrong-nonce":
            request["nonce"] = 7
        if self.behaviour == "wrong-imprint":
            request["message_imprint"]["hashed_message"] = b"\7" * 32
        if self.behaviour == "declines":
            return bytes.fromhex("30053003020102")  # a status alone: rejection
        stamper = {"stranger": self.stranger, "not-for-time": self.no_stamper}.get(self.behaviour, self.stamper)
        stamper.fixed_dt = datetime.now(UTC) - timedelta(days=365 if self.behaviour == "last-year" else 0)
        given = stamper.request_tsa_response(request)
        if self.behaviour == "broken-signature":
            signer = given["time_stamp_token"]["content"]["signer_infos"][0]
            signer["signature"] = core.OctetString(bytes(256))
        return bytes(tsp.TimeStampResp.load(given.dump()).dump())

    @staticmethod
    def _stamper(issuer_key: rsa.RSAPrivateKey, issuer: x509.Certificate, points: str, usage: Any) -> Any:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        builder = _certificate("Test Time Authority", issuer.subject, key).add_extension(
            x509.ExtendedKeyUsage([usage]), critical=True
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        if points:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(points)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        certificate = builder.sign(issuer_key, hashes.SHA256())
        return new_stamper(
            asn1_x509.Certificate.load(certificate.public_bytes(DER)),
            keys.PrivateKeyInfo.load(
                key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            ),
        )


@contextmanager
def authority(*, with_revocation: bool = True) -> Iterator[Authority]:
    """An authority that runs until the block ends."""
    running = Authority(with_revocation=with_revocation)
    try:
        yield running
    finally:
        running.server.shutdown()
        running.server.server_close()


def _root(name: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _certificate(name, subject, key, is_root=True).add_extension(usage, critical=True)
    return key, builder.sign(key, hashes.SHA256())


def _certificate(
    name: str, issuer: x509.Name, key: rsa.RSAPrivateKey, *, is_root: bool = False
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=400))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _handler(owner: Authority) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, owner.revocation_list()) if owner.are_lists_up else self._send(503, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if owner.behaviour == "down":
                owner.asked += 1
                return self._send(503, b"")
            if owner.behaviour in {"garbage", "huge"}:
                owner.asked += 1
                return self._send(200, b"\x30\x80junk" * (1 if owner.behaviour == "garbage" else 100_000))
            return self._send(200, owner.answer(body), drips=owner.behaviour == "slow")

        def _send(self, status: int, body: bytes, *, drips: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for position in range(0, len(body), 1 if drips else len(body)):
                    self.wfile.write(body[position : position + (1 if drips else len(body))])
                    if drips:
                        time.sleep(0.3)
            except OSError:
                return  # the client had enough

        def log_message(self, *_arguments: Any) -> None:
            return

    return Handler
