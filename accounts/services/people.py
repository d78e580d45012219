"""Changing people: their own profile, and what administrators do to accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Channel, Role
from accounts.errors import LastAdministratorError
from accounts.models import NotificationPreference, RevokeReason, User
from accounts.rules import may_administer_people
from accounts.services.records import record_person
from accounts.services.sessions import end_all_sessions
from kernel import clock
from kernel.context import Origin
from kernel.errors import NotFoundError, PermissionDeniedError
from kernel.journal import Actor

PROFILE_FIELDS = ("full_name", "locale", "timezone")


@dataclass(frozen=True)
class PreferenceChoice:
    """One switch: whether to be told of `kind` by `channel`."""

    kind: str
    channel: Channel
    enabled: bool


@transaction.atomic
def update_profile(
    *, acting_user: User, changes: Mapping[str, Any], preferences: Sequence[PreferenceChoice] = (), origin: Origin
) -> None:
    """Change one's own name, language or time zone, and the switches named; others stay as they are."""
    user = User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if unknown := changed.keys() - set(PROFILE_FIELDS):
        raise ValueError(f"No profile fields: {sorted(unknown)}")
    before = {name: getattr(user, name) for name in changed}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        user.save(update_fields=list(changed))
    _keep_preferences(user, preferences)
    if changed or preferences:
        fields = sorted([*changed, *(["notification_preferences"] if preferences else [])])
        record_person(
            person_id=user.pk,
            verb="person.profile_changed",
            origin=origin,
            facts={"fields": fields},
            personal={"before": before, "after": changed},
        )


def _keep_preferences(user: User, preferences: Sequence[PreferenceChoice]) -> None:
    latest = {(choice.kind, choice.channel): choice for choice in preferences}
    NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user=user, kind=choice.kind, channel=choice.channel, enabled=choice.enabled)
            for choice in latest.values()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["enabled"],
    )


@transaction.atomic
def deactivate_person(*, user_id: UUID, acting_user: User, reason: str = "") -> User:
    """Close an account: everything signed in ends at the next request. Raises LastAdministratorError."""
    user = _person_to_administer(user_id, acting_user)
    if not user.is_active:
        return user
    _keep_an_administrator(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_all_sessions(user=user, reason=RevokeReason.DEACTIVATED)
    record_person(
        person_id=user.pk,
        verb="person.deactivated",
        actor=Actor.user(acting_user.pk),
        personal={"reason": reason} if reason else None,
    )
    return user


@transaction.atomic
def activate_person(*, user_id: UUID, acting_user: User) -> User:
    """Open a closed account again; nobody is signed in by that."""
    user = _person_to_administer(user_id, acting_user)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        record_person(person_id=user.pk, verb="person.activated", actor=Actor.user(acting_user.pk))
    return user


@transaction.atomic
def change_role(*, user_id: UUID, role: Role, acting_user: User) -> User:
    """Give a person another role; they sign in anew, so that no token says otherwise. Raises LastAdministratorError."""
    user = _person_to_administer(user_id, acting_user)
    if user.role == role:
        return user
    _keep_an_administrator(user)
    before, user.role = user.role, role
    user.save(update_fields=["role"])
    end_all_sessions(user=user, reason=RevokeReason.ROLE_CHANGED)
    record_person(
        person_id=user.pk,
        verb="person.role_changed",
        actor=Actor.user(acting_user.pk),
        facts={"before": before, "after": role.value},
    )
    return user


def _person_to_administer(user_id: UUID, acting_user: User) -> User:
    if not may_administer_people(acting_user):
        raise PermissionDeniedError(_("Only administrators manage accounts."))
    # Every administrator is locked, in one order: two of them removing each other at once must not both succeed.
    administrators = User.objects.filter(role=Role.ADMIN, is_active=True) | User.objects.filter(pk=user_id)
    locked = {user.pk: user for user in administrators.order_by("pk").select_for_update(no_key=True)}
    if user_id not in locked:
        raise NotFoundError
    acting = locked.get(acting_user.pk)
    if acting is None or not may_administer_people(acting):
        raise PermissionDeniedError(_("Only administrators manage accounts."))
    return locked[user_id]


def _keep_an_administrator(user: User) -> None:
    if user.role != Role.ADMIN or not user.is_active:
        return
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk).exists():
        raise LastAdministratorError


@transaction.atomic
def create_administrator(*, email: str, full_name: str, password: str) -> User:
    """The first administrator, made by whoever runs commands here. Raises IntegrityError for a known address."""
    user = User.objects.create_superuser(email, password, full_name=full_name, email_verified_at=clock.now())
    record_person(
        person_id=user.pk,
        verb="person.registered",
        actor=Actor.system("createadmin"),
        facts={"role": user.role, "locale": user.locale},
    )
    return user
