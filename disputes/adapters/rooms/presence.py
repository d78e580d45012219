"""Who is in a room, in whatever process: entries in Redis that expire, so that a killed process leaves nobody behind."""

import logging
import time
from collections.abc import Mapping
from uuid import UUID

import redis.asyncio
from redis.exceptions import RedisError

from kernel.ids import new_id

log = logging.getLogger(__name__)

LIFETIME_SECONDS = 20
PREFIX = "accord:present:"


class Presence:
    """This process's entries, and everybody's. Without Redis only those of this process are known."""

    def __init__(self, url: str) -> None:
        self._client = redis.asyncio.Redis.from_url(
            url or "redis://127.0.0.1:1/0", socket_timeout=2.0, socket_connect_timeout=1.0, protocol=2
        )
        self._process = new_id().hex

    async def sync(self, here: Mapping[UUID, set[UUID]], gone: set[tuple[UUID, UUID]]) -> dict[UUID, set[UUID]]:
        """Tell who is in this process's rooms and who has left them; answers who is in them anywhere."""
        rooms = list(here)
        known = {room: set(people) for room, people in here.items()}
        now = time.time()
        pipe = self._client.pipeline(transaction=False)
        for room, user in gone:
            pipe.zrem(f"{PREFIX}{room}", self._entry(user))
        for room in rooms:
            key = f"{PREFIX}{room}"
            if here[room]:
                pipe.zadd(key, {self._entry(user): now + LIFETIME_SECONDS for user in here[room]})
                pipe.expire(key, LIFETIME_SECONDS * 2)
            pipe.zrangebyscore(key, now, "+inf")
        try:
            answers = await pipe.execute()
        except (RedisError, OSError) as error:
            log.info("presence known for this process only", extra={"error": type(error).__name__})
            return known
        lists = [answer for answer in answers if isinstance(answer, list)]
        for room, entries in zip(rooms, lists, strict=True):
            known[room] |= {UUID(entry.decode().partition(":")[0]) for entry in entries}
        return known

    def _entry(self, user: UUID) -> str:
        return f"{user}:{self._process}"
