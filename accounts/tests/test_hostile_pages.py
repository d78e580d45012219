"""Forms of accounts fed with what no browser sends: refused in words, nothing changed, never our own fault."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import verbs
from accounts.tests.factories import PASSWORD, UserFactory, browser

pytestmark = pytest.mark.django_db

HOSTILE = ("a\x00b", "\u202eevil", "x" * 100_000, "\ufeff", "\x1b[2J", "{{ 7*7 }}<script>", "💥" * 300)
FORMS: dict[str, dict[str, str]] = {
    "/signup/": {
        "full_name": "Ana",
        "email": "ana@example.org",
        "password": PASSWORD,
        "locale": "en",
        "timezone": "UTC",
    },
    "/signin/": {"email": "ana@example.org", "password": PASSWORD, "next": "/profile/"},
    "/reset/": {"email": "ana@example.org"},
    "/language/": {"language": "es", "next": "/verify/"},
    "/profile/": {"part": "about", "full_name": "Ana", "locale": "en", "timezone": "UTC"},
}
PLACES = [(path, name) for path, form in FORMS.items() for name in form]


@pytest.mark.parametrize(("path", "name"), PLACES, ids=[f"{path}{name}" for path, name in PLACES])
def test_hostile_values_are_refused_or_harmless(path: str, name: str, unlimited: None) -> None:
    user = UserFactory(full_name="Ana Torres")
    client = browser(user) if path == "/profile/" else Client()
    for value in HOSTILE:
        answer = client.post(path, {**FORMS[path], name: value})
        assert answer.status_code in {200, 302, 400, 429}, (value[:20], answer.status_code)
        assert b"{{ 7*7 }}<script>" not in answer.content
        if name in ("locale", "timezone", "part", "language"):
            assert verbs(user) == []
    user.refresh_from_db()
    assert user.locale == "en"
    assert not set("\x00\u202e\x1b\ufeff") & set("".join(User.objects.values_list("full_name", flat=True)))


def test_a_form_of_another_content_type_is_no_form(client: Client) -> None:
    for path in FORMS:
        answer = client.post(path, b'{"full_name": 1}', content_type="application/json")
        assert answer.status_code in {302, 400}, path
    assert not User.objects.exists()
