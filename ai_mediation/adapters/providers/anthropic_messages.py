"""Anthropic's messages."""

from collections.abc import Generator
from typing import Any, Final

import anthropic
import httpx2

from ai_mediation.adapters.providers.calls import (
    Call,
    Completion,
    ProviderFailure,
    failure,
    failure_of_status,
    said_in,
    usage_of,
    whole_characters,
)
from ai_mediation.adapters.providers.wire import Allowance, http_client
from ai_mediation.adapters.questions import Usage

ADDRESS: Final = "https://api.anthropic.com"


class AnthropicMessages:
    def __init__(self, key: str, address: str) -> None:
        self._client = anthropic.Anthropic(
            api_key=key or "none",
            base_url=address or ADDRESS,
            max_retries=0,
            timeout=60,
            http_client=http_client(),
        )

    def complete(self, call: Call) -> Completion:
        allowance = Allowance(call.seconds)
        with allowance.used():
            try:
                # the SDK's own way for what it has no types for: its types cost more than the call, and we read the answer ourselves
                body = _body(call)
                body |= body.pop("extra_body", {})
                response = self._client.post(
                    "/v1/messages",
                    cast_to=httpx2.Response,
                    body=body,
                    options={"headers": _headers(call), "timeout": call.seconds},
                )
                answer = said_in(response)
            except ProviderFailure:
                raise
            except Exception as error:  # whatever the SDK makes of what a stranger sent
                raise _failure(error, allowance) from error
        return _completion(answer, response.request.content)

    def stream(self, call: Call) -> Generator[str, None, Completion]:
        allowance = Allowance(call.seconds)
        text: list[str] = []
        tokens_in, tokens_out, stop, request = 0, 0, None, b""
        try:
            with allowance.used():
                events = self._client.messages.create(
                    **_body(call), stream=True, extra_headers=_headers(call), timeout=call.seconds
                )
                request = events.response.request.content
            pending = iter(events)
            with events:
                while True:
                    with allowance.used():
                        event: Any = next(pending, None)
                    if event is None:
                        break
                    if event.type == "message_start":
                        tokens_in = event.message.usage.input_tokens
                    elif event.type == "message_delta":
                        stop = event.delta.stop_reason or stop
                        tokens_out = event.usage.output_tokens
                    elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                        text.append(whole_characters(event.delta.text))
                        yield text[-1]
        except ProviderFailure:
            raise
        except Exception as error:  # whatever the SDK makes of what a stranger sent
            raise _failure(error, allowance) from error
        usage = usage_of(tokens_in, tokens_out)
        if stop is None:
            raise failure("cut", "no stop reason")
        if stop == "refusal":
            raise failure("refused", usage=usage)
        if not text:
            raise failure("not_understood", "empty", usage=usage)
        return Completion("".join(text), usage, request, stop == "max_tokens")


def _body(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": call.model,
        "max_tokens": call.max_tokens,
        "system": call.system,
        "messages": [{"role": role, "content": text} for role, text in call.messages],
    }
    if call.schema is not None:
        schema = anthropic.transform_schema(call.schema)
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    if call.temperature is not None:
        body["extra_body"] = {
            "temperature": call.temperature
        }  # the SDK names it no more; older models and others take it
    return body


def _headers(call: Call) -> dict[str, str]:
    return {"Idempotency-Key": call.key}


def _failure(error: Exception, allowance: Allowance) -> Exception:
    if allowance.is_over_size:
        return failure("too_large")
    if isinstance(error, anthropic.APIStatusError):
        return failure_of_status(error.status_code, error.response.headers)
    if isinstance(error, (anthropic.APITimeoutError, httpx2.TimeoutException)):
        return failure("timeout")
    if isinstance(error, anthropic.APIConnectionError):
        begun = isinstance(error.__cause__, (httpx2.ReadError, httpx2.RemoteProtocolError))
        return failure("cut" if begun else "unreachable")
    if isinstance(error, httpx2.HTTPError):
        return failure("cut")
    return failure("not_understood", type(error).__name__)


def _completion(answer: Any, request: bytes) -> Completion:
    try:
        usage = _usage_in(answer)
        blocks = [block["text"] for block in answer["content"] if block["type"] == "text"]
        text, stop = whole_characters("".join(blocks)), answer.get("stop_reason")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise failure("not_understood", "shape") from error
    if stop == "refusal":
        raise failure("refused", usage=usage)
    if not text.strip():
        raise failure("not_understood", "empty", usage=usage)
    return Completion(text, usage, request, stop == "max_tokens")


def _usage_in(answer: Any) -> Usage:
    counted = answer.get("usage")
    return (
        usage_of(counted.get("input_tokens", 0), counted.get("output_tokens", 0))
        if isinstance(counted, dict)
        else Usage()
    )
