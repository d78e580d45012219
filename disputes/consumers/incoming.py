"""What clients may send into a room, and how it is read (docs/live-room.md)."""

import time
from collections import deque
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import gettext as _
from rest_framework import serializers

from disputes.models.record import MESSAGE_LENGTH
from kernel.errors import DomainError, FieldError, ThrottledError, ValidationFailedError
from kernel.rest.fields import StrictBooleanField, TextField

LARGEST_FRAME = 64 * 1024  # bytes
MESSAGES_A_SECOND = 20
FRAMES_A_SECOND = 60
REFUSALS_UNTIL_CLOSED = 300  # in a row: then it is no clumsy client but a flood


class FrameError(DomainError):
    """A frame that is not understood."""

    code = "invalid_frame"
    status = 400


class FrameTooLargeError(FrameError):
    code = "frame_too_large"
    status = 413


class UnknownTypeError(FrameError):
    code = "unknown_type"


def read_frame(text: str | None) -> dict[str, Any]:
    """The frame as an object with a `type`. Raises FrameTooLargeError, FrameError."""
    if text is None:
        raise FrameError(_("Frames are JSON in text, not bytes."))
    if len(text) > LARGEST_FRAME or len(text.encode()) > LARGEST_FRAME:
        raise FrameTooLargeError(
            _("A frame has at most %(limit)d bytes. Upload long texts and files as evidence.")
            % {"limit": LARGEST_FRAME}
        )
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FrameError(_("This frame is not JSON.")) from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise FrameError(_("A frame is a JSON object with a “type”."))
    return frame


class MessageFrame(serializers.Serializer[Any]):
    """`message`: the same input as POST …/messages."""

    content = TextField(max_length=MESSAGE_LENGTH, multiline=True)
    is_private = StrictBooleanField(required=False, default=False)
    recipient_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    client_id = TextField(max_length=64, required=False, allow_null=True, default=None)
    ask_mediator = StrictBooleanField(required=False, default=False)


class TypingFrame(serializers.Serializer[Any]):
    """`typing`: where, addressed like a message."""

    is_private = StrictBooleanField(required=False, default=False)
    recipient_id = serializers.UUIDField(required=False, allow_null=True, default=None)


def read_mark(frame: dict[str, Any]) -> tuple[str, int]:
    """Stream and number of a `read` frame. Raises ValidationFailedError."""
    seq = frame.get("seq")
    errors = []
    try:
        stream = str(UUID(str(frame.get("stream"))))
    except ValueError:
        stream = ""
        errors.append(FieldError("/stream", "invalid", _("Name the stream by its id.")))
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < 2**62:
        errors.append(FieldError("/seq", "invalid", _("Name the last number that was seen.")))
    if errors:
        raise ValidationFailedError(errors=errors)
    return stream, int(frame["seq"])


class Pace:
    """How often one socket may do something: the moments of its last accepted tries within a second."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._moments: deque[float] = deque()

    def take(self) -> None:
        """Count one. Raises ThrottledError when there were too many within the last second."""
        now = time.monotonic()
        while self._moments and now - self._moments[0] >= 1.0:
            self._moments.popleft()
        if len(self._moments) >= self._limit:
            raise ThrottledError(
                _("At most %(limit)d a second. Send it again in a moment.") % {"limit": self._limit}, retry_after=1
            )
        self._moments.append(now)
