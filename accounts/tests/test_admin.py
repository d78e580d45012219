"""The back-office of accounts, and the command that makes its first user."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuthSession, User
from accounts.tests.factories import PASSWORD, UserFactory, browser, session_of

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"


def test_an_administrator_sees_people_and_no_password() -> None:
    admin, user = UserFactory(admin=True), UserFactory(full_name="Ana Díaz")
    session_of(user)
    client = browser(admin)
    assert "Ana Díaz" in client.get(LIST).content.decode()
    page = client.get(f"{LIST}{user.pk}/change/")
    assert page.status_code == 200
    for secret in (user.password, "md5$", "argon2"):
        assert secret not in page.content.decode()
    assert client.post(f"{LIST}{user.pk}/change/", {"role": "admin"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/authsession/").status_code == 200
    assert client.get(f"/admin/accounts/authsession/{AuthSession.objects.get().pk}/change/").status_code == 200
    user.refresh_from_db()
    assert user.role == "client"


@pytest.mark.parametrize("traits", [{}, {"lawyer": True}])
def test_nobody_else_sees_anything(traits: dict[str, Any]) -> None:
    user, other = UserFactory(**traits), UserFactory()
    client = browser(user)
    for path in (LIST, f"{LIST}{other.pk}/change/", f"{LIST}{other.pk}/history/", "/admin/accounts/authsession/"):
        answer = client.get(path)
        assert answer.status_code in {302, 403}, path
        assert other.email not in answer.content.decode()
    answer = client.post(LIST, {"action": "make_admin", "_selected_action": [str(user.pk)]})
    assert answer.status_code in {302, 403}
    user.refresh_from_db()
    assert user.role != "admin"


@pytest.mark.parametrize(
    ("action", "expected"),
    [("deactivate", ("client", False)), ("make_lawyer", ("lawyer", True)), ("make_admin", ("admin", True))],
)
def test_actions_go_through_the_services(action: str, expected: tuple[str, bool]) -> None:
    admin, user = UserFactory(admin=True), UserFactory()
    pair = session_of(user)
    answer = browser(admin).post(LIST, {"action": action, "_selected_action": [str(user.pk)]}, follow=True)
    assert answer.status_code == 200
    user.refresh_from_db()
    assert (user.role, user.is_active) == expected
    assert Client().get("/api/me", HTTP_AUTHORIZATION=f"Bearer {pair.access}").status_code == 401


def test_a_refused_action_says_why() -> None:
    admin = UserFactory(admin=True)
    answer = browser(admin).post(LIST, {"action": "deactivate", "_selected_action": [str(admin.pk)]}, follow=True)
    assert "last active administrator" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.is_active


@pytest.mark.parametrize("traits", [{}, {"lawyer": True, "unverified": True}, {"admin": True, "inactive": True}])
def test_the_admin_sign_in_refuses(client: Client, traits: dict[str, Any]) -> None:
    user = UserFactory(**traits)
    client.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_the_admin_sign_in_locks_out_in_any_spelling(client: Client, unlimited: None) -> None:
    user = UserFactory(admin=True, email="boss@example.org")
    for number in range(10):
        name = user.email if number % 2 else user.email.upper()
        answer = client.post("/admin/login/", {"username": name, "password": "wrong"})
    assert answer.status_code == 429
    assert client.post("/admin/login/", {"username": user.email, "password": PASSWORD}).status_code == 429
    assert "_auth_user_id" not in client.session


def test_staff_signs_in_at_the_admin(client: Client) -> None:
    user = UserFactory(lawyer=True)
    answer = client.post("/admin/login/", {"username": user.email.upper(), "password": PASSWORD, "next": "/admin/"})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_staff_that_comes_to_the_sign_in_directly_goes_on_to_the_admin(client: Client) -> None:
    answer = client.post("/admin/login/", {"username": UserFactory(lawyer=True).email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_createadmin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_ADMIN_PASSWORD", PASSWORD)
    call_command("createadmin", "Boss@Example.org", "The Boss", stdout=io.StringIO())
    user = User.objects.get()
    assert (user.email, user.role, user.is_superuser, user.check_password(PASSWORD)) == (
        "boss@example.org",
        "admin",
        True,
        True,
    )
    with pytest.raises(CommandError, match="has an account"):
        call_command("createadmin", "boss@example.org", "The Boss")
    monkeypatch.setenv("ACCORD_ADMIN_PASSWORD", "short")
    with pytest.raises(CommandError, match="too short"):
        call_command("createadmin", "other@example.org", "Other")
    monkeypatch.delenv("ACCORD_ADMIN_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    call_command("createadmin", "second@example.org", "Second", stdout=io.StringIO())
    assert User.objects.count() == 2
