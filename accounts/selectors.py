"""Reads about people."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User


def users_by_id(ids: Iterable[UUID]) -> dict[UUID, User]:
    """The people of these ids; unknown ids are left out."""
    return User.objects.in_bulk(set(ids))


def find_account(email: str) -> User | None:
    """Whoever has this address, in any spelling, verified or not."""
    return User.objects.filter(email=email.strip().lower()).first()
