"""Time from a time-stamping authority (RFC 3161): the only time that counts as proven. This server's clock never does.

An answer is checked before it is used, in the killable child: granted, our nonce, our hash, a signature that holds, a
certificate for time-stamping that leads to a trusted root (TSA_ROOTS, else the system's), and a time that is not absurd.
"""

import asyncio
import logging
import secrets
import ssl
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from asn1crypto import algos, cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from pyhanko.sign.timestamps.api import TimeStamper

from documents.public import SandboxError, SandboxLimits, run_isolated
from esign.adapters.outgoing import OutgoingError, fetch
from kernel.breaker import CircuitBreaker, CircuitOpenError
from kernel.clock import now

log = logging.getLogger(__name__)

CHECK_STAMP = "esign.adapters.inspection:check_token"
LARGEST_ANSWER = 64 * 1024
LARGEST_TOKEN = 12 * 1024
LIMITS = SandboxLimits(wall_seconds=10, cpu_seconds=5)
breaker = CircuitBreaker("tsa", failure_threshold=5, reset_seconds=30)


class TimestampError(Exception):
    """There is no time stamp to be had now. `reason` is for the log and the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """A time-stamp token that was checked: its DER, when and by whom."""

    der: bytes
    at: datetime
    by: str


class Stamper(TimeStamper):
    """What pyHanko asks for time stamps. Made outside pyHanko's event loop, where the database may be asked for the time."""

    def __init__(self) -> None:
        cast(Any, super()).__init__()
        self.made_at = now()

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        if md_algorithm != "sha256":
            raise TimestampError("hash")
        token = await asyncio.to_thread(stamp, message_digest, self.made_at)
        return cms.ContentInfo.load(token.der)


def is_configured() -> bool:
    """Whether this deployment has a time-stamping authority."""
    return bool(settings.TSA_URL)


def stamp(digest: bytes, about: datetime | None = None) -> Token:
    """A checked time stamp over a SHA-256 digest, `about` now. Raises TimestampError; calls nothing while the breaker is open."""
    try:
        moment = about or now()
        return breaker.call(lambda: _stamp(digest, moment), failures=(TimestampError,))
    except CircuitOpenError as error:
        raise TimestampError("left alone for a moment") from error


def _stamp(digest: bytes, about: datetime) -> Token:
    nonce = secrets.randbits(63) | 1 << 62
    request = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": tsp.MessageImprint(
                {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
            ),
            "nonce": nonce,
            "cert_req": True,
        }
    )
    try:
        answer = fetch(
            settings.TSA_URL,
            body=request.dump(),
            content_type="application/timestamp-query",
            accept="application/timestamp-reply",
            largest=LARGEST_ANSWER,
        )
        found = run_isolated(
            CHECK_STAMP,
            {
                "answer": answer,
                "digest": digest,
                "nonce": str(nonce),
                "roots": trusted_roots(),
                "now": about.isoformat(),
            },
            limits=LIMITS,
        )
    except OutgoingError as error:
        raise _refused(str(error)) from error
    except SandboxError as error:
        raise _refused(type(error).__name__) from error
    if found["refused"]:
        raise _refused(found["refused"])
    if len(found["token"]) > LARGEST_TOKEN:
        raise _refused("token too large")
    return Token(der=found["token"], at=datetime.fromisoformat(found["at"]), by=found["by"])


def _refused(reason: str) -> TimestampError:
    log.warning("No time stamp: %s.", reason)
    return TimestampError(reason)


def trusted_roots() -> list[bytes]:
    """The DER certificates that a time stamp must lead to; none where there is no authority."""
    source = settings.TSA_ROOTS
    if source:
        pem = source.encode() if source.lstrip().startswith("-----BEGIN") else Path(source).read_bytes()
        return _roots(pem)
    return _system_roots() if settings.TSA_URL else []


@lru_cache(maxsize=4)
def _roots(pem: bytes) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in x509.load_pem_x509_certificates(pem)]


@lru_cache(maxsize=1)
def _system_roots() -> list[bytes]:
    path = ssl.get_default_verify_paths().cafile
    return _roots(Path(path).read_bytes()) if path else []


def described(found: dict[str, Any]) -> tuple[datetime | None, str]:
    """The first trusted time in what the validator found, and whose it is."""
    for token in found["timestamps"]:
        if token["is_trusted"]:
            return datetime.fromisoformat(token["at"]), token["by"]
    return None, ""
