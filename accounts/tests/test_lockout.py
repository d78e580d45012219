"""The lock-out's own rows: they count, and tell nobody who failed from where with what."""

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core import serializers
from django.test import Client
from rest_framework.test import APIClient

from accounts.tests.factories import PASSWORD, UserFactory
from kernel import lockout

pytestmark = pytest.mark.django_db

EMAIL = "zq.somebody@example.org"
CLIENT: dict[str, Any] = {
    "REMOTE_ADDR": "203.0.113.77",
    "HTTP_USER_AGENT": "zq-browser",
    "HTTP_ACCEPT": "application/json, text/html, text/zq",
}
TOLD = (EMAIL, "zq", "203.0.113", "wrong-password", "example.org")


def fail_by_api() -> int:
    return int(
        APIClient()
        .post("/api/auth/login?from=zq", {"email": EMAIL, "password": "wrong-password"}, **CLIENT)
        .status_code
    )


def fail_on_the_page() -> int:
    return int(
        Client()
        .post("/signin/?next=/zq", {"email": EMAIL, "password": "wrong-password", "next": "/zq"}, **CLIENT)
        .status_code
    )


def fail_at_the_admin() -> int:
    return int(
        Client().post("/admin/login/?next=/zq", {"username": EMAIL, "password": "wrong-password"}, **CLIENT).status_code
    )


@pytest.mark.parametrize("fail", [fail_by_api, fail_on_the_page, fail_at_the_admin])
def test_attempt_holds_nothing_of_the_person_and_counts(fail: Any, unlimited: None) -> None:
    assert [fail() for _ in range(10)][-1] == 429
    attempt = AccessAttempt.objects.get()
    kept = serializers.serialize("json", [attempt])
    assert not [told for told in TOLD if told in kept]
    assert (attempt.user_agent, attempt.http_accept, attempt.get_data.strip("-\n"), attempt.post_data.strip("-\n")) == (
        "",
    ) * 4
    assert attempt.failures_since_start == 10
    assert attempt.ip_address.startswith("fd")


def test_browsers_that_change_their_name_are_counted_together(unlimited: None) -> None:
    for number in range(10):
        answer = APIClient().post(
            "/api/auth/login", {"email": EMAIL, "password": "x"}, HTTP_USER_AGENT=f"browser {number}"
        )
    assert answer.status_code == 429
    assert AccessAttempt.objects.count() == 1


def test_other_addresses_and_other_names_are_counted_apart(unlimited: None) -> None:
    user, other = UserFactory(email=EMAIL), UserFactory()
    for _ in range(10):
        fail_by_api()
    right = {"password": PASSWORD}
    assert APIClient().post("/api/auth/login", {"email": user.email, **right}, **CLIENT).status_code == 429
    assert APIClient().post("/api/auth/login", {"email": other.email, **right}, **CLIENT).status_code == 200
    elsewhere = {**CLIENT, "REMOTE_ADDR": "203.0.113.78"}
    assert APIClient().post("/api/auth/login", {"email": user.email, **right}, **elsewhere).status_code == 200


def test_digests_need_the_secret_key(settings: Any) -> None:
    before = lockout.name_digest(EMAIL), lockout.address_digest("203.0.113.77")
    assert before == (lockout.name_digest(f" {EMAIL.upper()}"), lockout.address_digest("203.0.113.77"))
    settings.SECRET_KEY = "another"
    assert not set(before) & {lockout.name_digest(EMAIL), lockout.address_digest("203.0.113.77")}


def test_an_administrator_finds_a_lock_out_by_the_address_and_ends_it(unlimited: None) -> None:
    user = UserFactory(email=EMAIL)
    for _ in range(10):
        fail_by_api()
    APIClient().post("/api/auth/login", {"email": "other@example.org", "password": "x"})
    page = Client()
    page.force_login(UserFactory(admin=True), backend="accounts.adapters.sign_in.VerifiedModelBackend")
    for term in (EMAIL.upper(), "203.0.113.77"):
        found = page.get("/admin/axes/accessattempt/", {"q": term}).context["cl"].queryset
        assert [attempt.username for attempt in found] == [lockout.name_digest(EMAIL)]
    pk = AccessAttempt.objects.get(username=lockout.name_digest(EMAIL)).pk
    page.post("/admin/axes/accessattempt/", {"action": "let_in", "_selected_action": [pk]})
    assert APIClient().post("/api/auth/login", {"email": user.email, "password": PASSWORD}, **CLIENT).status_code == 200
    assert AccessAttempt.objects.get().username == lockout.name_digest("other@example.org")
