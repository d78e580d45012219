"""The model gateway: one question goes along a chain of providers until one answers.

The chain always ends with the offline engine, which needs no key and no network. Providers before it are called through the
kernel's retry policy and circuit breaker; the offline engine is a function of this program and is called plainly.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION, draft_resolution
from ai_mediation.enums import Purpose
from ai_mediation.errors import DraftingFailedError, ProviderUnavailableError
from disputes.public import CaseFile, ResolutionDraft
from kernel.breaker import CircuitBreaker, CircuitOpenError
from kernel.retry import retrying

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DraftRequest:
    """A question: the case file holds the joint record only, so no provider can be asked with more."""

    case: CaseFile
    purpose: Purpose = Purpose.MEDIATION

    @property
    def input_hash(self) -> bytes:
        """SHA-256 of everything the draft may rest on."""
        return hashlib.sha256(repr((str(self.purpose), self.case)).encode()).digest()


@dataclass(frozen=True)
class Usage:
    """What a provider counted; nothing for rules."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Drafted:
    """What a provider returns."""

    draft: ResolutionDraft
    usage: Usage = Usage()


@dataclass(frozen=True)
class DraftAnswer:
    """A draft and what is recorded about how it came to be."""

    draft: ResolutionDraft
    provider: str
    usage: Usage
    latency_ms: int
    input_hash: bytes


class Provider(Protocol):
    """Something that drafts. Raises ProviderUnavailableError when it cannot answer now."""

    @property
    def name(self) -> str: ...

    def draft(self, request: DraftRequest) -> Drafted: ...


class OfflineEngine:
    """The permanent last link: fixed rules, no model, no network."""

    name = MODEL
    prompt_version = PROMPT_VERSION

    def draft(self, request: DraftRequest) -> Drafted:
        return Drafted(draft_resolution(request.case))


class Gateway:
    """Asks the providers in order; whoever answers first is taken."""

    def __init__(self, providers: Sequence[Provider] = ()) -> None:
        self._providers = tuple(providers)
        self._last = OfflineEngine()

    def draft(self, request: DraftRequest) -> DraftAnswer:
        """Raises DraftingFailedError when not even the offline engine could draft."""
        started = time.perf_counter()
        name, drafted = self._first_answer(request)
        latency = round((time.perf_counter() - started) * 1000)
        return DraftAnswer(drafted.draft, name, drafted.usage, latency, request.input_hash)

    def _first_answer(self, request: DraftRequest) -> tuple[str, Drafted]:
        for provider in self._providers:
            try:
                return provider.name, _guarded(provider, request)
            except (ProviderUnavailableError, CircuitOpenError) as error:
                log.warning("provider passed over", extra={"provider": provider.name, "error": type(error).__name__})
        try:
            return self._last.name, self._last.draft(request)
        except Exception as error:
            # the message could hold what a party wrote; the type is enough to find the fault
            raise DraftingFailedError(f"The offline engine raised {type(error).__name__}.") from error


def _guarded(provider: Provider, request: DraftRequest) -> Drafted:
    breaker = CircuitBreaker(f"ai.{provider.name}")
    return retrying(
        lambda: breaker.call(lambda: provider.draft(request), failures=(ProviderUnavailableError,)),
        retry_on=(ProviderUnavailableError,),
    )


def gateway() -> Gateway:
    """The deployment's chain. Without configured providers it is the offline engine alone."""
    return Gateway()
