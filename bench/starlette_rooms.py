"""A room the way tutorials write it: Starlette, and a Redis subscription of its own for every socket."""

import asyncio
import contextlib
import os

import redis.asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None, max_connections=2000)


async def room(websocket: WebSocket) -> None:
    await websocket.accept()
    async with client.pubsub() as pubsub:
        await pubsub.subscribe(f"room:{websocket.path_params['room']}")
        forwarding = asyncio.create_task(forward(pubsub, websocket))
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await websocket.receive_text()
        forwarding.cancel()


async def forward(pubsub: redis.asyncio.client.PubSub, websocket: WebSocket) -> None:
    async for message in pubsub.listen():
        if message["type"] == "subscribe":
            await websocket.send_text('{"type":"ready"}')
        else:
            await websocket.send_text(message["data"].decode())


async def alive(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/healthz", alive), WebSocketRoute("/{room}", room)])
