"""Signing in, going on, signing out: what lives and what is dead at the next request."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from rest_framework.test import APIClient

from accounts.models import AuthSession, RefreshToken, User
from accounts.services.people import change_role, deactivate_person
from accounts.tests.conftest import verbs
from accounts.tests.factories import PASSWORD, UserFactory, browser, session_of
from kernel.journal import StreamRef, entries, open_personal
from kernel.models import JournalEntry

pytestmark = pytest.mark.django_db

Events = Callable[[], list[str]]


def sign_in(api: APIClient, user: User, password: str = PASSWORD) -> Any:
    return api.post("/api/auth/login", {"email": user.email, "password": password})


def me(api: APIClient, access: str) -> int:
    return api.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code


def test_signing_in_answers_tokens_and_user(api: APIClient) -> None:
    user = UserFactory()
    answer = sign_in(api, user)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access", "refresh", "user"}
    assert body["user"]["id"] == str(user.pk)
    assert me(api, body["access"]) == 200
    assert answer["Cache-Control"] == "no-store"
    assert verbs(user) == ["person.signed_in"]
    assert open_personal(entries(StreamRef("person", user.pk)).get())["ip"] == "127.0.0.1"


def test_the_access_token_says_what_was_promised(api: APIClient) -> None:
    user = UserFactory(lawyer=True)
    access = sign_in(api, user).json()["access"]
    claims = jwt.decode(access, options={"verify_signature": False})
    assert set(claims) == {"sub", "role", "scope", "sid", "jti", "iat", "exp"}
    assert (claims["sub"], claims["role"]) == (str(user.pk), "lawyer")
    assert claims["sid"] == str(AuthSession.objects.get().pk)
    assert claims["exp"] - claims["iat"] == 300
    header = jwt.get_unverified_header(access)
    assert header["alg"] == "RS256"
    assert header["kid"]


def test_the_address_is_taken_in_any_spelling(api: APIClient) -> None:
    user = UserFactory(email="ana@example.org")
    assert api.post("/api/auth/login", {"email": " ANA@Example.org ", "password": PASSWORD}).status_code == 200
    assert user.pk


@pytest.mark.parametrize("why", ["wrong", "unknown", "unverified", "passwordless", "inactive"])
def test_every_refused_sign_in_answers_alike(api: APIClient, why: str) -> None:
    UserFactory(email="ana@example.org")
    reference = api.post("/api/auth/login", {"email": "ana@example.org", "password": "wrong"})
    traits = {} if why in {"wrong", "unknown"} else {why: True}
    if why != "unknown":
        UserFactory(email="eva@example.org", **traits)

    answer = api.post("/api/auth/login", {"email": "eva@example.org", "password": "x" if why == "wrong" else PASSWORD})

    assert answer.status_code == reference.status_code == 401
    fixed = {key: value for key, value in reference.json().items() if key not in {"request_id", "instance"}}
    assert fixed.items() <= answer.json().items()
    assert answer.json()["code"] == "invalid_credentials"
    assert dict(answer.headers).keys() == dict(reference.headers).keys()


def test_a_refused_sign_in_is_not_journalled(api: APIClient) -> None:
    user = UserFactory()
    sign_in(api, user, "wrong")
    api.post("/api/auth/login", {"email": "nobody@example.org", "password": "wrong"})
    assert not JournalEntry.objects.exists()
    assert not AuthSession.objects.exists()


def test_an_unverified_person_gets_a_fresh_verification_mail(api: APIClient, events: Events) -> None:
    user = UserFactory(unverified=True)
    sign_in(api, user)
    assert events() == ["VerificationRequested"]
    assert verbs(user) == ["person.verification_requested"]


def test_refused_sign_ins_take_alike_long(api: APIClient, settings: Any, unlimited: None) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.AXES_ENABLED = False
    addresses = ["known@example.org", "nobody@example.org", "unverified@example.org", "passwordless@example.org"]
    UserFactory(email=addresses[0])
    UserFactory(email=addresses[2], unverified=True)
    UserFactory(email=addresses[3], passwordless=True)
    best = {}
    for address in addresses:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            api.post("/api/auth/login", {"email": address, "password": "wrong"})
            times.append(time.perf_counter() - started)
        best[address] = min(times)
    # Without the dummy hash the unknown address answers in a small part of the time.
    assert max(best.values()) < 3 * min(best.values()), best


def test_refreshing_rotates(api: APIClient) -> None:
    user = UserFactory()
    first = sign_in(api, user).json()
    second = api.post("/api/auth/refresh", {"refresh": first["refresh"]})
    assert second.status_code == 200
    assert set(second.json()) == {"access", "refresh"}
    assert second.json()["refresh"] != first["refresh"]
    assert me(api, second.json()["access"]) == 200
    assert AuthSession.objects.count() == 1
    assert "person.refresh_reused" not in verbs(user)


def test_a_reused_refresh_token_ends_its_family_and_no_other(api: APIClient) -> None:
    user = UserFactory()
    first, other = sign_in(api, user).json(), sign_in(api, user).json()
    second = api.post("/api/auth/refresh", {"refresh": first["refresh"]}).json()

    reused = api.post("/api/auth/refresh", {"refresh": first["refresh"]})

    assert (reused.status_code, reused.json()["code"]) == (401, "not_authenticated")
    assert me(api, first["access"]) == me(api, second["access"]) == 401
    assert api.post("/api/auth/refresh", {"refresh": second["refresh"]}).status_code == 401
    assert me(api, other["access"]) == 200
    assert verbs(user).count("person.refresh_reused") == 1


def test_a_refresh_token_lives_thirty_days(api: APIClient, clock: Any) -> None:
    pair = session_of(UserFactory())
    clock.advance(timedelta(days=30, seconds=1))
    assert api.post("/api/auth/refresh", {"refresh": pair.refresh}).status_code == 401
    assert AuthSession.objects.get().revoked_at is None


def test_an_access_token_lives_five_minutes(api: APIClient, clock: Any) -> None:
    pair = session_of(UserFactory())
    clock.advance(timedelta(minutes=4, seconds=50))
    assert me(api, pair.access) == 200
    clock.advance(timedelta(seconds=11))
    assert me(api, pair.access) == 401


def test_signing_out_ends_the_session_at_the_next_request(api: APIClient) -> None:
    user = UserFactory()
    pair, other = sign_in(api, user).json(), sign_in(api, user).json()
    assert me(api, pair["access"]) == 200
    answer = api.post("/api/auth/logout", {"refresh": pair["refresh"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert me(api, pair["access"]) == 401
    assert api.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 401
    assert me(api, other["access"]) == 200
    assert api.post("/api/auth/logout", {"refresh": pair["refresh"]}).status_code == 204
    assert api.post("/api/auth/logout", {"refresh": "never was one"}).status_code == 204
    assert verbs(user).count("person.signed_out") == 1


def test_an_old_token_does_not_stand_in_the_way_of_signing_in(api: APIClient) -> None:
    user = UserFactory()
    answer = api.post(
        "/api/auth/login", {"email": user.email, "password": PASSWORD}, HTTP_AUTHORIZATION="Bearer rubbish"
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("how", ["deactivated", "role"])
def test_an_administrators_act_ends_everything_at_the_next_request(api: APIClient, how: str) -> None:
    admin, user = UserFactory(admin=True), UserFactory(lawyer=True)
    pair, page = session_of(user), browser(user)
    assert me(api, pair.access) == 200
    assert page.get("/api/me").status_code == 200

    if how == "deactivated":
        deactivate_person(user_id=user.pk, acting_user=admin)
    else:
        change_role(user_id=user.pk, role=User._meta.get_field("role").default, acting_user=admin)

    assert me(api, pair.access) == 401
    assert page.get("/api/me").status_code == 401
    assert api.post("/api/auth/refresh", {"refresh": pair.refresh}).status_code == 401
    assert sign_in(api, user).status_code == (401 if how == "deactivated" else 200)


def test_ten_failures_lock_out_address_and_client(api: APIClient, settings: Any, unlimited: None) -> None:
    user, other = UserFactory(), UserFactory()
    statuses = [sign_in(api, user, "wrong").status_code for _ in range(10)]
    assert statuses == [401] * 9 + [429]

    locked = sign_in(api, user)

    assert locked.status_code == 429
    assert locked["Content-Type"] == "application/problem+json"
    assert locked.json()["code"] == "throttled"
    assert int(locked["Retry-After"]) > 0
    assert api.post("/api/auth/login", {"email": user.email.upper(), "password": PASSWORD}).status_code == 429
    assert sign_in(api, other).status_code == 200


def test_success_forgets_failures(api: APIClient, unlimited: None) -> None:
    user = UserFactory()
    for _ in range(2):
        for _ in range(8):
            assert sign_in(api, user, "wrong").status_code == 401
        assert sign_in(api, user).status_code == 200


def test_the_login_rate_is_ten_a_minute_per_client_and_address(api: APIClient, settings: Any) -> None:
    settings.AXES_ENABLED = False
    user, other = UserFactory(), UserFactory()
    statuses = [sign_in(api, user).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert sign_in(api, other).status_code == 200


def test_secrets_are_stored_as_digests_only(api: APIClient) -> None:
    pair = session_of(UserFactory())
    token = RefreshToken.objects.get()
    assert len(bytes(token.digest)) == 32
    assert pair.refresh.encode() not in bytes(token.digest)
