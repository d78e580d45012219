"""A provider on a local socket that speaks both wire formats, streams, and fails as it is told.

    def test_…(stub_provider, settings):            # the fixture; it points the settings at itself
        stub_provider.model = lambda asked: "…"     # an obedient fake model: from what was asked to what is answered
        stub_provider.faults.append(Fault("429", retry_after=2))   # the next request only
        stub_provider.always = Fault("500")         # every request, after those in `faults`
        stub_provider.requests                      # what has arrived: path, headers, body

Nothing here knows the gateway: it is what a provider is from outside. Usable by hand too: `StubProvider()` is a context manager with `url`
(Anthropic's base URL) and `openai_url`.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import pytest
from pytest_django.fixtures import Settings

from ai_mediation.selectors import routing

FaultKind = Literal[
    "429",
    "500",
    "529",
    "401",
    "silence",
    "drip",
    "cut",
    "html",
    "huge",
    "wrong_schema",
    "refusal",
    "garbage",
    "hang_up",
    "gzip",
    "body",
]


@dataclass(frozen=True)
class Fault:
    """How one request goes wrong. `seconds`: how long a silence lasts at most; `body`: what comes as JSON, whatever it is."""

    kind: FaultKind
    retry_after: int | str | None = None
    seconds: float = 120.0
    body: bytes = b""


@dataclass(frozen=True)
class Asked:
    """One request, the same for both formats."""

    path: str
    headers: dict[str, str]
    body: bytes
    model: str
    system: str
    messages: tuple[tuple[str, str], ...]
    schema: dict[str, Any] | None
    is_stream: bool

    @property
    def text(self) -> str:
        """Everything that was sent."""
        return "\n".join([self.system, *(text for _role, text in self.messages)])


Model = Callable[[Asked], str]


@dataclass
class StubProvider:
    """The server. `piece` is how many characters a streamed piece has."""

    model: Model = lambda asked: "Good morning."
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    requests: list[Asked] = field(default_factory=list)
    piece: int = 4
    delay: float = 0.0

    def __enter__(self) -> "StubProvider":
        stub = self
        self._lock = threading.Lock()
        self._over = threading.Event()

        class Handler(_Handler):
            provider = stub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    def wait(self, seconds: float) -> None:
        """Silence, which ends with the server."""
        self._over.wait(seconds)

    def take(self, asked: Asked) -> Fault | None:
        with self._lock:
            self.requests.append(asked)
            return self.faults.popleft() if self.faults else self.always


class _Handler(BaseHTTPRequestHandler):
    provider: StubProvider
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece

    def log_message(self, *_: Any) -> None:
        return

    def do_POST(self) -> None:
        asked = _read(self)
        fault = self.provider.take(asked)
        if self.provider.delay:
            self.provider.wait(self.provider.delay)
        with suppress(BrokenPipeError, ConnectionResetError):
            if (
                fault is not None
                and fault.kind not in {"wrong_schema", "refusal"}
                and not self._streams_cut(asked, fault)
            ):
                self._fail(fault)
                return
            is_refusal = fault is not None and fault.kind == "refusal"
            if fault is not None and fault.kind == "wrong_schema":
                text = '{"unexpected": true}'
            else:
                text = "I cannot help with that." if is_refusal else self.provider.model(asked)
            is_cut = fault is not None and fault.kind == "cut"
            form: _Format = (
                _OpenAI(asked, text, is_refusal) if "chat" in self.path else _Anthropic(asked, text, is_refusal)
            )
            if asked.is_stream:
                self._stream(form.events(self.provider.piece), is_cut)
            else:
                self._json(200, form.whole())

    def _streams_cut(self, asked: Asked, fault: Fault) -> bool:
        return asked.is_stream and fault.kind == "cut"

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, events: Iterator[str], is_cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, event in enumerate(events):
            if is_cut and number == 3:
                return
            self.wfile.write(event.encode())
            self.wfile.flush()

    def _fail(self, fault: Fault) -> None:
        self.close_connection = True
        after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.kind in {"429", "500", "529", "401"}:
            self._json(int(fault.kind), {"type": "error", "error": {"type": "x", "message": "told to fail"}}, after)
        elif fault.kind == "silence":
            self.provider.wait(fault.seconds)
        elif fault.kind == "drip":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "100000")
            self.end_headers()
            for _second in range(int(fault.seconds * 5)):
                self.wfile.write(b" ")
                self.wfile.flush()
                self.provider.wait(0.2)
        elif fault.kind == "cut":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"choices": [{"mess')
        elif fault.kind == "html":
            self._send(200, b"<html><body>Gateway</body></html>", {"Content-Type": "text/html"})
        elif fault.kind == "huge":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(10 * 1024 * 1024))
            self.end_headers()
            for _part in range(160):
                self.wfile.write(b" " * 65536)
        elif fault.kind == "gzip":
            self._send(200, b"\x1f\x8b", {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        elif fault.kind == "body":
            self._send(200, fault.body, {"Content-Type": "application/json"})
        elif fault.kind == "garbage":
            self._send(200, b'{"hello": [1, 2', {"Content-Type": "application/json"})
        # hang_up: nothing at all


def _read(handler: BaseHTTPRequestHandler) -> Asked:
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    said = json.loads(body)
    messages = [(one["role"], one["content"]) for one in said["messages"]]
    system = said.get("system", "") or next((text for role, text in messages if role == "system"), "")
    wanted = said.get("response_format") or (said.get("output_config") or {}).get("format")
    schema = None if wanted is None else wanted.get("schema") or wanted["json_schema"]["schema"]
    spoken = tuple((role, text) for role, text in messages if role != "system")
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return Asked(handler.path, headers, body, said["model"], system, spoken, schema, bool(said.get("stream")))


@dataclass
class _Format:
    asked: Asked
    text: str
    is_refusal: bool

    @property
    def tokens(self) -> tuple[int, int]:
        return max(1, len(self.asked.body) // 4), max(1, len(self.text) // 4)

    def whole(self) -> dict[str, Any]:
        raise NotImplementedError

    def events(self, piece: int) -> Iterator[str]:
        raise NotImplementedError


class _OpenAI(_Format):
    def _usage(self) -> dict[str, int]:
        tokens_in, tokens_out = self.tokens
        return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.text, "refusal": None}
        if self.is_refusal:
            message |= {"content": None, "refusal": self.text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        named = {"id": "stub", "object": "chat.completion", "created": 1, "model": self.asked.model}
        return {**named, "choices": [choice], "usage": self._usage()}

    def events(self, piece: int) -> Iterator[str]:
        base = {"id": "stub", "object": "chat.completion.chunk", "created": 1, "model": self.asked.model}
        for start in range(0, len(self.text), piece):
            part = self.text[start : start + piece]
            delta = {"refusal": part} if self.is_refusal else {"content": part}
            yield _event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield _event({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        yield _event({**base, "choices": [], "usage": self._usage()})
        yield "data: [DONE]\n\n"


class _Anthropic(_Format):
    def whole(self) -> dict[str, Any]:
        tokens_in, tokens_out = self.tokens
        return {
            "id": "stub",
            "type": "message",
            "role": "assistant",
            "model": self.asked.model,
            "content": [{"type": "text", "text": self.text}],
            "stop_reason": "refusal" if self.is_refusal else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": tokens_in, "output_tokens": tokens_out},
        }

    def events(self, piece: int) -> Iterator[str]:
        tokens_in, tokens_out = self.tokens
        begun = {
            **self.whole(),
            "content": [],
            "stop_reason": None,
            "usage": {"input_tokens": tokens_in, "output_tokens": 1},
        }
        yield _event({"type": "message_start", "message": begun}, "message_start")
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        yield _event(block, "content_block_start")
        for start in range(0, len(self.text), piece):
            delta = {"type": "text_delta", "text": self.text[start : start + piece]}
            yield _event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
        yield _event({"type": "content_block_stop", "index": 0}, "content_block_stop")
        stop = {"stop_reason": self.whole()["stop_reason"], "stop_sequence": None}
        ended = {"type": "message_delta", "delta": stop, "usage": {"output_tokens": tokens_out}}
        yield _event(ended, "message_delta")
        yield _event({"type": "message_stop"}, "message_stop")


def _event(data: dict[str, Any], name: str = "") -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"


@pytest.fixture
def stub_provider(settings: Settings) -> Iterator[StubProvider]:
    """The stub, and the settings pointed at it as `openai` alone (`use` changes that)."""
    with StubProvider() as stub:
        use(settings, stub, "openai")
        routing.invalidate()
        yield stub
    routing.invalidate()


def use(settings: Settings, stub: StubProvider, *providers: str) -> None:
    """Point these providers, and no other, at the stub."""
    settings.OPENAI_API_KEY = settings.ANTHROPIC_API_KEY = settings.LLM_API_KEY = ""
    settings.LLM_MODEL = ""
    settings.AI_MODELS = {"openai": "stub-o", "anthropic": "stub-a"}
    settings.OPENAI_BASE_URL = stub.openai_url if "openai" in providers else ""
    settings.ANTHROPIC_BASE_URL = stub.url if "anthropic" in providers else ""
