"""One's own profile in a browser."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import NotificationPreference, User
from accounts.tests.conftest import verbs
from accounts.tests.factories import PASSWORD, UserFactory, bearer, browser

pytestmark = pytest.mark.django_db

NEW = "an even better passphrase"
ABOUT = {"part": "about", "full_name": "Ana Gil", "locale": "es", "timezone": "Europe/Madrid"}


@pytest.fixture
def user() -> User:
    return UserFactory(email="ana@example.org", full_name="Ana Torres")


@pytest.fixture
def ana(user: User) -> Client:
    return browser(user)


def test_it_is_for_whoever_is_signed_in(client: Client, ana: Client) -> None:
    for answer in (client.get("/profile/"), client.post("/profile/", ABOUT)):
        assert (answer.status_code, answer["Location"]) == (302, "/signin/?next=%2Fprofile%2F")
    page = ana.get("/profile/")
    assert page.status_code == 200
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "ana@example.org" in page.content.decode()
    assert not verbs(User.objects.get())


def test_name_language_and_zone(user: User, ana: Client) -> None:
    answer = ana.post("/profile/", ABOUT)
    assert (answer.status_code, answer["Location"]) == (302, "/profile/#about")
    user.refresh_from_db()
    assert (user.full_name, user.locale, user.timezone) == ("Ana Gil", "es", "Europe/Madrid")
    assert verbs(user) == ["person.profile_changed"]
    page = ana.get("/profile/")
    assert page["Content-Language"] == "es"
    assert '<html lang="es">' in page.content.decode()


@pytest.mark.parametrize(("field", "value"), [("full_name", ""), ("locale", "fr"), ("timezone", "Nowhere")])
def test_what_is_wrong_changes_nothing_and_is_kept(field: str, value: str, user: User, ana: Client) -> None:
    answer = ana.post("/profile/", {**ABOUT, field: value})
    assert answer.status_code == 400
    assert list(answer.context["about"].errors) == [field]
    assert not answer.context["password"].is_bound
    if field != "full_name":
        assert 'value="Ana Gil"' in answer.content.decode()
    user.refresh_from_db()
    assert (user.full_name, user.locale) == ("Ana Torres", "en")
    assert not verbs(user)


def switches(page: Any) -> dict[str, bool]:
    """The switches shown, and whether they are on."""
    form = page.context["news"]
    return {name: bool(form[name].value()) for name in form.fields}


def test_what_one_is_told_of(user: User, ana: Client) -> None:
    shown = switches(ana.get("/profile/"))
    assert shown == {
        f"{topic}:{channel}": True
        for topic in ("turn", "proposal", "contract", "case")
        for channel in ("email", "in_app")
    }
    kept = {name: "on" for name in shown if name != "turn:email"}
    assert ana.post("/profile/", {"part": "news", **kept}).status_code == 302
    assert list(NotificationPreference.objects.values_list("kind", "channel", "enabled")) == [("turn", "email", False)]
    assert switches(ana.get("/profile/"))["turn:email"] is False
    ana.post("/profile/", {"part": "news", **kept})  # nothing changed, nothing journalled
    assert verbs(user) == ["person.profile_changed"]
    ana.post("/profile/", {"part": "news", **kept, "turn:email": "on"})
    assert list(NotificationPreference.objects.values_list("kind", "channel", "enabled")) == [("turn", "email", True)]


def test_topics_of_work_are_shown_to_whoever_works_here() -> None:
    assert "work:email" in switches(browser(UserFactory(lawyer=True)).get("/profile/"))


def test_a_new_password_ends_everything_but_this_browser(user: User, ana: Client) -> None:
    other, token = browser(user), bearer(user)
    form = {"part": "password", "current_password": PASSWORD, "new_password": NEW, "repeated": NEW}
    assert ana.post("/profile/", form)["Location"] == "/profile/#password"
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert "person.password_changed" in verbs(user)
    assert ana.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    assert ana.get("/api/me", **token).status_code == 401


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"current_password": ""}, "current_password"),
        ({"new_password": "short", "repeated": "short"}, "new_password"),
        ({"repeated": "another one"}, "repeated"),
    ],
)
def test_a_password_that_is_refused(given: dict[str, str], field: str, user: User, ana: Client) -> None:
    form = {"part": "password", "current_password": PASSWORD, "new_password": NEW, "repeated": NEW, **given}
    answer = ana.post("/profile/", form)
    assert answer.status_code == 400
    assert list(answer.context["password"].errors) == [field]
    assert NEW not in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert not verbs(user)


def test_who_has_no_password_sets_one_without_a_present_one() -> None:
    user = UserFactory(passwordless=True)
    client = browser(user)
    assert "current_password" not in client.get("/profile/").content.decode()
    assert client.post("/profile/", {"part": "password", "new_password": NEW, "repeated": NEW}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_guessing_the_present_password_is_limited(user: User, ana: Client) -> None:
    form = {"part": "password", "current_password": "wrong", "new_password": NEW, "repeated": NEW}
    statuses = [ana.post("/profile/", form).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]


def test_it_needs_the_form(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="accounts.adapters.sign_in.VerifiedModelBackend")
    assert client.post("/profile/", ABOUT).status_code == 403
    user.refresh_from_db()
    assert user.full_name == "Ana Torres"
