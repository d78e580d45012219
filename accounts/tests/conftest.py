from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.selectors.links import password_reset_link, verification_link
from kernel.journal import StreamRef, entries
from kernel.models import OutboxEvent


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def unlimited(settings: Any) -> None:
    """No general limits: for tests that send more than a person would."""
    settings.ACCORD_ANON_RATE = "off"
    settings.ACCORD_RATES = dict.fromkeys(settings.ACCORD_RATES, "off")


@pytest.fixture
def events() -> Callable[[], list[str]]:
    """The names of the events published so far, oldest first."""

    def names() -> list[str]:
        rows = OutboxEvent.objects.order_by("created_at", "id").values_list("type", flat=True)
        return [name.removeprefix("accounts.") for name in rows]

    return names


def verbs(user: User) -> list[str]:
    """What the person's journal says."""
    return list(entries(StreamRef("person", user.pk)).values_list("verb", flat=True))


def verification_token(user: User) -> str:
    return verification_link(user.pk).rpartition("/")[2]


def reset_token(user: User) -> str:
    return password_reset_link(user.pk).rpartition("/")[2]
