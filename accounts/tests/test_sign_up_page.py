"""Signing up with a browser: the service and the limits of the API, and one answer whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import verbs
from accounts.tests.factories import PASSWORD, UserFactory, browser

pytestmark = pytest.mark.django_db

VALID = {
    "full_name": "Ana Torres",
    "email": "Ana@Example.org",
    "password": PASSWORD,
    "locale": "es",
    "timezone": "Europe/Madrid",
}


def test_signing_up_makes_an_unverified_account_and_mails_the_link(
    client: Client, events: Callable[[], list[str]]
) -> None:
    answer = client.post("/signup/", VALID)
    user = User.objects.get()
    assert answer.status_code == 200
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert (user.email, user.full_name, user.locale, user.timezone) == (
        "ana@example.org",
        "Ana Torres",
        "es",
        "Europe/Madrid",
    )
    assert user.email_verified_at is None
    assert user.check_password(PASSWORD)
    assert events() == ["UserRegistered", "VerificationRequested"]
    assert verbs(user) == ["person.registered"]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("traits", [{}, {"unverified": True}, {"passwordless": True}, {"inactive": True}])
def test_a_known_address_gets_the_same_page(traits: dict[str, Any], client: Client) -> None:
    def page() -> str:
        body: str = client.post("/signup/", VALID).content.decode()
        return body[body.index("<main") : body.index("</main")]

    new = page()
    User.objects.all().delete()
    known = UserFactory(email="ana@example.org", **traits)
    assert page() == new
    known.refresh_from_db()
    assert known.full_name != "Ana Torres"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("full_name", "", "This field is required."),
        ("full_name", "a\u202eb", "cannot be shown"),
        ("full_name", "a" * 201, "200"),
        ("email", "ana", "Enter an e-mail address"),
        ("email", "ana@example..org", "Enter an e-mail address"),
        ("password", "short", "too short"),
        ("password", "1234567890123", "numeric"),
        ("password", "", "This field is required."),
        ("locale", "xx", "not one of the available choices"),
        ("timezone", "Mars/Olympus", "IANA"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(
    field: str, value: str, words: str, client: Client
) -> None:
    answer = client.post("/signup/", {**VALID, field: value})
    assert answer.status_code == 400
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert words in str(errors[field])
    body = answer.content.decode()
    assert f'id="id_{field}_error"' in body
    for name, kept in VALID.items():
        if name in ("full_name", "email") and name != field:
            assert f'value="{kept}"' in body
    assert PASSWORD not in body
    assert not User.objects.exists()


def test_a_zone_that_only_the_browser_knows_is_taken_and_kept(client: Client) -> None:
    assert 'value="US/Pacific"' not in client.get("/signup/").content.decode()
    refused = client.post("/signup/", {**VALID, "timezone": "US/Pacific", "email": ""})
    assert '<option value="US/Pacific" selected>' in refused.content.decode()
    client.post("/signup/", {**VALID, "timezone": "US/Pacific"})
    assert User.objects.get().timezone == "US/Pacific"


def test_the_language_offered_is_the_one_being_read(client: Client) -> None:
    page = client.get("/signup/", headers={"accept-language": "es-AR"})
    assert '<option value="es" selected>' in page.content.decode()
    assert 'autocomplete="new-password"' in page.content.decode()


def test_mails_at_a_strangers_word_are_counted_with_those_of_the_api(
    client: Client, api: Any, events: Callable[[], list[str]], unlimited: None
) -> None:
    UserFactory(email="ana@example.org")
    for _ in range(3):
        api.post("/api/register", {**VALID, "email": "ana@example.org"}, format="json")
        assert client.post("/signup/", VALID).status_code == 200
    assert events() == ["RegistrationRepeated"] * 5


def test_whoever_is_signed_in_has_no_need_of_it() -> None:
    assert browser(UserFactory()).get("/signup/")["Location"] == "/"


def test_it_needs_the_form() -> None:
    assert Client(enforce_csrf_checks=True).post("/signup/", VALID).status_code == 403
    assert not User.objects.exists()
