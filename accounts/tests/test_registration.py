"""Registering and verifying: no probing, links that die, passwords of strangers dropped."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import MailLink, User
from accounts.tests.conftest import verbs, verification_token
from accounts.tests.factories import PASSWORD, UserFactory
from kernel.models import JournalEntry

pytestmark = pytest.mark.django_db

Events = Callable[[], list[str]]
BODY = {"email": "Ana@Example.org", "password": PASSWORD, "full_name": "Ana Díaz", "timezone": "Europe/Madrid"}


def test_registering_makes_an_unverified_client(api: APIClient, events: Events) -> None:
    answer = api.post("/api/register", {**BODY, "locale": "es"})

    assert answer.status_code == 201
    assert answer.json() == {
        "email": "ana@example.org",
        "full_name": "Ana Díaz",
        "locale": "es",
        "timezone": "Europe/Madrid",
        "email_verified": False,
    }
    user = User.objects.get()
    assert (user.email, user.role, user.email_verified_at) == ("ana@example.org", "client", None)
    assert verbs(user) == ["person.registered"]
    assert events() == ["UserRegistered", "VerificationRequested"]


def test_the_language_is_that_of_the_request(api: APIClient) -> None:
    answer = api.post("/api/register", BODY, HTTP_ACCEPT_LANGUAGE="es-MX,es;q=0.9")
    assert answer.json()["locale"] == "es"


@pytest.mark.parametrize("traits", [{}, {"unverified": True}, {"passwordless": True}, {"inactive": True}])
def test_a_known_address_gets_the_same_answer(api: APIClient, traits: dict[str, Any]) -> None:
    new = api.post("/api/register", {**BODY, "email": "new@example.org"})
    UserFactory(email="known@example.org", full_name="Known", **traits)

    known = api.post("/api/register", {**BODY, "email": "KNOWN@example.org"})

    assert known.status_code == new.status_code == 201
    assert known.json() == {**new.json(), "email": "known@example.org"}
    assert dict(known.headers).keys() == dict(new.headers).keys()
    assert User.objects.get(email="known@example.org").full_name == "Known"


def test_only_the_owner_of_a_known_address_is_told(api: APIClient, events: Events) -> None:
    user = UserFactory(email="ana@example.org")
    api.post("/api/register", BODY)
    assert events() == ["RegistrationRepeated"]
    assert verbs(user) == ["person.registration_repeated"]
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_nobody_is_mailed_without_end(api: APIClient, events: Events) -> None:
    UserFactory(email="ana@example.org")
    for _ in range(8):
        assert api.post("/api/register", BODY).status_code == 201
    assert events() == ["RegistrationRepeated"] * 5


def test_registering_again_with_the_same_password_renews_the_link(api: APIClient, events: Events) -> None:
    api.post("/api/register", BODY)
    user = User.objects.get()
    first = verification_token(user)
    api.post("/api/register", BODY)

    assert events()[-1] == "VerificationRequested"
    assert api.post("/api/auth/verify-email", {"token": first}).json()["code"] == "link_not_valid"
    assert api.post("/api/auth/verify-email", {"token": verification_token(user)}).status_code == 204
    assert api.post("/api/auth/login", {"email": BODY["email"], "password": PASSWORD}).status_code == 200


def test_another_password_for_an_unverified_address_leaves_none(api: APIClient) -> None:
    api.post("/api/register", {**BODY, "password": "the stranger's own password"})
    api.post("/api/register", BODY)
    user = User.objects.get()
    assert not user.has_usable_password()
    assert api.post("/api/auth/verify-email", {"token": verification_token(user)}).status_code == 204
    for password in ("the stranger's own password", PASSWORD):
        assert api.post("/api/auth/login", {"email": user.email, "password": password}).status_code == 401


@pytest.mark.parametrize(
    ("password", "code"),
    [("short1!", "password_too_short"), ("password123", "password_too_common"), ("12345678901", None)],
)
def test_a_weak_password_is_refused_with_a_pointer(api: APIClient, password: str, code: str | None) -> None:
    answer = api.post("/api/register", {**BODY, "password": password})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == "validation_failed"
    assert {item["pointer"] for item in problem["errors"]} == {"/password"}
    if code:
        assert code in {item["code"] for item in problem["errors"]}
    assert not User.objects.exists()
    assert not JournalEntry.objects.exists()


def test_a_weak_password_is_refused_alike_for_a_known_address(api: APIClient) -> None:
    UserFactory(email="known@example.org")
    new = api.post("/api/register", {**BODY, "email": "new@example.org", "password": "short"}).json()
    known = api.post("/api/register", {**BODY, "email": "known@example.org", "password": "short"}).json()
    assert new["errors"] == known["errors"]


def test_verifying_signs_nobody_in_and_works_once(api: APIClient) -> None:
    api.post("/api/register", BODY)
    user = User.objects.get()
    token = verification_token(user)

    answer = api.post("/api/auth/verify-email", {"token": token})

    assert (answer.status_code, answer.content) == (204, b"")
    user.refresh_from_db()
    assert user.email_verified_at is not None
    assert verbs(user) == ["person.registered", "person.verified"]
    again = api.post("/api/auth/verify-email", {"token": token})
    assert (again.status_code, again.json()["code"]) == (400, "link_not_valid")


def test_a_verification_link_lives_three_days(api: APIClient, clock: Any) -> None:
    api.post("/api/register", BODY)
    token = verification_token(User.objects.get())
    clock.advance(timedelta(days=3, minutes=1))
    assert api.post("/api/auth/verify-email", {"token": token}).status_code == 400


def test_a_link_of_one_purpose_does_not_serve_another(api: APIClient) -> None:
    api.post("/api/register", BODY)
    token = verification_token(User.objects.get())
    answer = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": "another fine password"})
    assert answer.json()["code"] == "link_not_valid"


def test_no_token_is_stored(api: APIClient) -> None:
    api.post("/api/register", BODY)
    token = verification_token(User.objects.get())
    link = MailLink.objects.get()
    assert token.encode() not in bytes(link.digest)
    assert len(bytes(link.digest)) == 32
