"""The one Redis subscription of a process: what is rung in any process for a room that has sockets here."""

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Any

import orjson
import redis.asyncio
from redis.exceptions import RedisError

from disputes.adapters.doorbell import Notice

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
ALWAYS = "accord:room:none"  # a subscription that is never empty keeps the connection open


class Feed:
    """Keeps the subscription alive for as long as the process lives."""

    def __init__(self, url: str, heard: Callable[[str, Notice], None], deaf: Callable[[], None]) -> None:
        """`heard(channel, notice)` for what is rung; `deaf()` after every time when something may have been missed."""
        self._pool: Any = redis.asyncio.ConnectionPool.from_url(
            url or "redis://127.0.0.1:1/0", socket_timeout=None, socket_connect_timeout=2.0, protocol=2
        )
        self._heard = heard
        self._deaf = deaf
        self._wanted: dict[str, asyncio.Event] = {}
        self._line: Any = None

    async def add(self, channel: str, *, patience: float = 1.0) -> None:
        """Subscribe; returns when Redis has confirmed it, or after `patience` seconds when it does not answer."""
        if channel not in self._wanted:
            self._wanted[channel] = asyncio.Event()
            await self._tell("subscribe", channel)
        confirmed = self._wanted.get(channel)
        if confirmed is None:
            return  # who wanted it has left meanwhile
        try:
            await asyncio.wait_for(confirmed.wait(), patience)
        except TimeoutError:
            log.info("room entered without its doorbell; it catches up")

    def forget(self, channel: str) -> None:
        """Want a channel no more; `end` tells Redis."""
        self._wanted.pop(channel, None)

    async def end(self, channel: str) -> None:
        """Unsubscribe, unless somebody wants the channel again by now."""
        if channel not in self._wanted:
            await self._tell("unsubscribe", channel)

    async def _tell(self, verb: str, channel: str) -> None:
        if self._line is None:
            return  # the next connection subscribes to everything that is wanted
        try:
            await self._line.send_command(verb, channel)
        except (RedisError, OSError):
            log.info("subscription changed while Redis is away")

    async def run(self) -> None:
        """Listen until cancelled; connects again, ever more rarely, while Redis is away."""
        pause = FIRST_PAUSE
        while True:
            line: Any = self._pool.make_connection()
            try:
                await line.connect()
                await line.send_command("SUBSCRIBE", ALWAYS, *self._wanted)
                self._line = line
                pause = FIRST_PAUSE
                await self._listen(line)
            except (RedisError, OSError) as error:
                log.info("doorbell lost, trying again", extra={"error": type(error).__name__})
            finally:
                self._line = None
                await line.disconnect(nowait=True)
            for confirmed in self._wanted.values():
                confirmed.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self, line: Any) -> None:
        """Read what is pushed, directly: the client's own way (retries, telemetry) costs several times the reading."""
        while True:
            # Without a timeout: an idle subscription is the normal case, and redis-py 8 would cut it after five seconds.
            kind, channel, payload = await line.read_response(timeout=math.inf, disconnect_on_error=False)
            if kind == b"message":
                self._hear(channel.decode(), payload)
            elif kind == b"subscribe" and channel == ALWAYS.encode():
                self._deaf()
            elif kind == b"subscribe" and (confirmed := self._wanted.get(channel.decode())) is not None:
                confirmed.set()

    def _hear(self, channel: str, payload: bytes) -> None:
        try:
            self._heard(channel, orjson.loads(payload))
        except Exception:  # one bad notice must not make the whole process deaf
            log.exception("notice not understood")
            self._deaf()
