"""What accounts tells the rest of the house."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class UserRegistered(Event):
    """A new account; its address is not verified yet."""

    user_id: UUID


@dataclass(frozen=True)
class VerificationRequested(Event):
    """The person is to get a mail with a link that verifies their address."""

    user_id: UUID


@dataclass(frozen=True)
class RegistrationRepeated(Event):
    """Somebody tried to register an address that has an account: only its owner is told."""

    user_id: UUID


@dataclass(frozen=True)
class PasswordResetRequested(Event):
    """The person is to get a mail with a link that sets a new password."""

    user_id: UUID


@dataclass(frozen=True)
class PasswordChanged(Event):
    user_id: UUID


@dataclass(frozen=True)
class SessionsRevoked(Event):
    """Everything the person was signed in with has ended."""

    user_id: UUID
