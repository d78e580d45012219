"""The room's socket as its clients meet it, on real processes: order, privacy, refusals, revocation, and Redis going away."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from config.tests.rooms import NOISE, Room, RoomClient, RoomSupply, in_room, run_inside
from kernel.testing.live import LiveStack

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def rooms(live_server_stack: LiveStack) -> RoomSupply:
    """Each test takes rooms of its own from here."""
    return RoomSupply(live_server_stack)


@pytest.fixture
def room(rooms: RoomSupply) -> Room:
    return rooms.take()


@pytest.fixture
def stack(live_server_stack: LiveStack) -> LiveStack:
    live_server_stack.wait_until(live_server_stack.is_ready, seconds=60)
    return live_server_stack


def test_line_is_acknowledged_and_reaches_everybody_in_order(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            client_id = await claimant.say("Good day.")
            ack = await claimant.until(lambda: claimant.of("ack"))
            assert {key: ack[0][key] for key in ("client_id", "seq")} == {"client_id": client_id, "seq": 1}
            await respondent.say("Good day to you.")
            for client in (claimant, respondent):
                await client.until(partial(has_lines, client, 2))
                assert client.texts == ["Good day.", "Good day to you."]
                assert client.gaps() == []
            own, others = claimant.of("message")[0], respondent.of("message")[0]
            assert (own["client_id"], "client_id" in others) == (client_id, False)
            assert own["id"] == ack[0]["id"]
            rest = stack.request(
                "GET",
                room.path("messages"),
                headers=room.people[1].bearer,
            ).json["results"][1]
            assert {key: others[key] for key in rest if key != "client_id"} == {
                key: value for key, value in rest.items() if key != "client_id"
            }

    asyncio.run(play())


def test_line_posted_over_rest_reaches_sockets_at_once(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0) as (claimant,):
            answer = await asyncio.to_thread(
                stack.request,
                "POST",
                room.path("messages"),
                body={"content": "By REST."},
                headers=room.people[1].bearer,
            )
            assert answer.status == 201
            await claimant.until(lambda: claimant.texts == ["By REST."], seconds=1.5)

    asyncio.run(play())


def test_what_was_missed_is_replayed_before_what_is_new(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            await claimant.say("first")
            await respondent.until(lambda: respondent.texts == ["first"])
            await respondent.cut()
            await asyncio.to_thread(post_many, stack, room, 120)
            await respondent.open()
            await claimant.say("new")
            await respondent.until(lambda: respondent.texts[-1:] == ["new"])
            assert respondent.gaps() == []
            assert len(respondent.of("message")) == 122

    asyncio.run(play())


def test_resent_line_is_posted_once(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            for _ in range(3):
                await claimant.send({"type": "message", "content": "Once.", "client_id": "the-same"})
            await claimant.until(lambda: len(claimant.of("ack")) == 3)
            assert {ack["id"] for ack in claimant.of("ack")} == {claimant.of("message")[0]["id"]}
            await claimant.say("Twice?")
            await respondent.until(lambda: len(respondent.texts) == 2)
            assert respondent.texts == ["Once.", "Twice?"]

    asyncio.run(play())


def test_outsiders_frames_are_the_same_with_and_without_private_lines(stack: LiveStack, rooms: RoomSupply) -> None:
    """100 private lines, typing and reading beside, in the caucus and in a pair: the third party's wire shows none of it."""

    async def play(room: Room, private_lines: int) -> list[dict[str, Any]]:
        async with in_room(stack, room, 0, 1, 2) as (claimant, respondent, outsider):
            names = {each.id: f"person {place}" for place, each in enumerate(room.people)}
            names |= {room.id: "the room", room.joint: "joint"}
            await claimant.say("before")
            await outsider.until(lambda: outsider.texts == ["before"])
            other = room.people[1].id
            for number in range(private_lines):
                to = {"recipient_id": other} if number % 2 else {}
                await claimant.send({"type": "typing", "is_private": True, **to})
                await claimant.say(f"secret {number}", is_private=True, **to)
                await claimant.until(lambda: not claimant.unacknowledged)
                await asyncio.sleep(0.06)  # the pace a socket may keep, not a condition
            if private_lines:
                pair = room.pair(0, 1)
                await respondent.until(lambda: len(respondent.lines[pair]) == private_lines // 2)
                await respondent.send({"type": "read", "stream": pair, "seq": private_lines // 2})
                await claimant.until(lambda: [each for each in claimant.of("receipt") if each["stream"] == pair])
            await respondent.say("after")
            await outsider.until(lambda: outsider.texts == ["before", "after"])
            shown = json.dumps([frame for frame in outsider.frames if frame["type"] not in NOISE])
            seen = [frame for frame in outsider.frames if frame["type"] in ("presence", "receipt")]
            streams = {frame["stream"] for frame in seen if frame["type"] == "receipt"}
            assert streams <= {room.joint}
            assert "secret" not in json.dumps(outsider.frames)
            for value, name in names.items():
                shown = shown.replace(value, name)
            frames: list[dict[str, Any]] = json.loads(shown)
            for frame in frames:
                for varies in ("id", "created_at", "cursor"):
                    if varies in frame:
                        frame[varies] = len(frame[varies]) if varies != "created_at" else "…"
            return frames

    assert asyncio.run(play(rooms.take(), 0)) == asyncio.run(play(rooms.take(), 100))


def test_private_line_reaches_exactly_its_two_readers(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1, 2) as (claimant, respondent, third):
            other = room.people[1].id
            await claimant.say("between us", is_private=True, recipient_id=other)
            await respondent.until(lambda: respondent.texts == ["between us"])
            await claimant.say("to the mediator", is_private=True)
            await claimant.until(lambda: len(claimant.texts) == 2)
            await claimant.say("to all")
            await third.until(lambda: third.texts == ["to all"])
            await respondent.until(lambda: respondent.texts == ["between us", "to all"])
            assert set(claimant.lines) == {
                room.pair(0, 1),
                room.caucus(0),
                room.joint,
            }

    asyncio.run(play())


def test_presence_typing_and_receipts(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        me, other = room.people[0].id, room.people[1].id
        joint = room.joint
        async with in_room(stack, room, 0) as (claimant,):
            async with in_room(stack, room, 1) as (respondent,):
                await claimant.until(
                    lambda: {"type": "presence", "user_id": other, "status": "online"} in claimant.frames
                )
                await respondent.until(
                    lambda: {"type": "presence", "user_id": me, "status": "online"} in respondent.frames
                )
                await respondent.send({"type": "typing"})
                await claimant.until(lambda: {"type": "typing", "user_id": other, "stream": joint} in claimant.frames)
                await claimant.say("Seen?")
                await claimant.until(lambda: any(each["delivered"].get(other) == 1 for each in claimant.of("receipt")))
                await respondent.send({"type": "read", "stream": joint, "seq": 1})
                await claimant.until(lambda: any(each["read"].get(other) == 1 for each in claimant.of("receipt")))
                assert respondent.of("typing") == []
            await claimant.until(lambda: {"type": "presence", "user_id": other, "status": "offline"} in claimant.frames)
        async with in_room(stack, room, 2) as (late,):
            marks = await late.until(lambda: late.of("receipt"))
            assert (marks[0]["delivered"][other], marks[0]["read"]) == (1, {other: 1})

    asyncio.run(play())


REFUSED: list[tuple[Any, str]] = [
    ("no json", "invalid_frame"),
    ("[1]", "invalid_frame"),
    ('{"content": "no type"}', "invalid_frame"),
    ('{"type": "dance"}', "unknown_type"),
    ('{"type": "message", "client_id": "a"}', "validation_failed"),
    ('{"type": "message", "content": "nul \\u0000"}', "validation_failed"),
    ('{"type": "message", "content": 5}', "validation_failed"),
    ('{"type": "message", "content": "x", "recipient_id": "nobody"}', "validation_failed"),
    ('{"type": "read", "stream": "x", "seq": 0}', "validation_failed"),
    (json.dumps({"type": "message", "content": "x" * 65_536}), "frame_too_large"),
    (b"\x00\x01", "invalid_frame"),
]


def test_frame_that_cannot_be_taken_is_refused_with_a_reason(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            for frame, _code in REFUSED:
                assert claimant.socket is not None
                await claimant.socket.send(frame)
            await claimant.until(lambda: len(claimant.of("error")) == len(REFUSED))
            assert [error["code"] for error in claimant.of("error")] == [code for _frame, code in REFUSED]
            assert all(error["detail"] for error in claimant.of("error"))
            await claimant.say("Still here.")
            await respondent.until(lambda: respondent.texts == ["Still here."])
            assert respondent.of("error") == []

    asyncio.run(play())


def test_flood_is_refused_and_others_notice_nothing(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            for number in range(60):
                await claimant.say(f"flood {number}")
            await claimant.until(lambda: len(claimant.of("ack")) + len(claimant.of("error")) == 60)
            assert {error["code"] for error in claimant.of("error")} == {"throttled"}
            posted = len(claimant.of("ack"))
            assert 20 <= posted < 60
            await respondent.until(lambda: len(respondent.texts) == posted)
            assert respondent.gaps() == []
            refused = claimant.of("error")[0]["client_id"]
            assert refused in claimant.unacknowledged  # it can be sent again
            await asyncio.sleep(1.1)
            await claimant.send(claimant.unacknowledged[refused])
            await claimant.until(lambda: refused not in claimant.unacknowledged)

    asyncio.run(play())


def test_endless_refusals_close_the_socket(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0) as (claimant,):
            for _ in range(301):
                await claimant.send({"type": "dance"})
            assert await claimant.until_closed() == 4429

    asyncio.run(play())


@pytest.mark.parametrize(
    ("who", "close", "code"),
    [("stranger", 4404, "not_found"), ("nobody", 4401, "not_authenticated"), ("bad token", 4401, "not_authenticated")],
)
def test_who_is_not_in_the_case_is_turned_away(
    stack: LiveStack, rooms: RoomSupply, who: str, close: int, code: str
) -> None:
    async def play() -> None:
        token = {"stranger": rooms.take().people[0].token, "nobody": None, "bad token": "abc.def.ghi"}[who]
        for dispute_id in (rooms.take().id, "0190c0de-0000-7000-8000-000000000000"):
            client = await RoomClient(stack, dispute_id, token).open()
            assert await client.until_closed() == close
            assert [frame["code"] for frame in client.frames] == [code]

    asyncio.run(play())


def test_socket_without_credentials_is_closed_after_a_while(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        client = await RoomClient(stack, room.id, None).open(greet=False)
        assert await client.until_closed(seconds=15) == 4408

    asyncio.run(play())


def test_address_without_a_room_is_refused(stack: LiveStack) -> None:
    async def play() -> None:
        with pytest.raises(Exception, match="403"):
            await RoomClient(stack, "nonsense", None).open()

    asyncio.run(play())


@pytest.mark.parametrize("greet", [True, False])
def test_pages_come_in_by_their_cookie_from_our_origin_only(stack: LiveStack, room: Room, greet: bool) -> None:
    async def play() -> None:
        cookie = {"Cookie": f"sessionid={room.people[0].cookie}"}
        ours = RoomClient(stack, room.id, None, **cookie, Origin=stack.base_url)
        await ours.open(greet=greet)
        await ours.until_ready()
        assert ours.of("ready")[0]["user_id"] == room.people[0].id
        await ours.close()
        for origin in ({"Origin": "https://evil.example"}, {}):
            foreign = await RoomClient(stack, room.id, None, **cookie, **origin).open()
            assert await foreign.until_closed() == 4401

    asyncio.run(play())


REVOKED = {
    "left the case": "Participant.objects.filter(user_id='{id}').update(status='removed')",
    "deactivated": "User.objects.filter(pk='{id}').update(is_active=False)",
    "sessions ended": """
from accounts.services.sessions import end_all_sessions
from accounts.models.session import RevokeReason
with entry():
    end_all_sessions(user=User.objects.select_for_update().get(pk='{id}'), reason=RevokeReason.PASSWORD_CHANGED)""",
}


@pytest.mark.parametrize("way", REVOKED)
def test_revoked_access_closes_open_sockets_within_five_seconds(stack: LiveStack, room: Room, way: str) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            cookie = f"sessionid={room.people[0].cookie}"
            page = RoomClient(stack, room.id, None, Cookie=cookie, Origin=stack.base_url)
            await page.open()
            await page.until_ready()
            code = REVOKED[way].replace("{id}", room.people[0].id)
            await asyncio.to_thread(run_inside, stack, code)
            for client in (claimant, page):
                assert await client.until_closed(seconds=5) == (4404 if way == "left the case" else 4401)
            await respondent.say("alone")
            await respondent.until(lambda: respondent.texts == ["alone"])
            assert claimant.texts == []

    asyncio.run(play())


def test_logout_closes_the_sockets_of_that_session_alone(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        person = room.people[0]
        code = f"""
tokens = session_of(User.objects.get(pk='{person.id}'))
say([tokens.access, tokens.refresh])"""
        access, refresh = await asyncio.to_thread(run_inside, stack, code)
        other = await RoomClient(stack, room.id, access).open()
        await other.until_ready()
        async with in_room(stack, room, 0) as (stays,):
            answer = await asyncio.to_thread(
                stack.request,
                "POST",
                "/api/auth/logout",
                body={"refresh": refresh},
                headers={"Authorization": f"Bearer {access}"},
            )
            assert answer.status == 204
            assert await other.until_closed(seconds=5) == 4401
            await stays.say("still here")
            await stays.until(lambda: stays.texts == ["still here"])

    asyncio.run(play())


def test_status_of_the_case_is_told_to_the_room(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as clients:
            answer = await asyncio.to_thread(
                stack.request,
                "POST",
                room.path("withdraw"),
                body={"reason": "Settled over the fence."},
                headers=room.people[0].bearer,
            )
            assert answer.status == 200, answer.body
            for client in clients:
                status = (await client.until(partial(client.of, "status")))[0]
                assert status == {"type": "status", "about": "dispute", "status": "withdrawn", "outcome": ""}

    asyncio.run(play())


def test_what_the_mediator_is_writing_reaches_the_readers_of_its_stream_alone(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            for stream, kind, members, text in (
                (room.caucus(0), "caucus", [room.people[0].id], "for one"),
                (room.joint, "joint", [], "for all"),
            ):
                code = f"""
from disputes.adapters.rooms.announce import tell_draft
tell_draft(dispute_id={room.id!r}, stream_id={stream!r}, kind={kind!r}, members={members!r}, draft_id="d", text={text!r})"""
                await asyncio.to_thread(run_inside, stack, code)
            await respondent.until(lambda: respondent.of("ai_delta"))
            await claimant.until(lambda: len(claimant.of("ai_delta")) == 2)
            assert [each["text"] for each in claimant.of("ai_delta")] == ["for one", "for all"]
            assert respondent.of("ai_delta") == [
                {"type": "ai_delta", "stream": room.joint, "draft_id": "d", "text": "for all"}
            ]

    asyncio.run(play())


@pytest.mark.long
def test_idle_socket_lives_longer_than_a_minute(stack: LiveStack, room: Room, long_share: float) -> None:
    """At a tenth still longer than the five seconds after which redis-py 8 cuts what is idle."""

    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            await asyncio.sleep(max(8.0, 65 * long_share))
            assert (claimant.closed, respondent.closed) == (None, None)
            await claimant.say("Still there?")
            await respondent.until(lambda: respondent.texts == ["Still there?"], seconds=2)

    asyncio.run(play())


def test_slow_reader_is_dropped_and_nobody_waits(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            slow = RoomClient(stack, room.id, room.people[2])
            await slow.open(max_queue=1)
            await slow.until_ready()
            assert slow.socket is not None
            slow.socket.transport.pause_reading()
            joint = room.joint
            await asyncio.to_thread(flood_room, stack, room.id, joint, 4000)
            await respondent.until(lambda: len(respondent.of("message")) == 4000)
            slow.socket.transport.resume_reading()
            await slow.until_closed()
            assert len(slow.of("message")) < 4000
            assert (claimant.closed, respondent.closed) == (None, None)

    asyncio.run(play())


def post_many(stack: LiveStack, room: Room, count: int) -> None:
    run_inside(
        stack,
        f"""
for number in range({count}):
    with entry():
        cases.post_message(acting_user=User.objects.get(pk={room.people[0].id!r}), dispute_id={room.id!r}, content=str(number))
""",
    )


def has_lines(client: RoomClient, count: int) -> bool:
    return len(client.of("message")) == count


def flood_room(stack: LiveStack, dispute_id: str, stream: str, count: int) -> None:
    """Ring far more lines than a socket's buffers hold."""
    run_inside(
        stack,
        f"""
from disputes.adapters.doorbell import ring
for number in range(1, {count} + 1):
    line = {{"stream": {stream!r}, "seq": number, "sender_id": None, "content": "x" * 4000}}
    ring({dispute_id!r}, {{"t": "line", "s": {stream!r}, "n": number, "c": None, "line": line}})
""",
    )


def test_without_redis_clients_still_get_everything(stack: LiveStack, rooms: RoomSupply) -> None:
    async def play() -> None:
        room = rooms.take()
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            old = stack.pid("valkey")
            await claimant.say("before")
            await respondent.until(lambda: respondent.texts == ["before"])
            stack.kill("valkey")
            await claimant.say("while it is gone")
            await claimant.say("private, too", is_private=True, recipient_id=room.people[1].id)
            await respondent.until(lambda: len(respondent.texts) == 3, seconds=10)
            await asyncio.to_thread(stack.wait_restarted, "valkey", old)
            await claimant.say("when it is back")
            await respondent.until(lambda: len(respondent.texts) == 4, seconds=10)
            assert (respondent.gaps(), respondent.closed) == ([], None)

    asyncio.run(play())


UNRUNG = """
from disputes.services.messages import post_message
user = User.objects.get(pk='{user}')
with entry():
    post_message(acting_user=user, dispute_id='{room}', content='in front of all')
with entry():
    post_message(acting_user=user, dispute_id='{room}', content='for the mediator', is_private=True)
"""


def test_line_whose_doorbell_was_lost_is_there_within_seconds(stack: LiveStack, room: Room) -> None:
    """Committed by a process that died before it rang."""

    async def play() -> None:
        async with in_room(stack, room, 0, 1) as (claimant, respondent):
            await asyncio.to_thread(run_inside, stack, UNRUNG.format(user=room.people[0].id, room=room.id))
            await claimant.until(partial(has_lines, claimant, 2), seconds=10)
            await respondent.until(partial(has_lines, respondent, 1), seconds=10)
            assert sorted(claimant.texts) == ["for the mediator", "in front of all"]
            assert respondent.texts == ["in front of all"]

    asyncio.run(play())


def test_second_device_of_a_person_hears_what_the_first_says(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, 0, 0) as (phone, laptop):
            client_id = await phone.say("From my phone.")
            await laptop.until(lambda: laptop.texts == ["From my phone."])
            assert laptop.of("message")[0]["client_id"] == client_id

    asyncio.run(play())


def test_one_person_opens_a_bounded_number_of_sockets(stack: LiveStack, room: Room) -> None:
    async def play() -> None:
        async with in_room(stack, room, *[0] * 30) as clients:
            one_more = await RoomClient(stack, room.id, room.people[0]).open()
            assert await one_more.until_closed() == 4429
            await clients[0].close()
            await asyncio.to_thread(stack.wait_until, lambda: open_sockets(stack) == 29)
            again = await RoomClient(stack, room.id, room.people[0]).open()
            await again.until_ready()
            await again.close()

    asyncio.run(play())


def open_sockets(stack: LiveStack) -> float:
    text = stack.request("GET", "/metrics").body.decode()
    return float(next(line.split()[-1] for line in text.splitlines() if line.startswith("accord_open_sockets")))
