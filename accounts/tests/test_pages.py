"""The pages behind mailed links."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.selectors.links import password_reset_link, verification_link
from accounts.services.passwords import request_password_reset
from accounts.services.registration import register_person
from accounts.tests.factories import PASSWORD, UserFactory
from kernel.context import Origin

pytestmark = pytest.mark.django_db
ORIGIN = Origin("192.0.2.1", "test", "r")
NEW = "an even better passphrase"


def path_of(link: str, settings: Any) -> str:
    assert link.startswith(settings.ACCORD_BASE_URL + "/")
    return link.removeprefix(settings.ACCORD_BASE_URL)


@pytest.fixture
def verify_page(settings: Any) -> str:
    register_person(
        email="ana@example.org", password=PASSWORD, full_name="Ana", locale="en", timezone="UTC", origin=ORIGIN
    )
    return path_of(verification_link(User.objects.get().pk), settings)


@pytest.fixture
def reset_page(settings: Any) -> str:
    user = UserFactory(email="ana@example.org")
    request_password_reset(email=user.email, origin=ORIGIN)
    return path_of(password_reset_link(user.pk), settings)


def assert_private(answer: Any) -> None:
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"


def test_opening_the_link_changes_nothing(client: Client, verify_page: str) -> None:
    for _ in range(3):
        answer = client.get(verify_page)
        assert answer.status_code == 200
        assert b"<button" in answer.content
        assert_private(answer)
    assert client.head(verify_page).status_code == 200
    assert User.objects.get().email_verified_at is None


def test_the_button_verifies_once(client: Client, verify_page: str) -> None:
    answer = client.post(verify_page)
    assert answer.status_code == 200
    assert_private(answer)
    assert User.objects.get().email_verified_at is not None
    assert "_auth_user_id" not in client.session
    for again in (client.post(verify_page), client.get(verify_page)):
        assert again.status_code == 410
        assert_private(again)


def test_a_post_needs_the_form(verify_page: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(verify_page)
    assert answer.status_code == 403
    assert User.objects.get().email_verified_at is None


def test_a_new_password_by_the_page(client: Client, reset_page: str) -> None:
    page = client.get(reset_page)
    assert page.status_code == 200
    assert b'autocomplete="new-password"' in page.content
    assert_private(page)
    differing = client.post(reset_page, {"new_password": NEW, "repeated": "other"})
    assert differing.status_code == 400
    weak = client.post(reset_page, {"new_password": "short", "repeated": "short"})
    assert (weak.status_code, b"too short" in weak.content) == (400, True)
    assert b"value=" not in weak.content.partition(b'type="password"')[2].partition(b">")[0]

    done = client.post(reset_page, {"new_password": NEW, "repeated": NEW})

    assert done.status_code == 200
    assert_private(done)
    assert User.objects.get().check_password(NEW)
    assert client.get(reset_page).status_code == 410
    assert client.post(reset_page, {"new_password": PASSWORD, "repeated": PASSWORD}).status_code == 410


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "ü", "x" * 3000])
@pytest.mark.parametrize("page", ["verify-email", "reset"])
def test_tokens_that_never_were(client: Client, page: str, token: str) -> None:
    assert client.get(f"/{page}/{token}").status_code in {404, 410}
    answer = client.post(f"/{page}/{token}", {"new_password": NEW, "repeated": NEW})
    assert answer.status_code in {404, 410}
