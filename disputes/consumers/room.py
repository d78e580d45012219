"""The socket of a dispute's room: who comes in, what they send, and how they leave. Lines go out through the hub."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import orjson
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.public import LiveCredential, User, sign_in_by_page_session, sign_in_by_token
from disputes.adapters import doorbell
from disputes.adapters.rooms import frames
from disputes.adapters.rooms.connection import Connection
from disputes.adapters.rooms.hub import NO_SUCH_ROOM, NOT_SIGNED_IN, Hub, in_thread
from disputes.consumers import incoming
from disputes.errors import LineInFlightError, NotYoursToDoError
from disputes.selectors.messages import decode_position
from disputes.selectors.rooms import Entrance, Mark, enter_room
from disputes.services.messages import PostedMessage, is_one_statement, post_message, stream_of
from disputes.services.receipts import note_receipts
from kernel.context import use_request_id
from kernel.entry import entry, single_statement
from kernel.errors import AuthenticationRequiredError, DomainError, NotFoundError, ThrottledError, ValidationFailedError
from kernel.problems import flatten
from kernel.ratelimit import check
from kernel.sockets import address_of, page_session_of

log = logging.getLogger(__name__)

Frame = dict[str, Any]
AUTH_SECONDS = 10.0  # from a program: its first frame is its credentials
GREETING_SECONDS = 2.0  # from a page, whom its cookie has named already: its first frame only says how far it is
BAD_START, NO_START, FLOOD, COME_BACK = 4400, 4408, 4429, 1013

_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of this process (of this event loop: tests run several)."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for old in [each for each in _hubs if each.is_closed()]:
            del _hubs[old]
        _hubs[loop] = Hub(_note_marks)
    return _hubs[loop]


class RoomConsumer(AsyncWebsocketConsumer):  # type: ignore[misc,unused-ignore]
    """One socket. Says who is there, checks what comes in, and calls the services that REST calls."""

    channel_layer_alias = None  # the hub listens to the channel layer, once for all sockets of the process

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connection: Connection | None = None
        self._known: tuple[User, LiveCredential] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._late: asyncio.Future[None] | None = None
        self._messages = incoming.Pace(incoming.MESSAGES_A_SECOND)
        self._frames = incoming.Pace(incoming.FRAMES_A_SECOND)
        self._refused_in_a_row = 0
        self._entrance = asyncio.Lock()
        self._is_ended = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application. Channels' own loop would make a task and a look at the database out of every frame."""
        self.scope = scope
        self.base_send = send
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.receive":
                    await self._receive_frame(message.get("text"))
                elif message["type"] == "websocket.connect":
                    await self._open()
                elif message["type"] == "websocket.disconnect":
                    raise StopConsumer
        except StopConsumer:
            log.debug("socket closed")
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._connection is not None:
                hub().leave(self._connection)

    # --- coming in --------------------------------------------------------------------------------------------------

    @property
    def _dispute_id(self) -> UUID:
        dispute_id: UUID = self.scope["url_route"]["kwargs"]["dispute_id"]
        return dispute_id

    async def _open(self) -> None:
        await self.accept()
        key = page_session_of(self.scope)
        try:
            self._known = await in_thread(sign_in_by_page_session, key) if key else None
        except (OperationalError, InterfaceError):
            await self._end(COME_BACK, DatabaseAwayError(_("The database does not answer. Come back in a moment.")))
            return
        patience, when_over = (GREETING_SECONDS, self._begin_unasked) if self._known else (AUTH_SECONDS, self._give_up)
        self._timer = asyncio.get_running_loop().call_later(patience, self._go_on, when_over)

    def _go_on(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._late = asyncio.ensure_future(work())

    async def _give_up(self) -> None:
        await self._end(NO_START, AuthenticationRequiredError(_("The first frame has to say who you are.")))

    async def _begin_unasked(self) -> None:
        await self._begin({})

    async def _begin(self, frame: Frame) -> None:
        """Seat whom the first frame (or the page's cookie) names, once; a refusal ends the socket."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        async with self._entrance:  # a page's first frame may come just when it is let in without one
            if self._connection is None and not self._is_ended:
                await self._enter(frame)

    async def _enter(self, frame: Frame) -> None:
        try:
            user, credential = await self._who(frame.get("token"))
            with translation.override(user.locale):
                positions = self._position(frame.get("after"))
                if not hub().has_place_for(user.pk):
                    raise ThrottledError(_("You have too many rooms open. Close some of them."), retry_after=60)
            entrance: Entrance = await in_thread(enter_room, user, self._dispute_id)
        except (AuthenticationRequiredError, NotFoundError, ValidationFailedError, ThrottledError) as error:
            codes = {401: NOT_SIGNED_IN, 404: NO_SUCH_ROOM, 429: FLOOD}
            await self._end(codes.get(error.status, BAD_START), error)
            return
        except (OperationalError, InterfaceError):
            await self._end(COME_BACK, DatabaseAwayError(_("The database does not answer. Come back in a moment.")))
            return
        connection = Connection(
            self.base_send,
            user=user,
            dispute_id=self._dispute_id,
            credential=credential,
            seat=entrance.seat,
            # Nobody is further than the stream, whatever they say: they would wait for numbers long past.
            positions={
                stream: min(seq, entrance.heads[stream])
                for stream, seq in positions.items()
                if stream in entrance.heads
            },
        )
        self._connection = connection
        connection.write_frame(frames.ready(user.pk, self._dispute_id, connection.cursor))
        await hub().enter(connection)
        for receipt in frames.receipts(entrance.marks):
            connection.write_frame(receipt)

    async def _who(self, token: Any) -> tuple[User, LiveCredential]:
        if token is None and self._known is not None:
            return self._known
        try:
            if not isinstance(token, str):
                raise AuthenticationRequiredError(_("The first frame has to carry your access token as “token”."))
            return await in_thread(sign_in_by_token, token)
        except AuthenticationRequiredError:
            await in_thread(check, "anonymous", address_of(self.scope), settings.ACCORD_ANON_RATE)
            raise

    def _position(self, after: Any) -> dict[str, int]:
        if after is None or after == "":
            return {}
        return decode_position(str(after))

    # --- what comes in ----------------------------------------------------------------------------------------------

    async def _receive_frame(self, text: str | None) -> None:
        connection = self._connection
        with translation.override(connection.user.locale if connection else settings.LANGUAGE_CODE):
            try:
                frame = incoming.read_frame(text)
            except DomainError as error:
                await self._refuse(error)
                return
            if connection is None:
                await self._first_frame(frame)
                connection = self._connection
                if frame["type"] == "auth":
                    return
            if connection is not None:
                await self._answer(connection, frame)

    async def _first_frame(self, frame: Frame) -> None:
        if frame["type"] == "auth":
            await self._begin(frame)
        elif self._known is not None:
            await self._begin({})
        else:
            await self._end(NOT_SIGNED_IN, AuthenticationRequiredError(_("The first frame has to say who you are.")))

    async def _answer(self, connection: Connection, frame: Frame) -> None:
        acts = {"message": self._post, "typing": self._type, "read": self._read}
        client_id = frame.get("client_id") if isinstance(frame.get("client_id"), str) else None
        try:
            self._frames.take()
            act = acts.get(frame["type"])
            if act is None:
                raise incoming.UnknownTypeError(
                    _("There is no frame of this type. Send one of: %(types)s.") % {"types": ", ".join(acts)}
                )
            await act(connection, frame)
        except DomainError as error:
            await self._refuse(error, client_id)
        except ValidationError as error:
            await self._refuse(ValidationFailedError(errors=list(flatten(error.get_full_details()))), client_id)
        except (OperationalError, InterfaceError):
            await self._refuse(DatabaseAwayError(_("The database does not answer. Send it again.")), client_id)
        except Exception:  # our own fault: told without a trace, and the room stays open
            log.exception("frame failed")
            await self._refuse(OwnFaultError(_("Something went wrong on our side. Send it again.")), client_id)
        else:
            self._refused_in_a_row = 0

    async def _post(self, connection: Connection, frame: Frame) -> None:
        self._messages.take()
        posted = await in_thread(_post_and_ring, connection.user, self._dispute_id, frame)
        connection.write_frame({"type": "ack", **{key: posted[key] for key in ACKNOWLEDGED}})

    async def _type(self, connection: Connection, frame: Frame) -> None:
        if not connection.seat.may_write:
            raise NotYoursToDoError(_("Your part in this dispute does not include writing."))
        await in_thread(_ring_typing, connection.user, self._dispute_id, frame)

    async def _read(self, connection: Connection, frame: Frame) -> None:
        hub().note_read(connection, *incoming.read_mark(frame))

    # --- what goes wrong --------------------------------------------------------------------------------------------

    async def _refuse(self, error: DomainError, client_id: str | None = None) -> None:
        """Say why a frame had no effect. Who goes on sending such is cut off."""
        self._refused_in_a_row += 1
        if self._refused_in_a_row > incoming.REFUSALS_UNTIL_CLOSED:
            await self._end(FLOOD, error)
            return
        await self._say(_refusal(error, client_id))

    async def _say(self, frame: Frame) -> None:
        if self._connection is not None:
            self._connection.write_frame(frame)
        else:
            await self.send(text_data=orjson.dumps(frame).decode())

    async def _end(self, code: int, error: DomainError) -> None:
        self._is_ended = True
        await self._say(_refusal(error, None))
        if self._connection is not None:
            self._connection.close(code, error.code)
        else:
            await self.close(code=code, reason=error.code)


ACKNOWLEDGED = ("client_id", "id", "stream", "seq", "created_at")


class DatabaseAwayError(DomainError):
    code = "database_unavailable"
    status = 503


class OwnFaultError(DomainError):
    code = "server_error"
    status = 500


def _refusal(error: DomainError, client_id: str | None) -> Frame:
    frame: Frame = {"type": "error", "code": error.code, "status": error.status, "detail": str(error.detail)}
    if isinstance(error, ValidationFailedError):
        frame["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": str(each.detail)} for each in error.errors
        ]
    if client_id is not None:
        frame["client_id"] = client_id
    return frame


def _post_and_ring(user: User, dispute_id: UUID, frame: Frame) -> Frame:
    """The same service as REST's POST, in the same kind of transaction; the doorbell after the commit."""
    with translation.override(user.locale), use_request_id():
        given = _validated(incoming.MessageFrame, frame)
        try:
            posted = _post(user, dispute_id, given)
        except LineInFlightError:  # the same client id on another line of the client: now its line is found
            posted = _post(user, dispute_id, given)
        doorbell.ring_line(dispute_id, posted)
        return {**posted.as_read(), "client_id": posted.client_id}


def _post(user: User, dispute_id: UUID, given: dict[str, Any]) -> PostedMessage:
    with single_statement() if is_one_statement(**given) else entry():
        return post_message(acting_user=user, dispute_id=dispute_id, **given)


def _ring_typing(user: User, dispute_id: UUID, frame: Frame) -> None:
    with translation.override(user.locale):
        to = stream_of(acting_user=user, dispute_id=dispute_id, **_validated(incoming.TypingFrame, frame))
    members = [str(user_id) for user_id in (user.pk, to.recipient_id) if user_id is not None]
    doorbell.ring(
        dispute_id, {"t": "typing", "u": str(user.pk), "s": str(to.stream_id), "k": str(to.kind), "m": members}
    )


def _validated(serializer_class: Any, frame: Frame) -> dict[str, Any]:
    serializer = serializer_class(data={key: value for key, value in frame.items() if key != "type"})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _note_marks(marks: list[Mark]) -> None:
    """Record receipts, then show those that have grown to the readers of their streams."""
    with entry():
        moved = note_receipts(marks=marks)
    notices: dict[UUID, tuple[UUID, dict[str, Any]]] = {}
    for each in moved:
        members = [str(member) for member in each.members if member is not None]
        start = {"t": "receipt", "s": str(each.mark.stream_id), "k": str(each.kind), "m": members, "r": []}
        _dispute_id, notice = notices.setdefault(each.mark.stream_id, (each.dispute_id, start))
        notice["r"].append([str(each.mark.user_id), each.mark.delivered, each.mark.read])
    for dispute_id, notice in notices.values():
        doorbell.ring(dispute_id, notice)
