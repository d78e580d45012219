"""`make demo-llm` without its model: what stands between Accord and llama.cpp, and what is told afterwards."""

import socket
import threading
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from ai_mediation.adapters.providers.anthropic_messages import AnthropicMessages
from ai_mediation.adapters.providers.calls import Call, Completion, Provider, ProviderFailure
from ai_mediation.adapters.providers.openai_chat import OpenAIChat
from ai_mediation.tests.stub_provider import Fault, StubProvider
from demo.llm.front import Front
from demo.llm.report import Report, lines

PROVIDERS = ("openai", "anthropic")


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["a", "b"]


def call(schema: type[BaseModel] | None = None, seconds: float = 20) -> Call:
    return Call("small", "Be short.", (("user", "Which?"),), schema, 60, 0.2, seconds, "k")


def through(name: str, front: Front) -> Provider:
    return OpenAIChat("", f"{front.address}/v1") if name == "openai" else AnthropicMessages("", front.address)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_structured_answer_is_asked_of_the_side_that_keeps_to_schemas(name: str) -> None:
    with StubProvider() as stub, Front(stub.url) as front:
        stub.model = lambda asked: '{"kind": "a"}'
        completion = through(name, front).complete(call(Choice))

    (asked,) = stub.requests
    assert asked.path == "/v1/chat/completions"
    assert asked.schema is not None
    assert asked.schema["properties"]["kind"]["enum"] == ["a", "b"]
    assert (asked.system, asked.messages) == ("Be short.", (("user", "Which?"),))
    assert (completion.text, completion.is_cut_short) == ('{"kind": "a"}', False)
    assert completion.usage.input_tokens > 0
    assert completion.usage.output_tokens > 0
    (kept,) = front.calls
    assert (kept.is_structured, kept.status, kept.text) == (True, 200, '{"kind": "a"}')


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1/chat/completions"), ("anthropic", "/v1/messages")])
def test_text_and_streams_go_through_as_they_are(name: str, path: str) -> None:
    with StubProvider() as stub, Front(stub.url) as front:
        stub.model = lambda asked: "Grapes and limes, I should think."
        provider = through(name, front)
        whole = provider.complete(call())
        pieces, streamed = drained(provider)

    assert [asked.path for asked in stub.requests] == [path, path]
    assert (whole.text, streamed.text, len(pieces) > 1) == (stub.model(None), stub.model(None), True)  # type: ignore[arg-type]
    assert [kept.text for kept in front.calls] == [whole.text, whole.text]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_fault_stays_a_fault(name: str) -> None:
    with StubProvider() as stub, Front(stub.url) as front:
        stub.always = Fault("500")
        with pytest.raises(ProviderFailure, match="server_error"):
            through(name, front).complete(call(Choice))
    assert [(kept.status, kept.text) for kept in front.calls] == [(500, "")]


def test_a_caller_who_goes_away_ends_the_call() -> None:
    hung_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as model:

        def silent() -> None:
            connection, _ = model.accept()
            with connection:
                while connection.recv(65536):
                    pass
            hung_up.set()

        threading.Thread(target=silent, daemon=True).start()
        with Front(f"http://127.0.0.1:{model.getsockname()[1]}") as front:
            with pytest.raises(ProviderFailure, match="timeout"):
                through("openai", front).complete(call(seconds=0.3))
            assert hung_up.wait(10)
            assert [kept.status for kept in front.calls] == [0]


def row(provider: str, *passed_over: str) -> dict[str, Any]:
    return {
        "purpose": "chat", "provider": provider, "prompt_version": "chat@1+abc", "subject_kind": "", "is_cached": False,
        "input_tokens": 10 * (provider == "openai"), "output_tokens": 2 * (provider == "openai"), "latency_ms": 900,
        "passed_over": list(passed_over),
    }  # fmt: skip


def test_the_report_counts_what_was_used_and_what_was_passed_over() -> None:
    report = Report("openai", [row("openai"), row("offline-rules", "timeout"), row("offline-rules")], [])
    told = "\n".join(lines(report))

    assert report.exit_code == 0
    assert "1 of 2 questions that went to the model were answered with its words, 1 by rules." in told
    assert "passed over 1 times: timeout" in told
    assert "12 tokens" in told


def test_a_run_in_which_no_answer_was_used_fails() -> None:
    report = Report("anthropic", [row("openai"), row("offline-rules", "timeout")], [])

    assert report.exit_code == 1
    assert "No answer of the model was used through `anthropic`" in "\n".join(lines(report))


def drained(provider: Provider) -> tuple[list[str], Completion]:
    pieces, stream = [], provider.stream(call())
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return pieces, end.value
