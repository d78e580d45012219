"""The doorbell: tells every process that holds sockets of a dispute what was just committed (architecture.md, decision 5).

A hint that may be lost: whoever misses it catches up from the database. What is private does not travel: of a private line only
its place is rung, and the processes of its readers fetch it for them.
"""

import logging
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

import orjson
import redis
from django.conf import settings

from disputes.enums import StreamKind
from kernel.redis_client import RedisGoneError, run_command

log = logging.getLogger(__name__)

Notice = dict[str, Any]
_listeners: list[Callable[[str, Notice], None]] = []


def channel_of(dispute_id: UUID | str) -> str:
    """The Redis channel of a dispute's room."""
    return f"accord:room:{dispute_id}"


def listen_here(listener: Callable[[str, Notice], None]) -> None:
    """Register this process's rooms: they hear their own process also while Redis is away."""
    _listeners.append(listener)


class CommittedLine(Protocol):
    """What the doorbell needs to know of a line (`services.messages.PostedMessage`)."""

    @property
    def stream_id(self) -> UUID: ...
    @property
    def kind(self) -> StreamKind: ...
    @property
    def seq(self) -> int: ...
    @property
    def client_id(self) -> str | None: ...
    @property
    def readers(self) -> tuple[UUID, ...]: ...
    def as_read(self) -> dict[str, Any]: ...


def ring_line(dispute_id: UUID, line: CommittedLine) -> None:
    """A line was committed."""
    if line.kind == StreamKind.JOINT:
        ring(dispute_id, {"t": "line", "s": line.stream_id, "n": line.seq, "c": line.client_id, "line": line.as_read()})
    else:
        ring(
            dispute_id, {"t": "bell", "k": str(line.kind), "s": line.stream_id, "n": line.seq, "m": list(line.readers)}
        )


def ring(dispute_id: UUID, notice: Notice) -> None:
    """Publish a notice to the room's sockets in all processes."""
    payload = orjson.dumps(notice)
    channel = channel_of(dispute_id)
    try:
        run_command("PUBLISH", channel, payload, url=settings.CHANNEL_URL)
    except (RedisGoneError, redis.RedisError) as error:
        log.info("doorbell not heard elsewhere; sockets catch up", extra={"error": type(error).__name__})
        for listener in _listeners:
            listener(channel, orjson.loads(payload))
