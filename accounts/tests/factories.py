# mypy: disable-error-code="no-untyped-call"
"""People for tests. `bearer(user)` signs one in and gives the header that says so."""

from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone as clock
from factory.declarations import LazyFunction, Sequence, Trait
from factory.django import DjangoModelFactory, Password

from accounts.enums import Role
from accounts.models import User
from accounts.services.sessions import TokenPair, start_session

PASSWORD = "correct horse battery staple"


class PersonFactory(DjangoModelFactory[User]):
    """For SubFactory and the like; tests call `UserFactory`, whose type says what comes out."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda number: f"person{number}@example.org")
    full_name = Sequence(lambda number: f"Person {number}")
    email_verified_at = LazyFunction(clock.now)
    password = Password(PASSWORD)

    class Params:
        lawyer = Trait(role=Role.LAWYER)
        admin = Trait(role=Role.ADMIN)
        unverified = Trait(email_verified_at=None)
        passwordless = Trait(password=Password(None))
        inactive = Trait(is_active=False)


def UserFactory(**fields: Any) -> User:
    """A verified client in the database; traits `lawyer`, `admin`, `unverified`, `passwordless`, `inactive`."""
    made: User = PersonFactory(**fields)  # type: ignore[assignment]
    return made


def session_of(user: User) -> TokenPair:
    """A fresh session's tokens."""
    return start_session(user=user, origin=None)


def bearer(user: User) -> dict[str, Any]:
    """Keyword arguments for the test client's requests: `client.get(url, **bearer(user))`."""
    return {"HTTP_AUTHORIZATION": f"Bearer {session_of(user).access}"}


def browser(user: User) -> Client:
    """A test client with a signed-in page session, as after the admin's sign-in page."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client
