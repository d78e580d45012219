"""WebSocket routes of all apps."""

from typing import Any, cast

from django.urls import path, re_path

from disputes.consumers import RoomConsumer
from kernel.sockets import refuse_unknown

websocket_urlpatterns: list[Any] = [
    path("ws/disputes/<uuid:dispute_id>/", RoomConsumer.as_asgi()),
    re_path(
        "", cast(Any, refuse_unknown)
    ),  # a socket for an address that does not exist is refused, not an error of the server
]
