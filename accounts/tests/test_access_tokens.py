"""Access tokens: only ours, only while the session lives, one statement each."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from rest_framework.test import APIClient

from accounts import tasks
from accounts.models import AuthSession, User
from accounts.public import principal_of_token
from accounts.selectors import access_tokens
from accounts.services.sessions import forget_old_sessions
from accounts.tests.factories import UserFactory, bearer, session_of
from kernel.errors import AuthenticationRequiredError
from kernel.registries import authenticators

pytestmark = pytest.mark.django_db


def claims_for(user: User, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    session = AuthSession.objects.create(user=user, generation=user.credential_generation)
    return {
        "sub": str(user.pk),
        "role": "client",
        "scope": "session",
        "sid": str(session.pk),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(minutes=5),
        **changes,
    }


def signed(
    claims: dict[str, Any], *, key: str = settings.JWT_PRIVATE_KEY, algorithm: str = "RS256", **header: Any
) -> str:
    kid = access_tokens._signing_key(settings.JWT_PRIVATE_KEY).kid
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid, **header})


def test_it_is_the_registered_authenticator() -> None:
    assert authenticators.get("bearer") is principal_of_token


def test_a_genuine_token_gives_the_principal() -> None:
    user = UserFactory(lawyer=True)
    principal = principal_of_token(session_of(user).access)
    assert principal.user == user
    assert (principal.user.role, principal.user.is_staff, principal.user.email) == ("lawyer", True, user.email)
    assert principal.session_id == AuthSession.objects.get().pk
    assert principal.scopes == {"session"}


def test_forged_tokens_are_refused() -> None:
    user = UserFactory()
    claims = claims_for(user)
    assert principal_of_token(signed(claims)).user == user
    pem = settings.JWT_PRIVATE_KEY
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = access_tokens._signing_key(pem)
    public = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    good = signed(claims)
    head, _body, signature = good.split(".")
    other_body = base64.urlsafe_b64encode(json.dumps({**claims, "iat": 0, "exp": 2**40, "role": "admin"}).encode())
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": key.kid})
    # "HS256 with the public key as secret": PyJWT will not make it, so it is made by hand.
    confused = jwt.api_jws.PyJWS().encode(
        json.dumps(claims, default=str).encode(), base64.b64encode(public), "HS256", headers={"kid": key.kid}
    )
    forged = [
        signed(claims, key=stranger.decode()),
        signed(claims, kid="another"),
        f"{head}.{other_body.decode().rstrip('=')}.{signature}",
        unsigned,
        confused,
        good[:-6],
        good + "x",
        "",
        "a.b.c",
        "ü.ü.ü",
        "\ud800",
        "x" * 100_000,
    ]
    for token in forged:
        with pytest.raises(AuthenticationRequiredError):
            principal_of_token(token)


@pytest.mark.parametrize("missing", ["sub", "role", "scope", "sid", "jti", "iat", "exp"])
def test_a_token_without_a_claim_is_refused(missing: str) -> None:
    claims = claims_for(UserFactory())
    del claims[missing]
    with pytest.raises(AuthenticationRequiredError):
        principal_of_token(signed(claims))


@pytest.mark.parametrize(
    ("name", "value"), [("sub", "nobody"), ("sid", "none"), ("sub", str(UUID(int=7))), ("sid", str(UUID(int=7)))]
)
def test_claims_that_name_nobody_are_refused(name: str, value: str) -> None:
    with pytest.raises(AuthenticationRequiredError):
        principal_of_token(signed(claims_for(UserFactory(), **{name: value})))


def test_somebody_elses_session_is_refused() -> None:
    mine = claims_for(UserFactory())
    with pytest.raises(AuthenticationRequiredError):
        principal_of_token(signed({**claims_for(UserFactory()), "sid": mine["sid"]}))


def test_one_statement_a_request_also_for_a_remembered_token(django_assert_num_queries: Any) -> None:
    token = session_of(UserFactory()).access
    for _ in range(3):
        with django_assert_num_queries(1):
            principal = principal_of_token(token)
            assert principal.user.is_active
            assert str(principal.user)


def test_a_remembered_token_dies_with_its_session() -> None:
    token = session_of(UserFactory()).access
    before = access_tokens._verified_claims.cache_info().hits
    principal_of_token(token)
    principal_of_token(token)
    assert access_tokens._verified_claims.cache_info().hits > before
    AuthSession.objects.update(revoked_at=datetime.now(UTC))
    with pytest.raises(AuthenticationRequiredError):
        principal_of_token(token)


def test_an_expired_token_is_a_problem_that_says_what_to_do() -> None:
    claims = claims_for(UserFactory(), exp=datetime.now(UTC) - timedelta(seconds=1))
    answer = APIClient().get("/api/me", HTTP_AUTHORIZATION=f"Bearer {signed(claims)}")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not_authenticated"


def test_nobody_is_asked_to_sign_in() -> None:
    answer = APIClient().get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_old_sessions_are_forgotten_and_living_ones_kept(clock: Any) -> None:
    user = UserFactory()
    session_of(user)
    clock.advance(timedelta(days=31))
    alive = bearer(user)
    assert forget_old_sessions() == 1
    assert AuthSession.objects.count() == 1
    assert APIClient().get("/api/me", **alive).status_code == 200


def test_the_daily_job_forgets_all_old_sessions_however_many(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    for _ in range(5):
        session_of(UserFactory())
    clock.advance(timedelta(days=31))
    session_of(UserFactory())
    assert tasks.forget_old_sessions() == 5
    assert AuthSession.objects.count() == 1
    assert tasks.forget_old_sessions() == 0


def test_an_inactive_person_is_refused_whatever_the_generation_says() -> None:
    user = UserFactory()
    token = session_of(user).access
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(AuthenticationRequiredError):
        principal_of_token(token)
