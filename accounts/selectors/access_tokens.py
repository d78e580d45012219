"""Access tokens: RS256 JWTs (RFC 7519) that live for minutes and are good only while their session is.

Reading one costs one SQL statement: session alive, person active, token not expired, by the database's clock. Only the
signature check may be skipped, for a token this process has already verified.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from accounts.models import AuthSession, User
from kernel.errors import AuthenticationRequiredError
from kernel.ids import new_id
from kernel.registries import Principal

ALGORITHM = "RS256"
SESSION_SCOPES = ("session",)  # a signed-in person; keys of integrators name narrower ones
_CLAIMS = ["sub", "role", "scope", "sid", "jti", "iat", "exp"]
_LONGEST_TOKEN = 4096
_REMEMBERED_TOKENS = 8192


@dataclass(frozen=True)
class AccessClaims:
    """What a genuine access token says; whether it is still good is for the database."""

    user_id: UUID
    session_id: UUID
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True)
class _SigningKey:
    private: RSAPrivateKey
    kid: str


@lru_cache(maxsize=4)
def _signing_key(pem: str) -> _SigningKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ImproperlyConfigured("JWT_SECRET_KEY must be the PEM of an RSA private key: access tokens are RS256.")
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = base64.urlsafe_b64encode(hashlib.sha256(public).digest()[:12]).decode()
    return _SigningKey(key, kid)


def make_access_token(*, user: User, session_id: UUID, now: datetime) -> str:
    """A signed token for `user` in the session, good for ACCESS_TOKEN_EXPIRE_MINUTES from `now`."""
    key = _signing_key(settings.JWT_PRIVATE_KEY)
    claims = {
        "sub": str(user.pk),
        "role": user.role,
        "scope": " ".join(SESSION_SCOPES),
        "sid": str(session_id),
        "jti": str(new_id()),
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES)).timestamp()),
    }
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})


@lru_cache(maxsize=_REMEMBERED_TOKENS)
def _verified_claims(token: str, pem: str) -> AccessClaims:
    """The claims of a token with our signature. Remembered, since a signature does not change; failures are not."""
    key = _signing_key(pem)
    read = jwt.decode_complete(
        token,
        key.private.public_key(),
        algorithms=[ALGORITHM],
        # Expiry is compared in SQL, by the one clock everything due is compared with.
        options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
    )
    if read["header"].get("kid") != key.kid:
        raise jwt.InvalidKeyError("another key's id")
    claims = read["payload"]
    return AccessClaims(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        scopes=frozenset(str(claims["scope"]).split()),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def read_access_token(token: str) -> AccessClaims:
    """The claims of a genuine token. Raises AuthenticationRequiredError for anything else."""
    if len(token) > _LONGEST_TOKEN:
        raise AuthenticationRequiredError
    try:
        return _verified_claims(token, settings.JWT_PRIVATE_KEY)
    except (jwt.PyJWTError, ValueError) as error:
        raise AuthenticationRequiredError from error


@lru_cache(maxsize=1)
def _session_query() -> tuple[Sequence[str], str]:
    """The user's columns (the password stays in the database) and the one statement of every request."""
    fields = [field for field in User._meta.concrete_fields if field.attname != "password"]
    columns = ", ".join(f'u."{field.column}"' for field in fields)
    statement = (
        f'SELECT {columns} FROM "{AuthSession._meta.db_table}" s JOIN "{User._meta.db_table}" u ON u.id = s.user_id'  # noqa: S608
        " WHERE s.id = %s AND s.user_id = %s AND s.revoked_at IS NULL AND s.generation = u.credential_generation"
        " AND u.is_active AND %s > kernel_now()"
    )
    return tuple(field.attname for field in fields), statement


def principal_of_token(credentials: str) -> Principal:
    """Who sends this access token. One SQL statement.

    Raises AuthenticationRequiredError when it is not ours, has expired, or its session has ended.
    """
    claims = read_access_token(credentials)
    names, statement = _session_query()
    with connection.cursor() as cursor:
        cursor.execute(statement, (claims.session_id, claims.user_id, claims.expires_at))
        row = cursor.fetchone()
    if row is None:
        raise AuthenticationRequiredError
    return Principal(User.from_db(connection.alias, names, row), claims.session_id, claims.scopes)
