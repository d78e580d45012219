"""The access matrix of the room's socket: every frame a client may send × everybody, and what of a case each of them is sent."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from config.routing import websocket_urlpatterns
from config.tests.principals import PRINCIPALS, World, build, say_all, token_of
from disputes.tests.conftest import unlimited

__all__ = ["unlimited"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unlimited")]

# A number is the code the socket is closed with, a word the code of the error frame; `ack` and `–` (nothing, as it should be).
MATRIX = """
#                     ano  exp  str  inv  exp  oth  clm  coc  res  cou  med  arb  adm
open         filed       4401 4401 4404 4404 4404 4404 in   in   in   in   in   in   in
open         mediating   4401 4401 4404 4404 4404 4404 in   in   in   in   in   in   in
open         arbitrating 4401 4401 4404 4404 4404 4404 in   in   in   in   in   in   in
open         understanding 4401 4401 4404 4404 4404 4404 in   in   in   in   in   in   in
open         bidding     4401 4401 4404 4404 4404 4404 in   4404 in   in   in   in   in
open         ranking     4401 4401 4404 4404 4404 4404 in   in   in   in   in   in   in
open         executed    4401 4401 4404 4404 4404 4404 in   in   in   in   in   in   in
joint        mediating   .    .    .    .    .    .    ack  ack  ack  ack  ack  ack  permission_denied
joint        executed    .    .    .    .    .    .    wrong_state wrong_state wrong_state wrong_state wrong_state wrong_state permission_denied
asking       mediating   .    .    .    .    .    .    ack  ack  ack  ack  ack  ack  permission_denied
asking       understanding .    .    .    .    .    .    ack  ack  ack  ack  ack  ack  permission_denied
caucus       mediating   .    .    .    .    .    .    ack  ack  ack  validation_failed validation_failed validation_failed permission_denied
caucus       arbitrating .    .    .    .    .    .    permission_denied permission_denied permission_denied validation_failed validation_failed validation_failed permission_denied
to_party     mediating   .    .    .    .    .    .    ack  ack  validation_failed permission_denied ack permission_denied permission_denied
to_stranger  mediating   .    .    .    .    .    .    validation_failed validation_failed validation_failed validation_failed validation_failed validation_failed permission_denied
typing       mediating   .    .    .    .    .    .    –    –    –    –    –    –    permission_denied
read         mediating   .    .    .    .    .    .    –    –    –    –    –    –    –
nonsense     mediating   .    .    .    .    .    .    unknown_type unknown_type unknown_type unknown_type unknown_type unknown_type unknown_type
"""  # noqa: E501 - a table; its dash is the sign for nothing


def frames(world: World) -> dict[str, dict[str, Any]]:
    """What is sent, by the row's name."""
    respondent, stranger = world.case.respondent.pk, world.cast["stranger"].pk
    return {
        "joint": {"type": "message", "content": "To all.", "client_id": "matrix"},
        "asking": {"type": "message", "content": "Mediator?", "client_id": "matrix-asking", "ask_mediator": True},
        "caucus": {"type": "message", "content": "To the mediator.", "client_id": "matrix", "is_private": True},
        "to_party": {"type": "message", "content": "x", "client_id": "matrix", "is_private": True, "recipient_id": str(respondent)},
        "to_stranger": {"type": "message", "content": "x", "client_id": "matrix", "is_private": True, "recipient_id": str(stranger)},
        "typing": {"type": "typing"},
        "read": {"type": "read", "stream": str(world.case.id), "seq": 1},
        "nonsense": {"type": "dance"},
    }  # fmt: skip


def rows() -> Iterator[tuple[str, str, dict[str, str]]]:
    for line in MATRIX.strip().splitlines():
        if not line.startswith("#"):
            name, setup, *cells = line.split()
            yield name, setup, dict(zip(PRINCIPALS, cells, strict=True))


Communicator: Any = ApplicationCommunicator  # asgiref has no types for it


class Caller:
    """One principal's socket, in this process."""

    def __init__(self, world: World, name: str, token: str | None) -> None:
        self.world, self.name, self.token = world, name, token
        self.received: list[dict[str, Any]] = []
        path = f"/ws/disputes/{world.case.id}/"
        scope = {"type": "websocket", "path": path, "headers": [], "client": ("127.0.0.1", 1), "subprotocols": []}
        self.socket: Any = Communicator(URLRouter(websocket_urlpatterns), scope)

    async def open(self) -> str:
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(timeout=10))["type"] == "websocket.accept"
        await self.send({"type": "auth", **({"token": self.token} if self.token else {})})
        while True:
            output = await self.socket.receive_output(timeout=10)
            if output["type"] == "websocket.close":
                return str(output["code"])
            self.received.append(json.loads(output["text"]))
            if self.received[-1]["type"] == "ready":
                return "in"

    async def send(self, frame: dict[str, Any]) -> None:
        await self.socket.send_input({"type": "websocket.receive", "text": json.dumps(frame)})

    async def outcome(self, frame: dict[str, Any]) -> str:
        """What came of a frame; one that cannot be taken, sent behind it, tells when it was done with."""
        start = len(self.received)
        await self.send(frame)
        await self.send({"type": "the end", "client_id": "end"})
        while not (self.received[start:] and self.received[-1].get("client_id") == "end"):
            self.received.append(json.loads((await self.socket.receive_output(timeout=10))["text"]))
        answers = self.received[start:-1]
        if any(each["type"] == "ack" for each in answers):
            return "ack"
        return next((str(each["code"]) for each in answers if each["type"] == "error"), "–")

    async def leave(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(timeout=10)


def credentials(world: World) -> dict[str, str | None]:
    tokens: dict[str, str | None] = {name: token_of(world, name) for name in PRINCIPALS if name in world.cast}
    return {**tokens, "anonymous": None, "expired": "not.a.token"}


@pytest.mark.parametrize("setup", sorted({setup for _name, setup, _cells in rows()}))
def test_every_frame_is_answered_as_the_matrix_says(setup: str) -> None:
    world = build(setup)
    tokens, sent, found = credentials(world), frames(world), []

    async def play() -> None:
        for name in PRINCIPALS:
            caller = Caller(world, name, tokens[name])
            is_in = await caller.open()
            for row, of, cells in rows():
                if of != setup or cells[name] == ".":
                    continue
                outcome = is_in if row == "open" else await caller.outcome(sent[row])
                if outcome != cells[name]:
                    found.append(f"{row} in {setup} by {name}: {outcome}, not {cells[name]}")
            await caller.leave()
            shown = json.dumps(caller.received)
            found.extend(
                f"{name} was sent {label}"
                for label, marker in world.markers.items()
                if marker.text in shown and name not in marker.readers
            )

    asyncio.run(play())
    say_all(found)
