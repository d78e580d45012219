"""OpenAI's chat completions, and every server that speaks them (llama.cpp, vLLM, Ollama)."""

from collections.abc import Generator
from typing import Any, Final

import httpx2
import openai
from openai.lib._pydantic import to_strict_json_schema  # what its own `parse` sends

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

ADDRESS: Final = "https://api.openai.com/v1"


class OpenAIChat:
    def __init__(self, key: str, address: str) -> None:
        self._address = address or ADDRESS
        self._client = openai.OpenAI(
            api_key=key or "none",  # a self-hosted server asks for none, the SDK insists on one
            base_url=self._address,
            max_retries=0,
            timeout=60,
            http_client=http_client(),
        )

    def complete(self, call: Call) -> Completion:
        allowance = Allowance(call.seconds)
        with allowance.used():
            try:
                # the SDK's own way for what it has no types for: its types cost more than the call, and we read the answer ourselves
                response = self._client.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body=self._body(call),
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
        usage, finish, request = Usage(), None, b""
        try:
            with allowance.used():
                chunks = self._client.chat.completions.create(
                    **self._body(call),
                    stream=True,
                    stream_options={"include_usage": True},
                    extra_headers=_headers(call),
                    timeout=call.seconds,
                )
                request = chunks.response.request.content
            pending = iter(chunks)
            with chunks:
                while True:
                    with allowance.used():
                        chunk: Any = next(pending, None)
                    if chunk is None:
                        break
                    usage = _usage(chunk) or usage
                    choice = chunk.choices[0] if chunk.choices else None
                    if choice is None:
                        continue
                    if getattr(choice.delta, "refusal", None):
                        raise failure("refused", usage=usage)
                    finish = choice.finish_reason or finish
                    if piece := choice.delta.content:
                        text.append(piece)
                        yield piece
        except ProviderFailure:
            raise
        except Exception as error:  # whatever the SDK makes of what a stranger sent
            raise _failure(error, allowance) from error
        if finish is None:
            raise failure("cut", "no finish reason")
        if finish == "content_filter":
            raise failure("refused", usage=usage)
        if not text:
            raise failure("not_understood", "empty", usage=usage)
        return Completion("".join(text), usage, request, finish == "length")

    def _body(self, call: Call) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": call.model,
            "messages": [
                {"role": "system", "content": call.system},
                *({"role": role, "content": text} for role, text in call.messages),
            ],
            # OpenAI's newer models know only the one name, many other servers only the other
            ("max_completion_tokens" if self._address == ADDRESS else "max_tokens"): call.max_tokens,
        }
        if call.temperature is not None:
            body["temperature"] = call.temperature
        if call.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": call.schema.__name__,
                    "strict": True,
                    "schema": to_strict_json_schema(call.schema),
                },
            }
        return body


def _headers(call: Call) -> dict[str, str]:
    return {"Idempotency-Key": call.key}


def _failure(error: Exception, allowance: Allowance) -> Exception:
    if allowance.is_over_size:
        return failure("too_large")
    if isinstance(error, openai.APIStatusError):
        return failure_of_status(error.status_code, error.response.headers)
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return failure("timeout")
    if isinstance(error, openai.APIConnectionError):
        begun = isinstance(error.__cause__, (httpx2.ReadError, httpx2.RemoteProtocolError))
        return failure("cut" if begun else "unreachable")
    if isinstance(error, httpx2.HTTPError):
        return failure("cut")
    return failure("not_understood", type(error).__name__)


def _usage(answer: Any) -> Usage | None:
    counted = getattr(answer, "usage", None)
    if counted is None:
        return None
    return usage_of(getattr(counted, "prompt_tokens", 0), getattr(counted, "completion_tokens", 0))


def _completion(answer: Any, request: bytes) -> Completion:
    try:
        usage = _usage_in(answer)
        (choice, *_rest) = answer["choices"]
        message, finish = choice["message"], choice.get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise failure("not_understood", "shape") from error
    if refusal or finish == "content_filter":
        raise failure("refused", usage=usage)
    if not isinstance(text, str) or not text.strip():
        raise failure("not_understood", "empty", usage=usage)
    return Completion(whole_characters(text), usage, request, finish == "length")


def _usage_in(answer: Any) -> Usage:
    counted = answer.get("usage")
    return (
        usage_of(counted.get("prompt_tokens", 0), counted.get("completion_tokens", 0))
        if isinstance(counted, dict)
        else Usage()
    )
