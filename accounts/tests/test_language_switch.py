"""The language switch: a cookie for anybody, the profile for whoever is signed in."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import verbs
from accounts.tests.factories import UserFactory, browser

pytestmark = pytest.mark.django_db


def test_anybodys_choice_is_kept_in_a_cookie_and_wins_over_the_browsers(client: Client) -> None:
    german = {"accept-language": "de, es;q=0.5"}
    assert client.get("/", headers=german)["Content-Language"] == "es"
    answer = client.post("/language/", {"language": "en", "next": "/verify/?x=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/verify/?x=1")
    cookie = answer.cookies["django_language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("en", True, "Lax")
    assert client.get("/", headers=german)["Content-Language"] == "en"


def test_whoever_is_signed_in_keeps_it_in_the_profile() -> None:
    user = UserFactory()
    client = browser(user)
    answer = client.post("/language/", {"language": "es", "next": "/profile/"})
    assert answer["Location"] == "/profile/"
    user.refresh_from_db()
    assert user.locale == "es"
    assert verbs(user) == ["person.profile_changed"]
    assert client.get("/profile/")["Content-Language"] == "es"
    client.post("/signout/")
    assert client.get("/")["Content-Language"] == "es"  # the browser keeps what was chosen


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x", "", "profile/"])
def test_it_leads_nowhere_else(wanted: str, client: Client) -> None:
    assert client.post("/language/", {"language": "es", "next": wanted})["Location"] == "/"


@pytest.mark.parametrize("language", ["xx", "", "../en", "EN"])
def test_a_language_we_do_not_speak_changes_nothing(language: str, client: Client) -> None:
    user = UserFactory()
    for each in (client, browser(user)):
        answer = each.post("/language/", {"language": language, "next": "/verify/"})
        assert answer["Location"] == "/verify/"
        assert "django_language" not in answer.cookies
    assert User.objects.get().locale == "en"
    assert not verbs(user)


def test_it_takes_a_post_with_its_token(client: Client) -> None:
    assert client.get("/language/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/language/", {"language": "es"}).status_code == 403


def test_every_page_offers_it_and_comes_back_to_itself(client: Client) -> None:
    page = client.get("/signin/?next=/profile/").content.decode()
    assert '<input type="hidden" name="next" value="/signin/?next=/profile/">' in page
    assert 'value="es" lang="es"' in page
    assert "Español" in page
    spanish = client.get("/signin/", headers={"accept-language": "es"}).content.decode()
    assert "English" in spanish  # each language by its own name
