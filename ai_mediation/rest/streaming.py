"""Server-sent events (WHATWG HTML, 9.2) that flow under WSGI and ASGI, and end when the client is gone."""

from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

from kernel.rest.renderers import dump_json

MEDIA_TYPE = "text/event-stream"
Events = Generator[bytes, None, None]

# What one event of the stream is, for the API's description: OpenAPI 3.0 has no word for it, so its tools hold the schema against each
# event as the browser's EventSource would give it. `data` is the text of a JSON object.
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["delta", "done", "error"]},
        "data": {"type": "string", "description": "A JSON object: the next piece, the whole answer, or a problem."},
    },
    "required": ["event", "data"],
    "additionalProperties": False,
}


class EventStreamRenderer(BaseRenderer):
    """Only so that a client may ask for an event stream; the stream makes its own bytes, problems are problems."""

    media_type = MEDIA_TYPE
    format = "sse"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return dump_json(data)


def event(name: str, data: Mapping[str, Any]) -> bytes:
    """One event; JSON has no line ends, so the data is one line."""
    return f"event: {name}\ndata: ".encode() + dump_json(data) + b"\n\n"


def event_stream(request: HttpRequest, events: Events) -> StreamingHttpResponse:
    """An answer that sends `events` as they come. When the client goes, `events` is closed: its `finally` runs."""
    content: Any = flowing(events) if isinstance(request, ASGIRequest) else events
    response = StreamingHttpResponse(content, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would keep the pieces until it has a buffer full
    return response


async def flowing(events: Events) -> AsyncGenerator[bytes, None]:
    """The same pieces for ASGI: Django would otherwise read a plain iterator to its end before it sends the first.

    The threads are the request's own (thread-sensitive), so that database connections stay where they are cleaned up. A client that goes
    away cancels the wait; the piece under way comes in, then the generator is closed.
    """
    try:
        while True:
            piece = await sync_to_async(_next, thread_sensitive=True)(events)
            if piece is None:
                return
            yield piece
    finally:
        await sync_to_async(events.close, thread_sensitive=True)()


def _next(events: Events) -> bytes | None:
    """The next piece; None at the end, since StopIteration cannot cross from a thread into a coroutine."""
    return next(events, None)
