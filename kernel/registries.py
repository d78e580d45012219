"""Typed registries: the one way up that is not an event. Filled in each app's `ready()`, never at run time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

T = TypeVar("T")


class Registry(Generic[T]):
    """Named entries, in the order they were registered."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> None:
        """Add an entry. Raises ValueError for a name that is taken by another one."""
        if self._entries.get(name, entry) is not entry:
            raise ValueError(f"There is already a {self._what} called {name!r}.")
        self._entries[name] = entry

    def get(self, name: str) -> T | None:
        return self._entries.get(name)

    def items(self) -> list[tuple[str, T]]:
        return list(self._entries.items())


@dataclass(frozen=True)
class Principal:
    """Who a request is from: a user, by which session (or none), and with which scopes."""

    user: Any
    session_id: UUID | None
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class NewsTopic:
    """Something that a person can switch off, each channel by itself. `label` is translated when it is shown."""

    label: Any
    channels: tuple[str, ...]
    is_for_staff: bool = False


class Authenticator(Protocol):
    """Reads one kind of Authorization header; raises AuthenticationRequiredError when the credentials are not good."""

    def __call__(self, credentials: str) -> Principal: ...


authenticators: Registry[Authenticator] = Registry("authenticator")  # by lower-case scheme: "bearer", "api-key"
health_checks: Registry[Callable[[], None]] = Registry("health check")  # raises when the thing is not well
record_checks: Registry[Callable[[], list[str]]] = Registry(
    "record check"
)  # rows that do not match their journal entry
news_topics: Registry[NewsTopic] = Registry("topic of news")  # by the kind that preferences name
document_origins: Registry[Callable[[Any, UUID], bool]] = Registry(
    "origin of documents"
)  # by what a document may be made of ("draft"): whether this person may name this one
