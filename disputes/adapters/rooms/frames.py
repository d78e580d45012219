"""What goes out on a room's wire (docs/live-room.md)."""

from typing import Any
from uuid import UUID

import orjson

from disputes.selectors.rooms import Mark

Frame = dict[str, Any]


def line_start(line: Frame, client_id: str | None = None) -> str:
    """The frame of a line but for the reader's cursor; with `client_id` for its sender alone."""
    shown = {"type": "message", **line}
    if client_id is not None:
        shown["client_id"] = client_id
    return orjson.dumps(shown).decode()[:-1]


def ready(user_id: UUID, dispute_id: UUID, cursor: str) -> Frame:
    return {"type": "ready", "user_id": user_id, "dispute_id": dispute_id, "cursor": cursor}


def presence(user_id: UUID, is_there: bool) -> Frame:
    return {"type": "presence", "user_id": user_id, "status": "online" if is_there else "offline"}


def typing(user_id: str, stream: str) -> Frame:
    return {"type": "typing", "user_id": user_id, "stream": stream}


def receipt(stream: str, marks: dict[str, tuple[int, int]]) -> Frame:
    return {
        "type": "receipt",
        "stream": stream,
        "delivered": {user: delivered for user, (delivered, _) in marks.items()},
        "read": {user: read for user, (_, read) in marks.items() if read},
    }


def receipts(marks: tuple[Mark, ...]) -> list[Frame]:
    """One frame per stream."""
    streams: dict[str, dict[str, tuple[int, int]]] = {}
    for mark in marks:
        streams.setdefault(str(mark.stream_id), {})[str(mark.user_id)] = (mark.delivered, mark.read)
    return [receipt(stream, marks_of) for stream, marks_of in streams.items()]


def heartbeat(cursor: str) -> Frame:
    return {"type": "heartbeat", "cursor": cursor}
