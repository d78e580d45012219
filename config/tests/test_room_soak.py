"""The soak: 50 clients, 5,000 lines, 200 lost connections, Valkey and the web process restarted, the web process killed.

Each client keeps a ledger. In the end every client holds every line it may read, once, in the one order of its stream.
"""

import asyncio
import random
import signal
from functools import partial
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException

from config.tests.rooms import Room, RoomClient, seed_rooms
from kernel.testing.live import LiveStack

pytestmark = [pytest.mark.live, pytest.mark.long]

CLIENTS_A_ROOM, ROOMS = 10, 5
LINES, CUTS = 5_000, 200
SECONDS = 900


class Player:
    """One client who says its lines, loses the line now and then, comes back, and says again what was not acknowledged."""

    def __init__(self, stack: LiveStack, room: Room, place: int, lines: int) -> None:
        self.client = RoomClient(stack, room.id, room.people[place])
        self.lines = [f"{place}/{number}/{uuid4().hex}" for number in range(lines)]
        self.is_private = place == 1  # one party's every line goes to its caucus
        self.pace = random.Random(place)
        self.comebacks = 0

    async def play(self) -> None:
        for line in self.lines:
            await self._say(line)
            await asyncio.sleep(self.pace.uniform(0.05, 0.15))
        while self.client.unacknowledged:
            await self._settle()

    async def _say(self, line: str) -> None:
        try:
            if self.client.socket is None or self.client.closed:
                raise ConnectionError
            await self.client.say(line, is_private=self.is_private)
        except (OSError, ConnectionClosed):
            if line not in [frame["content"] for frame in self.client.unacknowledged.values()]:
                client_id = str(uuid4())
                frame = {"type": "message", "content": line, "client_id": client_id, "is_private": self.is_private}
                self.client.unacknowledged[client_id] = frame
            await self.come_back()

    async def _settle(self) -> None:
        """Wait for acknowledgements; what does not come is sent again, over a new connection if need be."""
        try:
            await self.client.until(lambda: not self.client.unacknowledged or self.client.closed, seconds=5)
            if self.client.closed:
                raise ConnectionError
        except (AssertionError, OSError):
            await self.come_back()

    def has(self, count: int) -> bool:
        return len(self.client.texts) >= count

    async def come_back(self) -> None:
        """Connect again, however long it takes, and send again what was not acknowledged, in its order."""
        self.comebacks += 1
        while True:
            try:
                await self.client.cut()
                await self.client.open()
                for frame in list(self.client.unacknowledged.values()):
                    await self.client.send(frame)
                    await asyncio.sleep(0.06)  # within the pace that a socket may keep
            except (OSError, TimeoutError, WebSocketException):
                await asyncio.sleep(self.pace.uniform(0.2, 1.0))
            else:
                return


def test_nothing_is_missing_doubled_or_out_of_order(live_server_stack: LiveStack, long_share: float) -> None:
    stack = live_server_stack
    rooms = seed_rooms(stack, rooms=ROOMS, parties=CLIENTS_A_ROOM)
    lines = max(10, int(LINES * long_share) // (ROOMS * CLIENTS_A_ROOM))
    cuts = max(20, int(CUTS * long_share))
    players = [[Player(stack, room, place, lines) for place in range(CLIENTS_A_ROOM)] for room in rooms]
    everybody = [player for group in players for player in group]
    dice = random.Random(7)

    async def cut_lines() -> None:
        for _ in range(cuts):
            await dice.choice(everybody).client.cut()
            await asyncio.sleep(lines * 0.1 / cuts)

    async def break_things() -> None:
        for name, number in (("valkey", signal.SIGTERM), ("web", signal.SIGTERM), ("web", signal.SIGKILL)):
            await asyncio.sleep(lines * 0.1 / 4)
            old = stack.pid(name)
            stack.kill(name, number)
            await asyncio.to_thread(stack.wait_restarted, name, old)
            await asyncio.to_thread(stack.wait_until, stack.is_ready, seconds=60)

    async def play() -> None:
        for player in everybody:
            await player.client.open()
        await asyncio.gather(cut_lines(), break_things(), *(player.play() for player in everybody))
        for group in players:
            expected = {line for player in group if not player.is_private for line in player.lines}
            for player in group:
                wanted = expected | set(player.lines)
                if player.client.closed:
                    await player.come_back()
                await player.client.until(partial(player.has, len(wanted)), seconds=60)
        for player in everybody:
            await player.client.close()

    asyncio.run(asyncio.wait_for(play(), SECONDS))

    for room, group in zip(rooms, players, strict=True):
        public = [line["content"] for line in group[0].client.lines[room.joint]]
        assert sorted(public) == sorted(line for each in group if not each.is_private for line in each.lines)
        for player in group:
            assert player.client.gaps() == []
            assert [line["content"] for line in player.client.lines[room.joint]] == public
            caucus = player.client.lines[room.caucus(1)]
            private = [line["content"] for line in caucus if line["sender_type"] == "user"]
            assert sorted(private) == (sorted(player.lines) if player.is_private else [])
            assert player.is_private or not caucus  # nor what the mediator answered there
            assert set(player.client.lines) <= {room.joint, room.caucus(1)}
    assert sum(player.comebacks for player in everybody) > cuts / 2
