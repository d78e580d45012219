"""Signing in and out with a browser."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import MailLink, User
from accounts.tests.conftest import verbs
from accounts.tests.factories import PASSWORD, UserFactory, browser

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/signin/", {"email": email, "password": password, **more})


@pytest.mark.parametrize(("traits", "onward"), [({}, "/"), ({"lawyer": True}, "/staff/"), ({"admin": True}, "/staff/")])
def test_signing_in_leads_on(traits: dict[str, Any], onward: str, client: Client) -> None:
    user = UserFactory(**traits)
    answer = sign_in(client, f"  {user.email.upper()} ")
    assert answer["Location"] == onward
    assert client.session["_auth_user_id"] == str(user.pk)
    assert "person.signed_in" in verbs(user)
    assert client.get("/signin/")["Location"] == onward


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/disputes/x/?a=1", "/disputes/x/?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver/x", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(wanted: str, expected: str, client: Client) -> None:
    assert sign_in(client, UserFactory().email, next=wanted)["Location"] == expected


@pytest.mark.parametrize("traits", [{"unverified": True}, {"inactive": True}, {"passwordless": True}])
def test_refusals_look_the_same(traits: dict[str, Any]) -> None:
    pages = set()
    for email, password in (
        (UserFactory(**traits).email, PASSWORD),
        (UserFactory().email, "wrong"),
        ("nobody@example.org", PASSWORD),
    ):
        client = Client()
        answer = sign_in(client, email, password)
        assert answer.status_code == 400
        assert answer["Cache-Control"] == "no-store"
        assert "_auth_user_id" not in client.session
        body = answer.content.decode().replace(email, "…")
        pages.add(body[body.index("notice bad") : body.index("field")])
    assert len(pages) == 1


def test_the_lock_out_holds_here_too(client: Client, unlimited: None) -> None:
    user = UserFactory()
    for _ in range(10):
        answer = sign_in(client, user.email, "wrong")
    assert answer.status_code == 429
    assert sign_in(client, user.email).status_code == 429
    assert "_auth_user_id" not in client.session


def test_the_limit_of_sign_ins_holds_here_too(client: Client, settings: Any) -> None:
    settings.ACCORD_RATES = {**settings.ACCORD_RATES, "login": "2/min"}
    email = UserFactory().email
    assert [sign_in(client, email, "wrong").status_code for _ in range(3)] == [400, 400, 429]


def test_forms_need_their_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, UserFactory().email).status_code == 403
    assert client.post("/signout/").status_code == 403


def test_signing_out_takes_a_post() -> None:
    user = UserFactory()
    client = browser(user)
    assert user.full_name in client.get("/signout/").content.decode()
    assert client.get("/signin/").status_code == 302
    assert client.post("/signout/")["Location"] == "/"
    assert client.get("/signin/").status_code == 200
    assert "person.signed_out" in verbs(user)


def test_the_session_key_changes_with_the_sign_in(client: Client) -> None:
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    sign_in(client, UserFactory().email)
    assert client.session.session_key != before


@pytest.mark.parametrize("known", [True, False])
def test_asking_for_a_reset_answers_the_same(known: bool, client: Client) -> None:
    email = UserFactory(passwordless=True).email if known else "nobody@example.org"
    answer = client.post("/reset/", {"email": email})
    assert "If there is an account" in answer.content.decode()
    assert MailLink.objects.exists() is known
    assert User.objects.count() == int(known)
