"""Who hears which event, where it runs and how often it is tried.

A subscriber without a queue only touches the database and runs in the relay, inside the transaction that marks it done. One with
a queue talks to the outside: it runs in a Celery worker, outside any transaction, and wraps its one service call in `done()`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from kernel.events import Event

Done = Callable[[], AbstractContextManager[None]]
QUEUES = ("default", "mail", "push", "pdf", "ai")


class RetryLater(Exception):  # noqa: N818 - an order to the relay, not an error
    """Try again after a pause; counts as an attempt."""


class GiveUp(Exception):  # noqa: N818
    """No further attempt can succeed: to the dead letters, where a person decides."""


@dataclass(frozen=True)
class Subscriber:
    name: str
    event_type: type[Event]
    handler: Callable[..., Any]
    queue: str | None
    max_attempts: int


_by_type: dict[str, list[Subscriber]] = {}
_by_name: dict[str, Subscriber] = {}


def subscriber(
    event_type: type[Event], *, name: str, queue: str | None = None, max_attempts: int = 8
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a handler of `event_type`. `name` is stable: it is the key under which a delivery is done once."""
    if queue is not None and queue not in QUEUES:
        raise ValueError(f"There is no queue {queue!r}.")

    def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
        if name in _by_name:
            raise ValueError(f"Two subscribers are called {name!r}.")
        entry = Subscriber(name, event_type, handler, queue, max_attempts)
        _by_name[name] = entry
        _by_type.setdefault(event_type.type_name(), []).append(entry)
        return handler

    return declare


def subscribers_of(type_name: str) -> list[Subscriber]:
    """All subscribers of an event type, in the order of declaration."""
    return _by_type.get(type_name, [])


def subscriber_named(name: str) -> Subscriber | None:
    """The subscriber, or None when this code no longer has it."""
    return _by_name.get(name)
