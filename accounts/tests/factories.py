# mypy: disable-error-code="no-untyped-call"
"""People for tests. `bearer(user)` signs one in and gives the header that says so."""

from typing import Any

from django.utils import timezone as clock
from factory.declarations import LazyFunction, Sequence, Trait
from factory.django import DjangoModelFactory, Password

from accounts.enums import Role
from accounts.models import User
from accounts.services.sessions import TokenPair, start_session

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory[User]):
    """A verified client; traits `lawyer`, `admin`, `unverified`, `passwordless`, `inactive`."""

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


def session_of(user: User) -> TokenPair:
    """A fresh session's tokens."""
    return start_session(user=user, origin=None)


def bearer(user: User) -> dict[str, Any]:
    """Keyword arguments for the test client's requests: `client.get(url, **bearer(user))`."""
    return {"HTTP_AUTHORIZATION": f"Bearer {session_of(user).access}"}
