"""Any JSON type in any field of any path: a 4xx problem that says what was wrong, never a 5xx, nothing written."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import AuthSession, User
from accounts.tests.factories import PASSWORD, UserFactory, bearer
from kernel.models import OutboxEvent

pytestmark = pytest.mark.django_db

ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "\x00",
    "a\x00b",
    "x" * 5000,
    "‮abc",
    "a\nb",
    [],
    [1],
    [None],
    {},
    {"a": 1},
    [[]],
]
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/register"): {
        "email": "new@example.org",
        "password": PASSWORD,
        "full_name": "New",
        "locale": "en",
        "timezone": "UTC",
    },
    ("post", "/api/auth/login"): {"email": "new@example.org", "password": PASSWORD},
    ("post", "/api/auth/refresh"): {"refresh": "none"},
    ("post", "/api/auth/password/reset/confirm"): {"token": "none", "new_password": PASSWORD},
    ("post", "/api/auth/verify-email"): {"token": "none"},
    ("post", "/api/me/password"): {"current_password": "wrong", "new_password": "x" * 20},
}
EVERY_PATH = [*BODIES, ("post", "/api/auth/logout"), ("post", "/api/auth/password/reset"), ("patch", "/api/me")]


def send(method: str, path: str, body: Any, headers: dict[str, Any]) -> Any:
    client = APIClient(raise_request_exception=False)
    return getattr(client, method)(path, body, **(headers if path.startswith("/api/me") else {}))


def assert_problem(answer: Any, *hint: object) -> None:
    assert 400 <= answer.status_code < 500, (*hint, answer.status_code, answer.content[:500])
    assert answer["Content-Type"] == "application/problem+json", hint
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"], hint
    assert "Traceback" not in problem["detail"]


@pytest.mark.parametrize(("method", "path"), list(BODIES))
def test_odd_values_in_every_field(unlimited: None, settings: Any, method: str, path: str) -> None:
    settings.AXES_ENABLED = False
    headers = bearer(UserFactory())
    sessions, optional = AuthSession.objects.count(), {"locale", "timezone"}
    for field, usual in BODIES[method, path].items():
        for odd in ODD:
            if field in {"password", "new_password", "full_name"} and isinstance(odd, str) and path == "/api/register":
                continue  # some odd strings are good passwords and names; their rules are tested elsewhere
            answer = send(method, path, {**BODIES[method, path], field: odd}, headers)
            assert_problem(answer, field, odd)
        missing = {name: value for name, value in BODIES[method, path].items() if name != field}
        if field not in optional and usual != "wrong":
            assert_problem(send(method, path, missing, headers), field, "missing")
    assert not User.objects.filter(email="new@example.org").exists()
    assert AuthSession.objects.count() == sessions
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("field", ["full_name", "locale", "timezone", "notification_preferences"])
def test_odd_values_in_the_profile(unlimited: None, field: str) -> None:
    user = UserFactory()
    headers = bearer(user)
    for odd in ODD:
        answer = send("patch", "/api/me", {field: odd}, headers)
        assert answer.status_code == 400 or (answer.status_code == 200 and odd == []), (odd, answer.content)
    for odd in ODD:
        for name in ("kind", "channel", "enabled"):
            row = {"kind": "a", "channel": "email", "enabled": True, name: odd}
            answer = send("patch", "/api/me", {"notification_preferences": [row]}, headers)
            assert answer.status_code == 400 or (name == "enabled" and isinstance(odd, bool)), (name, odd)


@pytest.mark.parametrize(("method", "path"), EVERY_PATH)
def test_bodies_that_are_no_object(unlimited: None, method: str, path: str) -> None:
    headers = bearer(UserFactory())
    client = APIClient(raise_request_exception=False)
    call = getattr(client, method)
    extra = headers if path.startswith("/api/me") else {}
    for raw in (b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"[" * 2000, b'{"a":1}}', b"NaN"):
        answer = call(path, raw, content_type="application/json", **extra)
        if not (raw == b"" and method == "patch"):
            assert_problem(answer, raw)
    assert_problem(call(path, b"a=b", content_type="application/x-www-form-urlencoded", **extra))
    assert_problem(call(path, b"{}", content_type="text/plain", **extra))
    assert_problem(client.put(path, {}, **extra))
    assert client.put(path, {}, **extra).status_code == 405


def test_lone_surrogates_reach_no_database(unlimited: None) -> None:
    client = APIClient(raise_request_exception=False)
    for path, body in (
        ("/api/auth/login", b'{"email": "a@example.org", "password": "\\ud800"}'),
        ("/api/auth/verify-email", b'{"token": "\\ud800"}'),
        ("/api/register", b'{"email": "a@example.org", "password": "\\ud800xxxxxxxxxxxx", "full_name": "\\udfff"}'),
    ):
        assert_problem(client.post(path, body, content_type="application/json"), path)
