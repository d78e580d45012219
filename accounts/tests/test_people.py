"""What administrators do to accounts, invited people, and the shape of the models."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.errors import LastAdministratorError, SignInRequiredError
from accounts.models import AuthSession, MailLink, NotificationPreference, RefreshToken, User
from accounts.public import admit_invited_person, find_account, users_by_id, verification_link
from accounts.services.people import activate_person, change_role, deactivate_person
from accounts.services.registration import register_person
from accounts.tests.conftest import verbs
from accounts.tests.factories import PASSWORD, UserFactory
from kernel.context import Origin
from kernel.errors import NotFoundError, PermissionDeniedError
from kernel.ids import new_id
from kernel.models import JournalEntry, OutboxEvent

pytestmark = pytest.mark.django_db
ORIGIN = Origin("192.0.2.1", "test", "r")


def admit(email: str, **changes: Any) -> User:
    values = {"full_name": "Eva Ruiz", "locale": "es", "timezone": "Europe/Madrid", **changes}
    return admit_invited_person(email=email, **values)


def test_an_invited_stranger_becomes_a_verified_person_without_password() -> None:
    user = admit("Eva@Example.org")
    assert (user.email, user.full_name, user.locale) == ("eva@example.org", "Eva Ruiz", "es")
    assert user.email_verified_at is not None
    assert not user.has_usable_password()
    assert admit("eva@example.org", full_name="Someone else") == user
    user.refresh_from_db()
    assert user.full_name == "Eva Ruiz"
    assert verbs(user) == ["person.admitted"]


def test_an_unverified_account_loses_the_password_somebody_set() -> None:
    register_person(
        email="eva@example.org", password=PASSWORD, full_name="Stranger", locale="en", timezone="UTC", origin=ORIGIN
    )
    user = admit("eva@example.org")
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert user.full_name == "Eva Ruiz"
    assert user.email_verified_at is not None
    assert MailLink.objects.get().used_at is not None


@pytest.mark.parametrize("traits", [{}, {"admin": True, "passwordless": True}, {"inactive": True}])
def test_a_mailed_link_never_replaces_a_password(traits: dict[str, Any]) -> None:
    user = UserFactory(email="eva@example.org", **traits)
    with pytest.raises(SignInRequiredError):
        admit("eva@example.org")
    before = user.password
    user.refresh_from_db()
    assert user.password == before
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("traits", [{}, {"lawyer": True}, {"admin": True, "inactive": True}])
def test_only_administrators_manage_accounts(traits: dict[str, Any]) -> None:
    acting, user = UserFactory(**traits), UserFactory()
    acts: list[Callable[[], User]] = [
        lambda: deactivate_person(user_id=user.pk, acting_user=acting),
        lambda: activate_person(user_id=user.pk, acting_user=acting),
        lambda: change_role(user_id=user.pk, role=Role.ADMIN, acting_user=acting),
    ]
    for act in acts:
        with pytest.raises(PermissionDeniedError):
            act()
    assert not JournalEntry.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_an_administrator_who_was_demoted_meanwhile_does_nothing() -> None:
    acting, user = UserFactory(admin=True), UserFactory()
    User.objects.filter(pk=acting.pk).update(role=Role.CLIENT)
    with pytest.raises(PermissionDeniedError):
        deactivate_person(user_id=user.pk, acting_user=acting)


def test_acts_are_journalled_once_with_their_actor() -> None:
    acting, user = UserFactory(admin=True), UserFactory()
    for _ in range(2):
        deactivate_person(user_id=user.pk, acting_user=acting, reason="asked for it")
    for _ in range(2):
        activate_person(user_id=user.pk, acting_user=acting)
    for _ in range(2):
        change_role(user_id=user.pk, role=Role.LAWYER, acting_user=acting)
    rows = list(JournalEntry.objects.order_by("seq"))
    assert [row.verb for row in rows] == ["person.deactivated", "person.activated", "person.role_changed"]
    assert {row.actor_id for row in rows} == {acting.pk}
    assert rows[2].facts == {"before": "client", "after": "lawyer"}
    assert OutboxEvent.objects.filter(type="accounts.SessionsRevoked").count() == 2


def test_somebody_is_left_who_can_administer() -> None:
    acting = UserFactory(admin=True)
    UserFactory(admin=True, inactive=True)
    with pytest.raises(LastAdministratorError):
        deactivate_person(user_id=acting.pk, acting_user=acting)
    with pytest.raises(LastAdministratorError):
        change_role(user_id=acting.pk, role=Role.CLIENT, acting_user=acting)
    UserFactory(admin=True)
    assert not deactivate_person(user_id=acting.pk, acting_user=acting).is_active


def test_unknown_people() -> None:
    with pytest.raises(NotFoundError):
        deactivate_person(user_id=new_id(), acting_user=UserFactory(admin=True))
    with pytest.raises(NotFoundError):
        verification_link(new_id())
    assert find_account("nobody@example.org") is None
    assert users_by_id([new_id()]) == {}


def test_looking_people_up(django_assert_num_queries: Any) -> None:
    people = [UserFactory() for _ in range(20)]
    with django_assert_num_queries(1):
        assert set(users_by_id(person.pk for person in people)) == {person.pk for person in people}
    assert find_account(people[0].email.upper()) == people[0]


def test_the_database_keeps_addresses_single_and_lower_case() -> None:
    UserFactory(email="ana@example.org")
    for email in ("ana@example.org", "Eva@example.org"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(email=email, full_name="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(role="owner")
    with pytest.raises(ValidationError):
        User(email="x@example.org", full_name="x", timezone="Mars/Olympus", password="x").full_clean()


def test_the_admin_follows_the_role() -> None:
    client, lawyer, admin = UserFactory(), UserFactory(lawyer=True), UserFactory(admin=True)
    assert [user.is_staff for user in (client, lawyer, admin)] == [False, True, True]
    assert [user.has_perm("accounts.view_user") for user in (client, lawyer, admin)] == [False, False, True]
    gone = UserFactory(admin=True, inactive=True)
    assert (gone.is_staff, gone.is_superuser) == (False, False)


def test_every_model_says_what_personal_data_it_holds() -> None:
    for model in (User, AuthSession, RefreshToken, MailLink, NotificationPreference):
        names = {field.name for field in model._meta.get_fields()}
        assert set(model.personal_data) <= names
