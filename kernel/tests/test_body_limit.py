"""Bodies above the ceiling are refused before they are spooled, declared or not."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import orjson
import pytest

from kernel.body_limit import BodyLimit, Receive, Send

pytestmark = pytest.mark.unit


async def _reads_everything(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def _ask(chunks: list[bytes], headers: list[tuple[bytes, bytes]]) -> tuple[int, bytes, int]:
    """Status, body, and how many chunks were taken."""
    sent, taken = _exchange(chunks, headers)
    return sent[0]["status"], sent[1]["body"], taken


def _exchange(chunks: list[bytes], headers: list[tuple[bytes, bytes]]) -> tuple[list[MutableMapping[str, Any]], int]:
    waiting = list(chunks)
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    application = BodyLimit(_reads_everything, limit=1000)
    asyncio.run(application({"type": "http", "path": "/i/secret-token", "headers": headers}, receive, send))
    return sent, len(chunks) - len(waiting)


def test_body_within_the_limit_passes_unchanged() -> None:
    assert _ask([b"x" * 600, b"y" * 400], []) == (200, b"1000", 2)


def test_declared_body_above_the_limit_is_refused_before_a_byte_is_read() -> None:
    status, body, taken = _ask([b"x" * 10], [(b"content-length", b"1001")])
    assert (status, taken) == (413, 0)
    assert orjson.loads(body)["code"] == "too_large"


def test_chunked_body_is_refused_as_soon_as_it_is_too_large() -> None:
    status, body, taken = _ask([b"x" * 600, b"x" * 600, b"x" * 600], [])
    assert (status, taken) == (413, 2)
    assert orjson.loads(body)["status"] == 413


@pytest.mark.parametrize(("given", "is_taken"), [(b"req-7", True), (b"not one!", False), (b"", False)])
def test_refusal_has_its_request_id_and_is_kept_by_nobody(given: bytes, is_taken: bool) -> None:
    (start, body), _ = _exchange([b"x"], [(b"content-length", b"1001"), (b"x-request-id", given)])
    headers = dict(start["headers"])
    problem = orjson.loads(body["body"])
    assert headers[b"x-request-id"].decode() == problem["request_id"]
    assert (problem["request_id"] == given.decode()) is is_taken
    assert len(problem["request_id"]) > 4
    assert (headers[b"cache-control"], problem["instance"]) == (b"no-store", "/i/…")


@pytest.mark.parametrize(
    ("asked", "title"), [(b"es-ES,es;q=0.9", "Demasiado grande"), (b"en", "Too large"), (b"xx", "Too large")]
)
def test_refusal_is_in_the_language_asked_for(asked: bytes, title: str) -> None:
    _, body, _ = _ask([b"x"], [(b"content-length", b"1001"), (b"accept-language", asked)])
    assert orjson.loads(body)["title"] == title


def test_other_protocols_pass() -> None:
    seen: list[str] = []

    async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(BodyLimit(application, limit=1)({"type": "websocket"}, nothing, nothing))
    assert seen == ["websocket"]
