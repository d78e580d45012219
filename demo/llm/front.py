"""What stands between Accord and llama.cpp in the demo: it writes down every call, and adds the one thing llama.cpp leaves out.

llama.cpp speaks both wire formats, but in Anthropic's it passes over `output_config` (the schema of a structured answer). Such a call is
asked of its OpenAI side with the same schema, and the answer is handed back in Anthropic's shape. Everything else goes through as it is.
A caller that goes away ends the call: the model has one place, and nobody waits for an answer that nobody reads.
"""

import http.client
import json
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

WAIT: Final = 120.0  # seconds; whoever asks has less patience
STOPS: Final = {"stop": "end_turn", "length": "max_tokens"}


@dataclass
class Call:
    """One call as it went over the wire. Names of people were replaced before it came here."""

    path: str
    asked: dict[str, Any]
    seconds: float = 0.0
    status: int = 0  # 0: the caller went away first
    said: bytes = b""

    @property
    def is_structured(self) -> bool:
        return "response_format" in self.asked or "output_config" in self.asked

    @property
    def text(self) -> str:
        """What the model said, whole, out of any of the shapes."""
        if self.asked.get("stream"):
            events = [
                line[5:].strip() for line in self.said.decode(errors="replace").splitlines() if line[:5] == "data:"
            ]
            return "".join(_piece(json.loads(event)) for event in events if event.startswith("{"))
        return _text(json.loads(self.said)) if self.status == 200 else ""


def _text(body: dict[str, Any]) -> str:
    if "choices" in body:
        return str(body["choices"][0]["message"].get("content") or "")
    return "".join(block.get("text", "") for block in body.get("content", []))


def _piece(event: dict[str, Any]) -> str:
    if event.get("choices"):
        return str(event["choices"][0]["delta"].get("content") or "")
    return str((event.get("delta") or {}).get("text") or "")


def as_chat(message: dict[str, Any]) -> dict[str, Any]:
    """An Anthropic request for a structured answer as an OpenAI request for the same."""
    system = [{"role": "system", "content": message["system"]}] if message.get("system") else []
    kept: dict[str, Any] = {name: message[name] for name in ("model", "max_tokens", "temperature") if name in message}
    schema = {"name": "answer", "strict": True, "schema": message["output_config"]["format"]["schema"]}
    wanted = {"type": "json_schema", "json_schema": schema}
    return {**kept, "messages": [*system, *message["messages"]], "response_format": wanted}


def as_message(chat: dict[str, Any]) -> dict[str, Any]:
    """The OpenAI answer in Anthropic's shape."""
    (choice, *_rest) = chat["choices"]
    return {
        "id": f"msg_{chat['id']}",
        "type": "message",
        "role": "assistant",
        "model": chat["model"],
        "content": [{"type": "text", "text": choice["message"]["content"] or ""}],
        "stop_reason": STOPS[choice["finish_reason"]],
        "stop_sequence": None,
        "usage": {"input_tokens": chat["usage"]["prompt_tokens"], "output_tokens": chat["usage"]["completion_tokens"]},
    }


@dataclass
class Front:
    """Listens on a free local port while it is entered; `calls` is what was asked, in order."""

    model_address: str
    calls: list[Call] = field(default_factory=list)

    def __enter__(self) -> "Front":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # an answer ends with its connection

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            call = Call(self.path, asked)
            front.calls.append(call)
            began = time.monotonic()
            translated = self.path == "/v1/messages" and "output_config" in asked
            path, body = ("/v1/chat/completions", as_chat(asked)) if translated else (self.path, asked)
            upstream = http.client.HTTPConnection(urlsplit(front.model_address).netloc, timeout=WAIT)
            try:
                upstream.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
                assert upstream.sock is not None
                _first_to_speak(self.connection, upstream.sock)
                answer = upstream.getresponse()
                if translated and answer.status == 200:
                    self._whole(call, json.dumps(as_message(json.loads(answer.read()))).encode())
                else:
                    self._passed_on(call, answer)
            except (ConnectionError, TimeoutError):
                return  # the caller is gone, or the model: the connection ends without an answer
            finally:
                call.seconds = time.monotonic() - began
                upstream.close()

        def _whole(self, call: Call, body: bytes) -> None:
            self._begin(200, "application/json")
            call.status, call.said = 200, body
            self.wfile.write(body)

        def _passed_on(self, call: Call, answer: http.client.HTTPResponse) -> None:
            self._begin(answer.status, answer.headers.get("Content-Type", ""))
            while piece := answer.read1(65536):
                self.wfile.write(piece)
                call.said += piece
            call.status = answer.status

        def _begin(self, status: int, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
            """Nothing: the calls are kept."""

    return Handler


def _first_to_speak(caller: socket.socket, model: socket.socket) -> None:
    """Wait until the model answers. Raises ConnectionError when the caller hangs up first, TimeoutError after WAIT."""
    ready, _, _ = select.select([caller, model], [], [], WAIT)
    if not ready:
        raise TimeoutError
    if model not in ready:  # a caller has nothing more to say: it hung up
        raise ConnectionAbortedError
