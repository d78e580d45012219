"""What goes to a provider, what comes back, and what can go wrong in between."""

import json
import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, Protocol

import httpx2
from pydantic import BaseModel

from ai_mediation.adapters.questions import Usage

Role = Literal["user", "assistant"]
Kind = Literal[
    "timeout",
    "unreachable",
    "rate_limited",
    "server_error",
    "cut",
    "not_understood",
    "too_large",
    "cut_short",
    "refused",
    "rejected",
    "wrong_schema",
]
MOST_TOKENS: Final = 10_000_000
# Worth another attempt: what may be different in a second.
PASSING: Final[frozenset[str]] = frozenset(("timeout", "unreachable", "rate_limited", "server_error", "cut"))
# The provider answered as a provider does; the question was at fault, or the model.
ALIVE: Final[frozenset[str]] = frozenset(("refused", "wrong_schema", "cut_short"))
# Surely nothing was counted: no answer was begun.
FREE: Final[frozenset[str]] = frozenset(("unreachable", "rate_limited", "rejected", "server_error"))


@dataclass(frozen=True)
class Call:
    """One request, already scrubbed. `key` identifies it: the same call has the same key, also when it is made again."""

    model: str
    system: str
    messages: tuple[tuple[Role, str], ...]
    schema: type[BaseModel] | None
    max_tokens: int
    temperature: float | None
    seconds: float
    key: str = ""

    def within(self, seconds: float) -> "Call":
        return replace(self, seconds=seconds)


@dataclass(frozen=True)
class Completion:
    """What a provider said. `request` is the body exactly as it went over the wire."""

    text: str
    usage: Usage
    request: bytes
    is_cut_short: bool = False


class ProviderFailure(Exception):  # noqa: N818 - one of many kinds, not all of them errors
    """A provider did not give a usable answer. The message names kinds and numbers, never texts."""

    def __init__(
        self, kind: Kind, detail: str = "", *, retry_after: float | None = None, usage: Usage | None = None
    ) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.retry_after = retry_after
        self.usage = usage


class CountedFailure(ProviderFailure):
    """A failure that tells of a provider in trouble: the circuit breaker counts it."""


class Provider(Protocol):
    """One provider's wire format."""

    def complete(self, call: Call) -> Completion: ...

    def stream(self, call: Call) -> Generator[str, None, Completion]:
        """Pieces of text; returns the whole. Raises ProviderFailure at any point."""
        ...


def failure(
    kind: Kind, detail: str = "", *, retry_after: float | None = None, usage: Usage | None = None
) -> ProviderFailure:
    """The failure of this kind, counted or not."""
    made = ProviderFailure if kind in ALIVE else CountedFailure
    return made(kind, detail, retry_after=retry_after, usage=usage)


def failure_of_status(status: int, headers: Any) -> ProviderFailure:
    """What an HTTP status other than 2xx means."""
    after = asked_pause(headers)
    if status == 429:
        return failure("rate_limited", "429", retry_after=after)
    if status >= 500 or status in {200, 408, 409, 425}:  # 200: an error event within a stream
        return failure("server_error", str(status), retry_after=after)
    return failure("rejected", str(status))


def usage_of(tokens_in: Any, tokens_out: Any) -> Usage:
    """What a provider says it counted; no number of tokens that could not be is believed."""
    return Usage(
        *(min(max(int(one), 0), MOST_TOKENS) if isinstance(one, int) else 0 for one in (tokens_in, tokens_out))
    )


def whole_characters(text: str) -> str:
    """Text that can be written: halves of surrogate pairs, which JSON may carry, become question marks."""
    return text.encode(errors="replace").decode()


def said_in(response: httpx2.Response) -> Any:
    """The JSON of a provider's whole answer: read as it is, whatever the SDK's types say of it."""
    if "json" not in response.headers.get("content-type", ""):
        raise failure("not_understood", "no JSON")
    return json.loads(response.content)


def asked_pause(headers: Any) -> float | None:
    """Seconds of Retry-After (a number or a date, RFC 9110), or None."""
    value = str(headers.get("retry-after", "")).strip()
    if not value:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
