"""The clients of a room benchmark: sockets read with as little work as possible. Orders as JSON on stdin, figures on stdout."""

import asyncio
import base64
import json
import os
import struct
import sys
import time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import redis
from channels_redis.serializers import registry

MSGPACK = registry.get_serializer("msgpack")
MESSAGE = b'{"type":"message"'


class Socket(asyncio.Protocol):
    """Counts text frames that are messages, and notes when they came; parses no more than frame headers."""

    def __init__(self, url: str, greeting: str, tally: "Tally") -> None:
        self.url = urlsplit(url)
        self.greeting = greeting
        self.tally = tally
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._is_open = False
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.url.path} HTTP/1.1\r\nHost: {self.url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        if not self._is_open:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(head.decode())
            self._is_open = True
            if self.greeting:
                self.send(self.greeting)
        place = 0
        while len(buffer) - place >= 2:
            length, start = buffer[place + 1], place + 2
            if length == 126:
                if len(buffer) - place < 4:
                    break
                length, start = struct.unpack_from("!H", buffer, place + 2)[0], place + 4
            elif length == 127:
                if len(buffer) - place < 10:
                    break
                length, start = struct.unpack_from("!Q", buffer, place + 2)[0], place + 10
            if len(buffer) < start + length:
                break
            self._frame(buffer[place] & 0x0F, buffer, start, start + length)
            place = start + length
        self._buffer = buffer[place:]

    def _frame(self, kind: int, buffer: bytes, start: int, end: int) -> None:
        if kind == 1 and buffer.startswith(MESSAGE, start):
            self.tally.note(buffer, start, end)
        elif kind == 1 and not self.ready.done() and buffer.startswith(b'{"type":"ready"', start):
            self.ready.set_result(None)
        elif kind == 9:
            self.transport.write(b"\x8a\x80\0\0\0\0" if end == start else self._masked(0x8A, buffer[start:end]))

    def send(self, text: str) -> None:
        self.transport.write(self._masked(0x81, text.encode()))

    def _masked(self, first: int, payload: bytes) -> bytes:
        size = len(payload)
        head = bytes([first, 0x80 | size]) if size < 126 else bytes([first, 0xFE]) + struct.pack("!H", size)
        return head + b"\0\0\0\0" + payload  # masked with zeros: the payload as it is

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(RuntimeError("closed before it was ready"))


class Tally:
    """All frames of all sockets together."""

    def __init__(self) -> None:
        self.count = 0
        self.wanted = 0
        self.delays: list[float] = []
        self.is_timed = False
        self.done = asyncio.Event()

    def expect(self, count: int, *, is_timed: bool = False) -> None:
        self.count, self.wanted, self.delays, self.is_timed = 0, count, [], is_timed
        self.done.clear()

    def note(self, buffer: bytes, start: int, end: int) -> None:
        self.count += 1
        if self.is_timed:
            at = buffer.index(b"@", start, end) + 1
            self.delays.append(time.monotonic() - float(buffer[at : buffer.index(b"@", at, end)]))
        if self.count == self.wanted:
            self.done.set()


class Publisher:
    """Publishes lines in the form each program hears."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self.redis = redis.Redis.from_url(orders["redis_url"])
        self.form = orders["form"]
        self.rooms = orders["rooms"]
        self.numbers = dict.fromkeys(range(len(self.rooms)), 0)

    def line(self, place: int) -> tuple[str, bytes]:
        """The channel and the payload of the next line of a room."""
        room = self.rooms[place]
        self.numbers[place] += 1
        line = {
            "id": "01a2001b-fcac-74ae-913e-8de8220b6f7b",
            "stream": room["stream"],
            "seq": self.numbers[place],
            "sender_type": "user",
            "sender_id": "01a2001b-fcbd-726d-bfc6-9cfb469e187b",
            "is_private": False,
            "recipient_id": None,
            "content": f"@{time.monotonic():.6f}@ The parties go on talking about what was agreed, and by when.",
            "created_at": "2026-11-21T12:00:00.123456Z",
        }
        if self.form == "accord":
            notice = {"t": "line", "s": room["stream"], "n": self.numbers[place], "c": None, "line": line}
            return f"accord:room:{room['id']}", json.dumps(notice, separators=(",", ":")).encode()
        text = json.dumps({"type": "message", **line}, separators=(",", ":"))
        if self.form == "channels":
            return f"asgi__group__{room['id']}", MSGPACK.serialize({"type": "room.message", "text": text})
        return f"room:{room['id']}", text.encode()

    def burst(self, lines_a_room: int) -> None:
        pipe = self.redis.pipeline(transaction=False)
        for _ in range(lines_a_room):
            for place in range(len(self.rooms)):
                pipe.publish(*self.line(place))
        pipe.execute()


async def connect(orders: dict[str, Any], tally: Tally, *, count: int) -> list[Socket]:
    """`count` sockets over all rooms in turn, each ready."""
    loop = asyncio.get_running_loop()
    sockets = []
    for number in range(count):
        room = orders["rooms"][number % len(orders["rooms"])]
        token = room["tokens"][number // len(orders["rooms"]) % len(room["tokens"])]
        url = orders["url"].format(room=room["id"])
        greeting = json.dumps({"type": "auth", "token": token, "after": None}) if orders["form"] == "accord" else ""
        parts = urlsplit(url)
        make = partial(Socket, url, greeting, tally)
        _transport, socket = await loop.create_connection(make, parts.hostname, parts.port)
        sockets.append(socket)
        await socket.ready
    return sockets


async def fan_out(orders: dict[str, Any]) -> dict[str, Any]:
    """Deliveries per second of bursts, after one to warm up; and the delays of a steady stream."""
    tally, publisher = Tally(), Publisher(orders)
    await connect(orders, tally, count=orders["sockets"])
    each = orders["sockets"] // len(orders["rooms"])
    speeds = []
    for number in range(orders["bursts"] + 1):
        lines = orders["lines_a_room"] if number else 5
        wanted = lines * len(orders["rooms"]) * each
        tally.expect(wanted)
        started = time.monotonic()
        await asyncio.to_thread(publisher.burst, lines)
        await asyncio.wait_for(tally.done.wait(), 120)
        if number:
            speeds.append(wanted / (time.monotonic() - started))
    tally.expect(-1, is_timed=True)
    lines_a_second = orders["deliveries_a_second"] / each
    started = time.monotonic()
    for number in range(int(orders["steady_seconds"] * lines_a_second)):
        await asyncio.sleep(max(0.0, started + number / lines_a_second - time.monotonic()))
        publisher.redis.publish(*publisher.line(number % len(orders["rooms"])))
    await asyncio.sleep(0.5)
    return {"speeds": speeds, "delays": sorted(tally.delays)}


async def hold(orders: dict[str, Any]) -> dict[str, Any]:
    """Memory of the server before and after so many idle sockets more, the first ones being there already."""
    tally = Tally()
    await connect(orders, tally, count=orders["sockets"] // 10)
    await asyncio.sleep(3)
    before = memory(orders["pid"])
    await connect(orders, tally, count=orders["sockets"])
    await asyncio.sleep(3)
    return {"kilobytes": (memory(orders["pid"]) - before) / orders["sockets"] / 1024}


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def catch_up(orders: dict[str, Any]) -> dict[str, Any]:
    """Seconds until a socket that comes with nothing has every line."""
    seconds = []
    for _ in range(orders["times"]):
        tally = Tally()
        tally.expect(orders["lines"])
        started = time.monotonic()
        sockets = await connect(orders, tally, count=1)
        await asyncio.wait_for(tally.done.wait(), 60)
        seconds.append(time.monotonic() - started)
        sockets[0].transport.abort()
    return {"seconds": seconds}


RUNS = {"fan_out": fan_out, "hold": hold, "catch_up": catch_up}

if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(asyncio.run(RUNS[given["run"]](given))))
