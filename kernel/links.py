"""Link tokens: made again from a primary key, so no token ever lies in an event, outbox row, task or journal.

A token is HMAC-SHA256(link key, purpose | row id | generation), 32 bytes, base64url without padding. The row stores only the
token's SHA-256; raising the row's generation kills every link made before.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings

PURPOSES = frozenset({"invitation", "verify_email", "password_reset", "sign", "claim"})


def _link_key() -> bytes:
    return hashlib.sha256(b"accord-link-key|" + settings.SECRET_KEY.encode()).digest()


def make_token(purpose: str, row_id: UUID, generation: int = 0) -> str:
    """The token of a row's link: 43 URL-safe characters."""
    if purpose not in PURPOSES:
        raise ValueError(f"Unknown link purpose {purpose!r}")
    message = f"{purpose}|{row_id}|{generation}".encode()
    digest = hmac.new(_link_key(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_digest(token: str) -> bytes:
    """What the row stores and is looked up by: SHA-256 of the token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
