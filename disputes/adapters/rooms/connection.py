"""One socket in a room: where its reader stands in each stream, and how frames reach it without anybody waiting for it."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import coroutine
from typing import Any
from uuid import UUID

import orjson

from accounts.public import LiveCredential, User
from disputes.selectors.messages import encode_cursor
from disputes.selectors.rooms import Seat

# A reader who is behind by more than this is dropped: what it misses it gets when it comes back.
MOST_WAITING_FRAMES = 1000
MOST_WAITING_CHARACTERS = 4_000_000
MOST_SECONDS_BLOCKED = 20.0

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Connection:
    """The outgoing side of one socket. All of it runs in the event loop's thread."""

    __slots__ = (
        "__weakref__",
        "_blocked_since",
        "_send",
        "_task",
        "_waiting",
        "_waiting_characters",
        "credential",
        "delivered",
        "dispute_id",
        "has_more",
        "is_catching_up",
        "is_over",
        "positions",
        "read",
        "seat",
        "user",
    )

    def __init__(
        self,
        send: Send,
        *,
        user: User,
        dispute_id: UUID,
        credential: LiveCredential,
        seat: Seat,
        positions: dict[str, int],
    ) -> None:
        self._send = send
        self.user = user
        self.dispute_id = dispute_id
        self.credential = credential
        self.seat = seat
        self.positions = positions
        self.delivered: dict[str, int] = {}  # what receipts were noted for
        self.read: dict[str, int] = {}  # what the reader said they saw, not yet noted
        self.is_catching_up = False
        self.has_more = False
        self.is_over = False
        self._waiting: deque[str] | None = None
        self._waiting_characters = 0
        self._blocked_since = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def cursor(self) -> str:
        """Where the reader stands, as the API's cursor."""
        return encode_cursor(self.positions)

    def write_frame(self, frame: dict[str, Any]) -> None:
        self.write(orjson.dumps(frame).decode())

    def write_line(self, start: str, stream: str, seq: int) -> None:
        """A line's frame, whose text lacks only the reader's cursor and the closing brace."""
        self.positions[stream] = seq
        self.write(f'{start},"cursor":"{encode_cursor(self.positions)}"}}')

    def write(self, text: str) -> None:
        """Send, or keep until the reader takes more; never waits. Who is too far behind is dropped."""
        if self.is_over:
            return
        if self._waiting is not None:
            self._keep(text)
            return
        # Driven by hand: a task for each frame and reader would cost as much as the sending. A server whose buffer is full
        # suspends here; then, and only then, a task takes over.
        sending: Any = self._send({"type": "websocket.send", "text": text})
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # the peer has gone; whatever a server raises then, the consumer hears of it on its own
            self.is_over = True
            return
        self._waiting = deque()
        self._blocked_since = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._drain(_rest_of(sending, waits_for)))

    def _keep(self, text: str) -> None:
        waiting = self._waiting
        if waiting is None:
            return
        waiting.append(text)
        self._waiting_characters += len(text)
        if len(waiting) > MOST_WAITING_FRAMES or self._waiting_characters > MOST_WAITING_CHARACTERS:
            self.drop()

    async def _drain(self, rest: Awaitable[None]) -> None:
        try:
            await rest
            while self._waiting:
                text = self._waiting.popleft()
                self._waiting_characters -= len(text)
                self._blocked_since = time.monotonic()
                await self._send({"type": "websocket.send", "text": text})
        except Exception:  # as above
            self.is_over = True
        self._waiting = None

    @property
    def is_stuck(self) -> bool:
        """Whether the reader has taken nothing for too long."""
        return self._waiting is not None and time.monotonic() - self._blocked_since > MOST_SECONDS_BLOCKED

    def close(self, code: int, reason: str) -> None:
        """End the socket with a reason; at once, or by dropping a reader who takes nothing."""
        if self.is_over:
            return
        if self._waiting is not None:
            self.drop()
            return
        self.is_over = True
        self._task = asyncio.get_running_loop().create_task(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except Exception:  # gone already: nothing is left to close
            self._waiting = None

    def drop(self) -> None:
        """Cut the line without a word: a closing frame would wait behind everything else."""
        self.is_over = True
        self._waiting = None
        if self._task is not None:
            self._task.cancel()
        # ASGI has no word for this. uvicorn's `send` is a method of the protocol that holds the transport.
        transport = getattr(getattr(self._send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()


@coroutine
def _rest_of(started: Any, waits_for: Any) -> Any:
    """Go on with a coroutine that was driven by hand up to its first suspension."""
    try:
        while True:
            try:
                answer = yield waits_for
            except BaseException as error:
                waits_for = started.throw(error)
            else:
                waits_for = started.send(answer)
    except StopIteration:
        return
