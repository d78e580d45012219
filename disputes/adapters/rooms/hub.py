"""The hub: all rooms of this process. Hears the doorbell, hands lines to those who may read them, and looks after what was missed.

Order and completeness never rest on the doorbell: each connection knows its place in every stream, takes only the next number, and
reads the rest from the database: on entry, on a gap, and whenever a round of the watch finds it behind.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import close_old_connections

from accounts.public import living
from disputes.adapters import doorbell
from disputes.adapters.doorbell import Notice, channel_of
from disputes.adapters.rooms import frames
from disputes.adapters.rooms.connection import Connection
from disputes.adapters.rooms.feed import Feed
from disputes.adapters.rooms.presence import Presence
from disputes.selectors.messages import messages_after
from disputes.selectors.rooms import Mark, StreamHead, heads_of, seats_now
from kernel.errors import NotFoundError
from kernel.metrics import OPEN_SOCKETS

log = logging.getLogger(__name__)

T = TypeVar("T")
WATCH_SECONDS = 2.0  # access is revoked, and a lost doorbell made good, within this and the time of a round
NOTE_SECONDS = 0.5
HEARTBEAT_ROUNDS = 7
HEARTBEATS_AT_ONCE = 25
PRESENCE_ROUNDS = 2
LINES_AT_ONCE = 100
CATCH_UPS_AT_ONCE = 4
MOST_SOCKETS_OF_ONE = 30

NOT_SIGNED_IN, NO_SUCH_ROOM, TOO_SLOW = 4401, 4404, 1013

NoteMarks = Callable[[list[Mark]], None]


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Run blocking work with the database in a thread; its connection goes back to the pool afterwards."""

    def run() -> T:
        close_old_connections()
        try:
            return work(*arguments)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()


class Room:
    """The sockets of one dispute in this process, and who was there when last looked."""

    __slots__ = ("channel", "connections", "present")

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.connections: set[Connection] = set()
        self.present: set[UUID] = set()

    def shown_people(self) -> set[UUID]:
        return {each.user.pk for each in self.connections if each.seat.is_shown}


class Hub:
    """One per process and event loop. `note_marks` is the service that records receipts, handed in by the consumer."""

    def __init__(self, note_marks: NoteMarks) -> None:
        self.rooms: dict[UUID, Room] = {}
        self._by_channel: dict[str, Room] = {}
        self._note_marks = note_marks
        self._loop = asyncio.get_running_loop()
        self._feed = Feed(settings.CHANNEL_URL, self._hear, self._all_may_be_behind)
        self._presence = Presence(settings.CHANNEL_URL)
        self._sockets_of: Counter[UUID] = Counter()
        self._left: set[tuple[UUID, UUID]] = set()
        self._catching_up = asyncio.Semaphore(CATCH_UPS_AT_ONCE)
        self._is_dirty = asyncio.Event()
        self._watch_now = asyncio.Event()
        self._groups: set[str] = set()
        self._layer_channel: str | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        for forever in (self._feed.run, self._watch_forever, self._note_forever, self._hear_layer_forever):
            self._spawn(forever())
        doorbell.listen_here(self._hear_from_thread)

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- entering and leaving ---------------------------------------------------------------------------------------

    def has_place_for(self, user_id: UUID) -> bool:
        """Whether a person may open one more socket in this process."""
        return self._sockets_of[user_id] < MOST_SOCKETS_OF_ONE

    async def enter(self, connection: Connection) -> None:
        """Seat a connection: hear its room from now on, then send what it missed. Returns when it stands at the head."""
        room = self.rooms.get(connection.dispute_id)
        if room is None:
            room = Room(channel_of(connection.dispute_id))
            self.rooms[connection.dispute_id] = self._by_channel[room.channel] = room
        connection.is_catching_up = True  # nothing is handed over before the past is there
        room.connections.add(connection)
        self._sockets_of[connection.user.pk] += 1
        OPEN_SOCKETS.inc()
        self._spawn(self._join_groups(connection))
        await self._feed.add(room.channel)
        await self._catch_up(connection)
        self._is_dirty.set()  # what it says it has, it got
        if not connection.is_over:
            self._tell_presence(room, connection)

    def leave(self, connection: Connection) -> None:
        """Forget a connection; the room goes with its last one."""
        connection.is_over = True
        room = self.rooms.get(connection.dispute_id)
        if room is None or connection not in room.connections:
            return
        room.connections.discard(connection)
        user = connection.user.pk
        self._sockets_of -= Counter([user])  # keeps only what is above zero
        OPEN_SOCKETS.dec()
        if connection.seat.is_shown and user not in room.shown_people():
            self._left.add((connection.dispute_id, user))
        if not room.connections:
            del self.rooms[connection.dispute_id]
            del self._by_channel[room.channel]
            self._feed.forget(room.channel)
            self._spawn(self._feed.end(room.channel))

    def _tell_presence(self, room: Room, connection: Connection) -> None:
        for user in sorted(room.present - {connection.user.pk}):
            connection.write_frame(frames.presence(user, True))
        self._left.discard((connection.dispute_id, connection.user.pk))
        if connection.seat.is_shown and connection.user.pk not in room.present:
            doorbell_notice = {"t": "here", "u": str(connection.user.pk)}
            self._hear(room.channel, doorbell_notice)
            self._spawn(in_thread(doorbell.ring, connection.dispute_id, doorbell_notice))

    # --- what is rung -----------------------------------------------------------------------------------------------

    def _hear_from_thread(self, channel: str, notice: Notice) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, channel, notice)

    def _hear(self, channel: str, notice: Notice) -> None:
        room = self._by_channel.get(channel)
        if room is None:
            return
        match notice["t"]:
            case "line":
                self._hand_over(room, notice)
            case "bell":
                self._ring_readers(room, notice)
            case "typing":
                self._show_typing(room, notice)
            case "receipt":
                self._show_receipt(room, notice)
            case "here":
                self._show_presence(room, UUID(notice["u"]), True)

    def _hand_over(self, room: Room, notice: Notice) -> None:
        """A line of the joint room: everybody's, with the sender's own `client_id` for the sender alone."""
        stream, seq, line = notice["s"], notice["n"], notice["line"]
        everybody = line_of_sender = ""
        for connection in tuple(room.connections):
            if not self._is_next(connection, stream, seq):
                continue
            if notice["c"] is not None and str(connection.user.pk) == line["sender_id"]:
                line_of_sender = line_of_sender or frames.line_start(line, notice["c"])
                connection.write_line(line_of_sender, stream, seq)
            else:
                everybody = everybody or frames.line_start(line)
                connection.write_line(everybody, stream, seq)
        self._is_dirty.set()

    def _is_next(self, connection: Connection, stream: str, seq: int) -> bool:
        """Whether exactly this line follows what the connection has; a gap is closed from the database."""
        if connection.is_catching_up:
            connection.has_more = True
            return False
        place = connection.positions.get(stream, 0)
        if seq > place + 1:
            self._fetch_for(connection)
        return seq == place + 1

    def _ring_readers(self, room: Room, notice: Notice) -> None:
        """A private line: its readers here fetch it, each with their own eyes. Nobody else notices anything."""
        for connection in self._readers(room, notice):
            if connection.is_catching_up or notice["n"] > connection.positions.get(notice["s"], 0):
                self._fetch_for(connection)

    def _readers(self, room: Room, notice: Notice) -> list[Connection]:
        members = [UUID(member) for member in notice["m"] if member]
        return [each for each in room.connections if each.seat.may_read(each.user.pk, notice["k"], members)]

    def _show_typing(self, room: Room, notice: Notice) -> None:
        for connection in self._readers(room, notice):
            if str(connection.user.pk) != notice["u"]:
                connection.write_frame(frames.typing(notice["u"], notice["s"]))

    def _show_receipt(self, room: Room, notice: Notice) -> None:
        marks = {user: (delivered, read) for user, delivered, read in notice["r"]}
        for connection in self._readers(room, notice):
            connection.write_frame(frames.receipt(notice["s"], marks))

    def _show_presence(self, room: Room, user: UUID, is_there: bool) -> None:
        if (user in room.present) == is_there:
            return
        (room.present.add if is_there else room.present.discard)(user)
        for connection in tuple(room.connections):
            if connection.user.pk != user:
                connection.write_frame(frames.presence(user, is_there))

    # --- catching up ------------------------------------------------------------------------------------------------

    def _all_may_be_behind(self) -> None:
        """Nobody listened for a while: the next round of the watch comes now."""
        self._watch_now.set()

    def _fetch_for(self, connection: Connection) -> None:
        """Have a connection catch up, once at a time."""
        if connection.is_catching_up:
            connection.has_more = True
            return
        connection.is_catching_up = True
        self._spawn(self._catch_up(connection))

    async def _catch_up(self, connection: Connection) -> None:
        """Send from the database what follows the connection's position, until nothing follows."""
        try:
            async with self._catching_up:
                while not connection.is_over and await self._send_next_lines(connection):
                    pass
        except NotFoundError:
            connection.close(NO_SUCH_ROOM, "This case is not yours to see.")
        except Exception:  # the database is away, say: the watch finds the connection behind and tries again
            log.warning("catch-up failed", exc_info=True)
        finally:
            connection.is_catching_up = False

    async def _send_next_lines(self, connection: Connection) -> bool:
        """One page; whether there may be more."""
        connection.has_more = False
        page = await in_thread(_page_after, connection.user, connection.dispute_id, dict(connection.positions))
        for line in page:
            client_id = line.pop("client_id", None)
            connection.write_line(frames.line_start(line, client_id), str(line["stream"]), line["seq"])
        if page:
            self._is_dirty.set()
        return len(page) == LINES_AT_ONCE or connection.has_more

    # --- the watch --------------------------------------------------------------------------------------------------

    async def _watch_forever(self) -> None:
        rounds = 0
        while True:
            try:
                await asyncio.wait_for(self._watch_now.wait(), WATCH_SECONDS)
            except TimeoutError:
                rounds += 1
            self._watch_now.clear()
            try:
                await self._watch(rounds)
            except Exception:  # the database is away, say: rooms stay open, the next round looks again
                log.warning("watch of the rooms failed", exc_info=True)

    async def _watch(self, rounds: int) -> None:
        """Who may still be here, who is behind, who takes nothing; heartbeats and presence in their turn."""
        connections = [each for room in self.rooms.values() for each in room.connections]
        for connection in connections:
            if connection.is_stuck:
                log.info("slow reader dropped")
                connection.drop()
        if connections:
            seats, heads = await in_thread(_look, connections, list(self.rooms))
            self._reseat(connections, seats)
            self._close_gaps(heads)
        if rounds % HEARTBEAT_ROUNDS == 0:
            for number, connection in enumerate(connections, start=1):
                connection.write_frame(frames.heartbeat(connection.cursor))
                if number % HEARTBEATS_AT_ONCE == 0:
                    await asyncio.sleep(0)  # lines go before
        if rounds % PRESENCE_ROUNDS == 0:
            await self._look_who_is_present()
            await self._leave_empty_groups()

    def _reseat(self, connections: list[Connection], seats: "list[Any]") -> None:
        for connection, seat in zip(connections, seats, strict=True):
            if seat is None:
                connection.close(NOT_SIGNED_IN, "You are signed out. Sign in again.")
            elif seat is False:
                connection.close(NO_SUCH_ROOM, "This case is not yours to see.")
            else:
                connection.seat = seat

    def _close_gaps(self, heads: list[StreamHead]) -> None:
        for head in heads:
            room = self.rooms.get(head.dispute_id)
            for connection in tuple(room.connections) if room is not None else ():
                is_behind = head.last_seq > connection.positions.get(str(head.id), 0)
                if is_behind and connection.seat.may_read(connection.user.pk, head.kind, head.members):
                    self._fetch_for(connection)

    async def _look_who_is_present(self) -> None:
        here = {dispute_id: room.shown_people() for dispute_id, room in self.rooms.items()}
        gone, self._left = self._left, set()
        if not here and not gone:
            return
        present = await self._presence.sync(here, gone)
        for dispute_id, people in present.items():
            room = self.rooms.get(dispute_id)
            if room is None:
                continue
            people |= room.shown_people()
            for user in sorted(people - room.present):
                self._show_presence(room, user, True)
            for user in sorted(room.present - people):
                self._show_presence(room, user, False)

    # --- receipts ---------------------------------------------------------------------------------------------------

    def note_read(self, connection: Connection, stream: str, seq: int) -> None:
        """The reader saw a stream up to `seq`, as far as it was sent to them."""
        reached = min(seq, connection.positions.get(stream, 0))
        if reached > connection.read.get(stream, 0):
            connection.read[stream] = reached
            self._is_dirty.set()

    async def _note_forever(self) -> None:
        while True:
            await self._is_dirty.wait()
            await asyncio.sleep(NOTE_SECONDS)  # many lines are one note
            self._is_dirty.clear()
            marks = self._grown_marks()
            if marks:
                try:
                    await in_thread(self._note_marks, marks)
                except Exception:  # a receipt that is lost comes with the next line; nobody waits for it
                    log.warning("receipts not noted", exc_info=True)

    def _grown_marks(self) -> list[Mark]:
        """What was delivered and read since the last look, by those whose reading is shown."""
        grown: dict[tuple[str, UUID], tuple[int, int]] = {}
        for room in self.rooms.values():
            for connection in room.connections:
                if not connection.seat.is_shown:
                    continue
                read, connection.read = connection.read, {}
                for stream, seq in connection.positions.items():
                    if seq > connection.delivered.get(stream, 0) or stream in read:
                        old = grown.get((stream, connection.user.pk), (0, 0))
                        grown[stream, connection.user.pk] = (max(old[0], seq), max(old[1], read.get(stream, 0)))
                connection.delivered.update(connection.positions)
        return [Mark(UUID(stream), user, *how_far) for (stream, user), how_far in grown.items()]

    # --- the channel layer: status, revocation, drafts -----------------------------------------------------------------

    async def _join_groups(self, connection: Connection) -> None:
        for group in (f"dispute.{connection.dispute_id}", f"person.{connection.user.pk}"):
            if group not in self._groups and self._layer_channel is not None:
                self._groups.add(group)
                try:
                    await _layer().group_add(group, self._layer_channel)
                except Exception as error:  # a broker's client raises many kinds; the watch notices all that matters
                    self._groups.discard(group)
                    log.info("group not joined", extra={"error": type(error).__name__})

    async def _leave_empty_groups(self) -> None:
        for group in self._groups - self._wanted_groups():
            self._groups.discard(group)
            try:
                await _layer().group_discard(group, self._layer_channel)
            except Exception as error:  # as above
                log.info("group not left", extra={"error": type(error).__name__})

    def _wanted_groups(self) -> set[str]:
        people = {each.user.pk for room in self.rooms.values() for each in room.connections}
        return {f"dispute.{dispute_id}" for dispute_id in self.rooms} | {f"person.{user}" for user in people}

    async def _hear_layer_forever(self) -> None:
        while True:
            try:
                self._layer_channel = await _layer().new_channel()
                for room in list(self.rooms.values()):
                    for connection in tuple(room.connections):
                        await self._join_groups(connection)
                while True:
                    self._hear_layer(await _layer().receive(self._layer_channel))
            except Exception as error:  # as above; what was said meanwhile is found by the watch and by asking again
                log.info("channel layer away, trying again", extra={"error": type(error).__name__})
                self._layer_channel, self._groups = None, set()
                await asyncio.sleep(WATCH_SECONDS)

    def _hear_layer(self, message: Notice) -> None:
        if message["type"] == "session.revoked":
            self._watch_now.set()
            return
        room = self.rooms.get(UUID(message["dispute_id"]))
        if room is None:
            return
        if message["type"] == "dispute.status":
            for connection in tuple(room.connections):
                connection.write_frame({"type": "status", **message["frame"]})
        elif message["type"] == "ai.delta":
            notice = {"k": message["kind"], "m": message["members"]}
            for connection in self._readers(room, notice):
                connection.write_frame({"type": "ai_delta", **message["frame"]})


def _layer() -> Any:
    return get_channel_layer()


def _page_after(user: Any, dispute_id: UUID, position: dict[str, int]) -> list[dict[str, Any]]:
    return messages_after(user=user, dispute_id=dispute_id, position=position, limit=LINES_AT_ONCE).results


def _look(connections: list[Connection], disputes: list[UUID]) -> tuple[list[Any], list[StreamHead]]:
    """For each connection its seat, None when signed out, False when the case is not theirs (any more); and all heads."""
    alive = living([each.credential for each in connections])
    seats = seats_now([(each.user.pk, each.dispute_id) for each in connections])
    found = [seats.get(place, False) if place in alive else None for place in range(len(connections))]
    return found, heads_of(disputes)
