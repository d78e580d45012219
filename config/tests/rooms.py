"""Sockets against a live stack: the people and rooms of a test, and clients that keep a ledger of what they get."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from accounts.enums import Role
from accounts.models import User
from accounts.selectors.access_tokens import make_access_token
from disputes.services.streams import caucus_stream_id, joint_stream_id, pair_stream_id
from kernel.testing.live import LiveStack
from kernel.testing.template import ROOT

Frame = dict[str, Any]
NOISE = ("heartbeat", "presence", "receipt")

PREFACE = """
import os, sys, json, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
from accounts.tests.factories import UserFactory, session_of, browser
from accounts.enums import Role
from disputes.tests import factories as cases
from disputes.models import *
from kernel.entry import entry
User = get_user_model()
def say(value): sys.stdout.write(json.dumps(value, default=str))
"""


def run_inside(stack: LiveStack, code: str) -> Any:
    """Run Python against the stack's servers, with its models and factories; what it hands to `say`."""
    done = subprocess.run(
        [sys.executable, "-c", PREFACE + code],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout) if done.stdout else None


SEED = """
from disputes.services.filing import Filing, open_dispute
from accounts.models import AuthSession

def seed(rooms, parties, state):
    made = []
    for number in range(rooms):
        people = [UserFactory(email=f"{cases.new_id().hex}@example.org", passwordless=True) for _ in range(parties)]
        invitees = tuple(cases.Invitee(email=each.email) for each in people[1:])
        dispute = open_dispute(acting_user=people[0], filing=Filing(title="A room", description="…", protocol="simple", invitees=invitees))
        case = cases.Case(dispute.pk, *people[:2])
        for each in people[1:]:
            cases.join(case, each)
        if state == "mediating":
            for each in people:
                cases.state(case, each)
        made.append({
            "id": case.id,
            "people": [
                {"id": each.pk, "email": each.email, "cookie": browser(each).cookies["sessionid"].value,
                 "session": AuthSession.objects.create(user=each, generation=each.credential_generation).pk}
                for each in people
            ],
        })
    return made
"""


@dataclass(frozen=True)
class Person:
    """Somebody of a seeded room. The test run holds the stack's keys, so a fresh token is made here whenever one is needed."""

    id: str
    email: str
    cookie: str
    session: str

    @property
    def token(self) -> str:
        user = User(pk=UUID(self.id), role=Role.CLIENT)
        return make_access_token(user=user, session_id=UUID(self.session), now=datetime.now(UTC))

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Room:
    id: str
    people: tuple[Person, ...]

    @property
    def joint(self) -> str:
        return str(joint_stream_id(UUID(self.id)))

    def caucus(self, place: int) -> str:
        return str(caucus_stream_id(UUID(self.id), UUID(self.people[place].id)))

    def pair(self, one: int, other: int) -> str:
        return str(pair_stream_id(UUID(self.id), UUID(self.people[one].id), UUID(self.people[other].id)))

    def path(self, rest: str) -> str:
        return f"/api/disputes/{self.id}/{rest}"


def seed_rooms(stack: LiveStack, *, rooms: int = 1, parties: int = 2, state: str = "mediating") -> list[Room]:
    """Disputes whose parties are all in, the claimant first."""
    seed = run_inside(stack, f"{SEED}\nsay(seed({rooms}, {parties}, {state!r}))")
    return [Room(each["id"], tuple(Person(**person) for person in each["people"])) for each in seed]


class RoomSupply:
    """Fresh rooms of three parties, seeded a batch at a time: as many as the tests take, however many those are."""

    BATCH = 10

    def __init__(self, stack: LiveStack) -> None:
        self._stack = stack
        self._made: list[Room] = []

    def take(self) -> Room:
        if not self._made:
            self._made = seed_rooms(self._stack, rooms=self.BATCH, parties=3)
        return self._made.pop()


def socket_url(stack: LiveStack, dispute_id: str) -> str:
    return f"{stack.base_url.replace('http', 'ws', 1)}/ws/disputes/{dispute_id}/"


class RoomClient:
    """One device of one person. Keeps every frame, and a ledger of lines by stream: the numbers in the order they came."""

    def __init__(self, stack: LiveStack, dispute_id: str, who: Person | str | None, **headers: str) -> None:
        """`who` is a person, a token as it is, or nobody (or whom a cookie among the `headers` names)."""
        self.url = socket_url(stack, dispute_id)
        self.who = who
        self.headers = headers
        self.frames: list[Frame] = []
        self.lines: dict[str, list[Frame]] = defaultdict(list)
        self.cursor: str | None = None
        self.unacknowledged: dict[str, Frame] = {}
        self.closed: tuple[int, str] | None = None
        self.socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def open(self, *, first: Frame | None = None, greet: bool = True, max_queue: int = 64) -> "RoomClient":
        """Connect; the first frame is the credentials and how far this device is."""
        self.closed = None
        self.socket = await connect(
            self.url,
            additional_headers=self.headers,
            max_size=2**20,
            compression=None,
            open_timeout=20,
            close_timeout=2,
            max_queue=max_queue,
        )
        if greet:
            token = self.who.token if isinstance(self.who, Person) else self.who
            auth = {"type": "auth", "after": self.cursor, **({"token": token} if token else {})}
            await self.socket.send(json.dumps(first or auth))
        self._reader = asyncio.create_task(self._read(self.socket))
        return self

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            self.closed = (socket.close_code or 1006, socket.close_reason or "")
        else:
            self.closed = (socket.close_code or 1000, socket.close_reason or "")
        self._news.set()

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        if "cursor" in frame:
            self.cursor = frame["cursor"]
        if frame["type"] == "message":
            self.lines[frame["stream"]].append(frame)
        if frame["type"] == "ack":
            self.unacknowledged.pop(frame["client_id"], None)
        self._news.set()

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def texts(self) -> list[str]:
        """What people said, in the order it came. The mediator answers in a caucus when it has read, so its lines come at any time."""
        return [frame["content"] for frame in self.of("message") if frame["sender_type"] == "user"]

    async def send(self, frame: Frame) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(frame))

    async def say(self, content: str, **more: Any) -> str:
        """Send a line; its client id. Kept until it is acknowledged."""
        frame = {"type": "message", "content": content, "client_id": str(uuid4()), **more}
        self.unacknowledged[frame["client_id"]] = frame
        await self.send(frame)
        return str(frame["client_id"])

    async def until(self, holds: Callable[[], Any], *, seconds: float = 20) -> Any:
        """The first true value of `holds()`, looked at whenever a frame came."""

        async def look() -> Any:
            while not (value := holds()):
                self._news.clear()
                await self._news.wait()
            return value

        try:
            return await asyncio.wait_for(look(), seconds)
        except TimeoutError:
            raise AssertionError(f"did not come; last frames: {self.frames[-5:]}, closed: {self.closed}") from None

    async def until_ready(self) -> "RoomClient":
        await self.until(lambda: self.of("ready") or self.closed)
        assert self.closed is None, self.closed
        return self

    async def until_closed(self, *, seconds: float = 20) -> int:
        """The code the server closed with."""
        await self.until(lambda: self.closed, seconds=seconds)
        assert self.closed is not None
        return self.closed[0]

    async def cut(self) -> None:
        """Lose the line without a closing frame, as phones do."""
        if self.socket is not None:
            self.socket.transport.abort()
        await self._ended()

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        await self._ended()

    async def _ended(self) -> None:
        if self._reader is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(self._reader, 5)

    def gaps(self) -> list[str]:
        """What is wrong with the ledger: numbers must be 1, 2, 3 … in every stream, in this order."""
        return [
            f"{stream}: {numbers}"
            for stream, lines in self.lines.items()
            if (numbers := [line["seq"] for line in lines]) != list(range(1, len(lines) + 1))
        ]


@asynccontextmanager
async def in_room(stack: LiveStack, room: Room, *people: int) -> AsyncIterator[list[RoomClient]]:
    """Clients of the room's people by their places, all ready."""
    clients = [RoomClient(stack, room.id, room.people[place]) for place in people]
    for client in clients:
        await client.open()
        await client.until_ready()
    try:
        yield clients
    finally:
        for client in clients:
            await client.close()
