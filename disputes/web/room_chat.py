"""The chat of a case's page: its rooms as tabs, the lines of the open one, and what the page's script goes on from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.adapters.doorbell import ring_line
from disputes.enums import DisputeStatus, Mode
from disputes.errors import LineInFlightError
from disputes.selectors.case_page import Room
from disputes.selectors.messages import decode_before, decode_position, newest_messages
from disputes.selectors.rooms import Mark, marks_for
from disputes.services.messages import post_message
from disputes.services.streams import caucus_stream_id, joint_stream_id, pair_stream_id
from disputes.transitions import CAUCUS_OPEN, MEDIATOR
from kernel.entry import entry
from kernel.errors import ValidationFailedError
from kernel.formats import region_of

SHOWN = 30
JOINT, CAUCUS = "room", "mediator"


@dataclass(frozen=True)
class Tab:
    """One room of the case. `recipient_id` is whom a line posted here is for; None in the joint room and in one's own caucus."""

    key: str
    label: str
    hint: str
    stream_id: UUID
    is_private: bool
    recipient_id: UUID | None
    may_post: bool
    more: str = ""
    last_seq: int = 0
    unread: int = 0

    def as_data(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "stream": str(self.stream_id),
            "isPrivate": self.is_private,
            "recipient": str(self.recipient_id) if self.recipient_id else None,
            "lastSeq": self.last_seq,
            "mayPost": self.may_post,
        }


@dataclass(frozen=True)
class Line:
    """A chat line as the page shows it; `day` is set where another day begins."""

    id: str
    stream: str
    seq: int
    kind: str  # mine | theirs | ai | system
    author: str
    at: datetime
    content: str
    day: datetime | None
    tick: str  # "" | sent | delivered | read
    read_by: str
    may_use: (
        bool | None
    )  # of one's own caucus lines: whether the mediator may use it; None where there is nothing to decide


@dataclass(frozen=True)
class Chat:
    tabs: tuple[Tab, ...]
    open: Tab
    lines: tuple[Line, ...]
    older: str | None
    is_older: bool
    cursor: str
    data: dict[str, Any]


def tabs_of(room: Room) -> list[Tab]:
    """The rooms of this reader, without counts: everybody's, one's own with the mediator, one with each other party."""
    dispute, me = room.dispute, room.me
    may_post = room.may("post_message")
    tabs = [
        Tab(
            JOINT,
            _("Everybody"),
            _("Everybody in this case reads this."),
            joint_stream_id(dispute.pk),
            False,
            None,
            may_post,
        )
    ]
    if me is None:
        return tabs
    may_caucus = may_post and not _caucuses_are_closed(room)
    others = [item for item in room.active if item.user_id is not None and item.user_id != me]
    if room.standing.is_party:
        tabs.append(
            Tab(
                CAUCUS,
                _("Mediator"),
                _("Only you and the mediator read this."),
                caucus_stream_id(dispute.pk, me),
                True,
                None,
                may_caucus,
                _("Nothing of it shapes a proposal unless you let the mediator use it, line by line.")
                if may_permit(room)
                else "",
            )
        )
        for item in others:
            if item.user_id is not None:
                hint = _("Only you and %(name)s read this.") % {"name": item.full_name}
                stream = pair_stream_id(dispute.pk, me, item.user_id)
                tabs.append(Tab(str(item.user_id), item.full_name, hint, stream, True, item.user_id, may_post))
    elif MEDIATOR in room.standing.parts:
        for item in others:
            if item.user_id is not None:
                hint = _("Only you and %(name)s read this.") % {"name": item.full_name}
                stream = caucus_stream_id(dispute.pk, item.user_id)
                tabs.append(Tab(str(item.user_id), item.full_name, hint, stream, True, item.user_id, may_caucus))
    return tabs


def _caucuses_are_closed(room: Room) -> bool:
    """Twin of the rule in `post_message`: they close when arbitration begins, for good."""
    is_arbitrated = room.dispute.status in (DisputeStatus.ARBITRATING, DisputeStatus.DECIDED)
    return is_arbitrated or any(item.mode == Mode.ARBITRATION for item in room.resolutions)


def chat_of(room: Room, reader: User, *, key: str = "", before: str = "") -> Chat:
    """The chat with one tab open. Raises NotFoundError, and ValidationFailedError for a cursor that we did not give."""
    # The heads first: a line that comes in between is then on the page and replayed, and the script drops it the second time.
    cursor = newest_messages(user=reader, dispute_id=room.dispute.pk, limit=1).cursor
    heads = decode_position(cursor)
    marks = marks_for(room.access)
    mine = {mark.stream_id: mark.read for mark in marks if mark.user_id == reader.pk}
    tabs = [_counted(tab, heads, mine) for tab in tabs_of(room)]
    opened = next((tab for tab in tabs if tab.key == key), tabs[0])
    rows: list[dict[str, Any]] = []
    older = None
    if str(opened.stream_id) in heads:
        page = newest_messages(
            user=reader,
            dispute_id=room.dispute.pk,
            limit=SHOWN,
            stream_id=opened.stream_id,
            before=decode_before(before) if before else None,
        )
        rows, older = page.results[::-1], page.older
    lines = tuple(_lines(room, rows, [mark for mark in marks if mark.stream_id == opened.stream_id]))
    return Chat(
        tuple(tabs), opened, lines, older, bool(before), cursor, _script_data(room, tabs, opened, cursor, marks)
    )


def _counted(tab: Tab, heads: dict[str, int], mine: dict[UUID, int]) -> Tab:
    last = heads.get(str(tab.stream_id), 0)
    return replace(tab, last_seq=last, unread=max(0, last - mine.get(tab.stream_id, 0)))


def _lines(room: Room, rows: Iterable[dict[str, Any]], marks: list[Mark]) -> Iterable[Line]:
    shown_day = None
    for row in rows:
        at = timezone.localtime(datetime.fromisoformat(row["created_at"]))
        begins = at if at.date() != shown_day else None
        shown_day = at.date()
        is_mine = row["sender_id"] == room.me and row["sender_type"] == "user"
        tick, read_by = _tick(room, row["seq"], marks) if is_mine else ("", "")
        yield Line(
            str(row["id"]),
            str(row["stream"]),
            row["seq"],
            "mine" if is_mine else "theirs" if row["sender_type"] == "user" else row["sender_type"],
            author_of(room, row),
            at,
            row["content"],
            begins,
            tick,
            read_by,
            row.get("may_use") if is_mine and may_permit(room) else None,
        )


def may_permit(room: Room) -> bool:
    """Whether the reader decides now what the mediator may use of their caucus."""
    return room.standing.is_party and room.dispute.status in CAUCUS_OPEN


def author_of(room: Room, row: dict[str, Any]) -> str:
    if row["sender_type"] == "ai":
        return _("AI mediator")
    if row["sender_type"] == "system":
        return "Accord"
    return room.names.get(row["sender_id"]) or _("Back-office")


def _tick(room: Room, seq: int, marks: list[Mark]) -> tuple[str, str]:
    others = [mark for mark in marks if mark.user_id != room.me]
    readers = [room.names[mark.user_id] for mark in others if mark.read >= seq and mark.user_id in room.names]
    if readers:
        return "read", ", ".join(sorted(readers))
    return ("delivered" if any(mark.delivered >= seq for mark in others) else "sent"), ""


def _script_data(room: Room, tabs: Iterable[Tab], opened: Tab, cursor: str, marks: Iterable[Mark]) -> dict[str, Any]:
    """What room.js goes on from. Nothing in it that is not on the page or in the API's answers to this reader."""
    marks = list(marks)
    return {
        "dispute": str(room.dispute.pk),
        "me": str(room.me),
        "locale": region_of(get_language() or "en", timezone.get_current_timezone()).replace("_", "-"),
        "zone": timezone.get_current_timezone_name(),
        "cursor": cursor,
        "open": opened.key,
        "tabs": [tab.as_data() for tab in tabs],
        "names": {str(user_id): name for user_id, name in room.names.items()},
        "marks": [
            {"stream": str(mark.stream_id), "user": str(mark.user_id), "delivered": mark.delivered, "read": mark.read}
            for mark in marks
        ],
        "mayPermit": may_permit(room),
        "largestFile": settings.EVIDENCE_MAX_BYTES,
        "words": {
            "you": _("You"),
            "ai": _("AI mediator"),
            "somebody": _("Back-office"),
            "today": _("Today"),
            "yesterday": _("Yesterday"),
            "sending": _("Sending …"),
            "waiting": _("Waiting for the connection …"),
            "sent": _("Sent"),
            "delivered": _("Delivered"),
            "read": _("Read"),
            "readBy": _("Read by %(names)s"),
            "failed": _("Not sent."),
            "again": _("Send again"),
            "typing": _("%(name)s is writing …"),
            "calmer": _("Say it more calmly"),
            "calming": _("Looking for a calmer wording …"),
            "ownWords": _("Put my own words back"),
            "use": _("Let the mediator use this"),
            "used": _("The mediator may use this. Take it back"),
            "older": _("Older messages"),
            "connecting": _("Connecting …"),
            "lost": _("Connection lost, reconnecting …"),
            "back": _("Connected again."),
            "online": _("here now"),
            "offline": _("not here"),
            "unread": _("%(count)s unread"),
            "changed": _("Something here has changed."),
            "show": _("Show it"),
            "draftKept": _("Kept on this device"),
            "tooLarge": _("%(name)s is larger than %(megabytes)s MB."),
            "uploading": _("Sending %(name)s"),
            "uploaded": _("%(name)s is added."),
            "refused": _("%(name)s was not taken: %(reason)s"),
            "noConnection": _("No connection. Nothing was sent; try again in a moment."),
        },
    }


class NoSuchRoomError(ValidationFailedError):
    """The form names a room that this reader does not have."""

    def __init__(self) -> None:
        super().__init__(_("Choose one of the rooms of this case."), errors=[])


def post_line(
    room: Room, reader: User, *, key: str, content: str, client_id: str | None, ask_mediator: bool = False
) -> Tab:
    """Post a line by form to one of the reader's rooms, and ring. The same `client_id` again posts nothing twice.

    The mediator is asked in front of everybody; in a caucus it answers anyway.
    """
    tab = next((tab for tab in tabs_of(room) if tab.key == key), None)
    if tab is None:
        raise NoSuchRoomError
    try:
        _post(room, reader, tab, content, client_id, ask_mediator)
    except LineInFlightError:  # a parallel sending of the same form has won: now its line is found
        _post(room, reader, tab, content, client_id, ask_mediator)
    return tab


def _post(room: Room, reader: User, tab: Tab, content: str, client_id: str | None, ask_mediator: bool) -> None:
    with entry():
        posted = post_message(
            acting_user=reader,
            dispute_id=room.dispute.pk,
            content=content,
            is_private=tab.is_private,
            recipient_id=tab.recipient_id,
            client_id=client_id,
            ask_mediator=ask_mediator and not tab.is_private,
        )
    ring_line(room.dispute.pk, posted)
