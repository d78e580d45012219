"""A question to a model, and its answer: plain values, so that whoever asks knows nothing of providers.

The rule of audiences: whatever a question holds may be read by everyone in its `audience`, and its answer goes to nobody else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel

from ai_mediation.enums import Purpose

T = TypeVar("T")
AudienceKind = Literal["joint", "caucus", "person"]


@dataclass(frozen=True)
class Audience:
    """Who may read all that a question holds: the parties of a dispute, one party with the mediator, or one person."""

    kind: AudienceKind
    dispute_id: UUID | None = None
    person_id: UUID | None = None

    @property
    def key(self) -> str:
        """What separates caches: nothing made for one audience is ever found by another."""
        return f"{self.kind}|{self.dispute_id}|{self.person_id}"


@dataclass(frozen=True)
class KnownPerson:
    """Somebody whose name and addresses must not leave; `id` keeps their placeholder the same throughout a dispute."""

    id: UUID
    names: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """One text handed to the model as data: `label` says what it is, `id` is what the answer may cite."""

    label: str
    text: str
    id: str = ""


@dataclass(frozen=True)
class Question(Generic[T]):
    """One question.

    `prompt` names a versioned prompt (`adapters/prompts`), and an empty one means that only rules answer; `values` fills its blanks
    with trusted words of our own; `materials` are texts of people, always data. `output` is the schema of a structured answer, and
    None means plain text. `offline` answers by rules when no provider does; without it the question needs a model.

    For a streamed answer `so_far` says what may be shown of a text that has come this far, in whole sentences, and raises ValueError when
    its newest sentence may not be; without it pieces are shown as they come. `joined` says what stands when a stream broke off behind
    something that was shown: that, and the rules' answer after it; without it a stream that broke off is no answer.
    """

    purpose: Purpose
    prompt: str
    audience: Audience
    locale: str
    materials: tuple[Material, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    people: tuple[KnownPerson, ...] = ()
    output: type[BaseModel] | None = None
    read: Callable[[BaseModel | str], T] | None = None
    offline: Callable[[], T] | None = None
    asked_by_id: UUID | None = None
    max_tokens: int = 1500
    so_far: Callable[[str], str] | None = None
    joined: Callable[[str, T], T] | None = None


@dataclass(frozen=True)
class Usage:
    """What a provider counted; nothing for rules."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Answer(Generic[T]):
    """An answer with people's names back in place, and what is recorded about how it came to be.

    `request` is the exact body that was sent (empty for rules), for the sealed copy that lets any call be rebuilt byte for byte.
    """

    value: T
    provider: str
    model: str
    prompt_version: str
    input_hash: bytes
    output_hash: bytes
    usage: Usage
    latency_ms: int
    is_cached: bool = False
    request: bytes = b""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cost: Decimal = Decimal(0)

    def record(self, question: "Question[Any]", *, subject: tuple[str, UUID] | None = None) -> dict[str, Any]:
        """The fields of `services.consultations.Asked`: `Asked(**answer.record(question, subject=…))`.

        A cached answer used no tokens and cost nothing anew.
        """
        return {
            "purpose": question.purpose,
            "provider": self.provider,
            "model": self.model,
            "prompt_version": self.prompt_version,
            "parameters": self.parameters,
            "input_hash": self.input_hash,
            "output_hash": self.output_hash,
            "input_tokens": self.usage.input_tokens,
            "output_tokens": self.usage.output_tokens,
            "cost": self.cost,
            "latency_ms": self.latency_ms,
            "is_cached": self.is_cached,
            "dispute_id": question.audience.dispute_id,
            "request": self.request,
            "subject": subject,
        }
