"""/api/me: reading and changing one's own profile."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.enums import Channel
from accounts.models import NotificationPreference
from accounts.public import wants
from accounts.tests.conftest import verbs
from accounts.tests.factories import UserFactory, bearer
from kernel.journal import StreamRef, entries, open_personal
from kernel.models import JournalEntry

pytestmark = pytest.mark.django_db


def test_reading(api: APIClient) -> None:
    user = UserFactory(full_name="Ana", timezone="Europe/Madrid")
    body = api.get("/api/me", **bearer(user)).json()
    created = body.pop("created_at")
    assert created.endswith("Z")
    assert body == {
        "id": str(user.pk),
        "email": user.email,
        "full_name": "Ana",
        "role": "client",
        "locale": "en",
        "timezone": "Europe/Madrid",
        "email_verified": True,
        "has_password": True,
        "notification_preferences": [],
    }


def test_changing_what_is_named_and_nothing_else(api: APIClient) -> None:
    user = UserFactory(full_name="Ana")
    answer = api.patch("/api/me", {"full_name": "  Ana Díaz ", "timezone": "America/Lima"}, **bearer(user))
    assert answer.status_code == 200
    assert (answer.json()["full_name"], answer.json()["timezone"]) == ("Ana Díaz", "America/Lima")
    assert answer.json()["locale"] == "en"
    entry = entries(StreamRef("person", user.pk)).last()
    assert entry is not None
    assert entry.facts == {"fields": ["full_name", "timezone"]}
    assert "Ana" not in str(entry.facts)
    assert open_personal(entry)["before"] == {"full_name": "Ana", "timezone": "UTC"}


def test_role_address_and_verification_are_not_the_persons_to_change(api: APIClient) -> None:
    user = UserFactory()
    api.patch("/api/me", {"role": "admin", "email": "x@example.org", "is_active": False, "id": "1"}, **bearer(user))
    before = (user.role, user.email, user.is_active)
    user.refresh_from_db()
    assert (user.role, user.email, user.is_active) == before


def test_changing_nothing_is_not_journalled(api: APIClient) -> None:
    user = UserFactory()
    headers = bearer(user)
    before = verbs(user)
    assert api.patch("/api/me", {"full_name": user.full_name}, **headers).status_code == 200
    assert api.patch("/api/me", {}, **headers).status_code == 200
    assert verbs(user) == before


def test_switches_are_kept_one_by_one(api: APIClient) -> None:
    user = UserFactory()
    headers = bearer(user)
    off = {"kind": "disputes.message", "channel": "email", "enabled": False}
    other = {"kind": "disputes.proposal", "channel": "push", "enabled": False}
    assert api.patch("/api/me", {"notification_preferences": [off]}, **headers).status_code == 200
    body = api.patch("/api/me", {"notification_preferences": [other, {**other, "enabled": True}]}, **headers).json()
    assert body["notification_preferences"] == [off, {**other, "enabled": True}]
    assert NotificationPreference.objects.count() == 2
    assert not wants(user.pk, kind="disputes.message", channel=Channel.EMAIL)
    assert wants(user.pk, kind="disputes.message", channel=Channel.IN_APP)
    assert wants(user.pk, kind="disputes.proposal", channel=Channel.PUSH)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"timezone": "../../etc/passwd"}, "/timezone"),
        ({"locale": "xx"}, "/locale"),
        ({"full_name": ""}, "/full_name"),
        ({"full_name": "a\x00b"}, "/full_name"),
        ({"full_name": "x" * 201}, "/full_name"),
        (
            {"notification_preferences": [{"kind": "A B", "channel": "email", "enabled": True}]},
            "/notification_preferences/0/kind",
        ),
        (
            {"notification_preferences": [{"kind": "a", "channel": "fax", "enabled": True}]},
            "/notification_preferences/0/channel",
        ),
        (
            {"notification_preferences": [{"kind": "a", "channel": "push", "enabled": "yes"}]},
            "/notification_preferences/0/enabled",
        ),
        (
            {"notification_preferences": [{"kind": "a", "channel": "push", "enabled": True}] * 101},
            "/notification_preferences",
        ),
    ],
)
def test_wrong_input_is_named(api: APIClient, body: dict[str, Any], pointer: str) -> None:
    user = UserFactory()
    headers = bearer(user)
    count = JournalEntry.objects.count()
    answer = api.patch("/api/me", body, **headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"
    assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]
    assert JournalEntry.objects.count() == count
    assert not NotificationPreference.objects.exists()


@pytest.mark.parametrize("rows", [1, 20])
def test_the_number_of_statements_does_not_grow(api: APIClient, rows: int) -> None:
    user = UserFactory()
    headers = bearer(user)
    for number in range(rows):
        NotificationPreference.objects.create(user=user, kind=f"kind{number}", channel="email", enabled=False)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert api.get("/api/me", **headers).status_code == 200
    assert len(queries) == 3, [query["sql"] for query in queries]
