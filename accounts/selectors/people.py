"""Reads about people."""

from collections.abc import Iterable
from uuid import UUID

from accounts.enums import Channel, Role
from accounts.models import NotificationPreference, User


def users_by_id(ids: Iterable[UUID]) -> dict[UUID, User]:
    """The people of these ids; unknown ids are left out."""
    return User.objects.in_bulk(set(ids))


def administrator_ids() -> tuple[UUID, ...]:
    """The active administrators, for what concerns the whole back-office."""
    return tuple(User.objects.filter(role=Role.ADMIN, is_active=True).order_by("id").values_list("pk", flat=True))


def find_account(email: str) -> User | None:
    """Whoever has this address, in any spelling, verified or not."""
    return User.objects.filter(email=email.strip().lower()).first()


def profile(user_id: UUID) -> User:
    """The person with their notification preferences, for their own profile page: two statements."""
    return User.objects.prefetch_related("notification_preferences").get(pk=user_id)


def wants(user_id: UUID, *, kind: str, channel: Channel) -> bool:
    """Whether the person is to be told of `kind` by `channel`; everything is on until they switch it off."""
    choice = NotificationPreference.objects.filter(user_id=user_id, kind=kind, channel=channel).first()
    return choice is None or choice.enabled
