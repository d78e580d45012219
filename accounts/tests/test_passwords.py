"""Changing and resetting passwords: everything signed in ends, links die."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.tests.conftest import reset_token, verbs
from accounts.tests.factories import PASSWORD, UserFactory, bearer, browser, session_of
from kernel.models import JournalEntry, OutboxEvent

pytestmark = pytest.mark.django_db

Events = Callable[[], list[str]]
NEW = "an even better passphrase"


def test_changing_ends_every_session_and_answers_the_one_that_goes_on(api: APIClient, events: Events) -> None:
    user = UserFactory()
    mine, other, page = session_of(user), session_of(user), browser(user)

    answer = api.post(
        "/api/me/password",
        {"current_password": PASSWORD, "new_password": NEW},
        HTTP_AUTHORIZATION=f"Bearer {mine.access}",
    )

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    for dead in (mine, other):
        assert api.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {dead.access}").status_code == 401
        assert api.post("/api/auth/refresh", {"refresh": dead.refresh}).status_code == 401
    assert page.get("/api/me").status_code == 401
    alive = answer.json()
    assert api.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {alive['access']}").status_code == 200
    assert api.post("/api/auth/refresh", {"refresh": alive["refresh"]}).status_code == 200
    assert api.post("/api/auth/login", {"email": user.email, "password": PASSWORD}).status_code == 401
    assert api.post("/api/auth/login", {"email": user.email, "password": NEW}).status_code == 200
    assert set(events()) == {"PasswordChanged", "SessionsRevoked"}
    assert "person.password_changed" in verbs(user)


@pytest.mark.parametrize(
    "given", [{}, {"current_password": None}, {"current_password": ""}, {"current_password": "no"}]
)
def test_the_present_password_is_needed(api: APIClient, given: dict[str, Any]) -> None:
    user = UserFactory()
    headers = bearer(user)
    answer = api.post("/api/me/password", {**given, "new_password": NEW}, **headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/current_password"
    assert api.get("/api/me", **headers).status_code == 200
    assert not OutboxEvent.objects.exists()


def test_who_has_no_password_sets_one(api: APIClient) -> None:
    user = UserFactory(passwordless=True)
    assert api.post("/api/me/password", {"new_password": NEW}, **bearer(user)).status_code == 200
    assert api.post("/api/auth/login", {"email": user.email, "password": NEW}).status_code == 200


def test_guessing_the_present_password_is_limited(api: APIClient) -> None:
    headers = bearer(UserFactory())
    body = {"current_password": "guess", "new_password": NEW}
    statuses = [api.post("/api/me/password", body, **headers).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]


@pytest.mark.parametrize("traits", [{}, {"passwordless": True}, {"unverified": True}, {"inactive": True}, None])
def test_asking_for_a_reset_always_answers_alike(api: APIClient, events: Events, traits: dict[str, Any] | None) -> None:
    if traits is not None:
        UserFactory(email="ana@example.org", **traits)
    answer = api.post("/api/auth/password/reset", {"email": "Ana@example.org"})
    assert answer.status_code == 202
    assert answer.json() == api.post("/api/auth/password/reset", {"email": "nobody@example.org"}).json()
    has_mail = traits is not None and "inactive" not in traits
    assert events() == (["PasswordResetRequested"] if has_mail else [])
    assert JournalEntry.objects.count() == (1 if has_mail else 0)


def test_resetting_sets_the_password_verifies_and_ends_everything(api: APIClient, events: Events) -> None:
    user = UserFactory(unverified=True)
    before = session_of(user)
    api.post("/api/auth/password/reset", {"email": user.email})
    token = reset_token(user)

    answer = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": NEW})

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {before.access}").status_code == 401
    assert api.post("/api/auth/login", {"email": user.email, "password": NEW}).status_code == 200
    again = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": NEW})
    assert again.json()["code"] == "link_not_valid"
    assert events() == ["PasswordResetRequested", "SessionsRevoked", "PasswordChanged"]


def test_a_weak_new_password_leaves_the_link_good(api: APIClient) -> None:
    user = UserFactory()
    api.post("/api/auth/password/reset", {"email": user.email})
    token = reset_token(user)
    weak = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (400, "/new_password")
    assert api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": NEW}).status_code == 204


def test_a_reset_link_lives_one_hour(api: APIClient, clock: Any) -> None:
    user = UserFactory()
    api.post("/api/auth/password/reset", {"email": user.email})
    token = reset_token(user)
    clock.advance(timedelta(hours=1, seconds=1))
    answer = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": NEW})
    assert answer.json()["code"] == "link_not_valid"


def test_a_newer_link_and_a_changed_password_kill_a_reset_link(api: APIClient) -> None:
    user = UserFactory()
    api.post("/api/auth/password/reset", {"email": user.email})
    first = reset_token(user)
    api.post("/api/auth/password/reset", {"email": user.email})
    second = reset_token(user)
    assert first != second
    body = {"current_password": PASSWORD, "new_password": NEW}
    api.post("/api/me/password", body, **bearer(user))
    for token in (first, second, reset_token(user)):
        answer = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": PASSWORD})
        assert answer.json()["code"] == "link_not_valid"


def test_a_link_of_a_deactivated_person_is_dead(api: APIClient) -> None:
    user = UserFactory()
    api.post("/api/auth/password/reset", {"email": user.email})
    token = reset_token(user)
    user.is_active = False
    user.save()
    answer = api.post("/api/auth/password/reset/confirm", {"token": token, "new_password": NEW})
    assert answer.json()["code"] == "link_not_valid"


def test_a_reset_ends_the_lock_out(api: APIClient, unlimited: None) -> None:
    user = UserFactory()
    for _ in range(10):
        api.post("/api/auth/login", {"email": user.email, "password": "wrong"})
    api.post("/api/auth/password/reset", {"email": user.email})
    api.post("/api/auth/password/reset/confirm", {"token": reset_token(user), "new_password": NEW})
    assert api.post("/api/auth/login", {"email": user.email, "password": NEW}).status_code == 200
