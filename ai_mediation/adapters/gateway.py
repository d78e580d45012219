"""The model gateway: one question goes along a chain of providers until one answers; rules are the last link.

`Gateway.ask` and `Gateway.stream` are the only way from a question to a model, and what leaves has been scrubbed. Each link of the chain
(`selectors.routing.chain_for`) is asked in turn; what goes wrong with one is written down by kind and the next is asked. The question's
own answer by rules (`Question.offline`) is the last link where there is one; else ProviderUnavailableError.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from django.conf import settings

from ai_mediation.adapters import kept
from ai_mediation.adapters.asking import (
    cost_of,
    identity_here,
    made_answer,
    parameters_of,
    prepare,
    read_answer,
    read_restored,
    restored,
    streamed,
)
from ai_mediation.adapters.kept import KeptAnswer
from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION
from ai_mediation.adapters.providers.calls import ProviderFailure
from ai_mediation.adapters.questions import Answer, Question, Usage
from ai_mediation.adapters.showing import shown
from ai_mediation.errors import BudgetUsedUpError, DraftingFailedError, ProviderUnavailableError
from ai_mediation.selectors.routing import Link, chain_for
from kernel import metrics
from kernel.breaker import CircuitOpenError

T = TypeVar("T")
log = logging.getLogger(__name__)

Trouble = ProviderFailure | CircuitOpenError | BudgetUsedUpError
TROUBLES = (ProviderFailure, CircuitOpenError, BudgetUsedUpError)


class AnswerStream(Generic[T]):
    """Pieces of text as they arrive, people's names back in place; `answer` is whole once all pieces are read.

    Iterate it once. An error before the first piece means that nobody answered; an error after it means that the answer was cut off
    and what was shown so far is not an answer: both are ProviderUnavailableError (or BudgetUsedUpError, before the first piece). A question
    with `joined` has no such error behind its first piece: rules go on from what was shown.
    """

    def __init__(self, pieces: Iterator[str], finish: "list[Answer[T]]") -> None:
        self._pieces = pieces
        self._finish = finish

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    @property
    def answer(self) -> Answer[T]:
        """The whole answer and its record. Raises RuntimeError while pieces are still to come."""
        if not self._finish:
            raise RuntimeError("The answer is whole only after its last piece.")
        return self._finish[0]


class Gateway:
    """Asks the providers in order; whoever answers first is taken. `chain` None: what routes and settings say."""

    def __init__(self, chain: tuple[Link, ...] | None = None) -> None:
        self._chain = chain

    def ask(self, question: Question[T]) -> Answer[T]:
        """The answer to `question`.

        Raises ProviderUnavailableError (503) when nobody answered and the question has no answer by rules, DraftingFailedError (its
        subclass) when the rules broke, BudgetUsedUpError (429) when a budget, and nothing else, kept every model from answering.
        """
        troubles: list[Trouble] = []
        for link in self._links(question):
            try:
                answer = _asked(question, link)
            except TROUBLES as trouble:
                _note(question, link, trouble)
                troubles.append(trouble)
                continue
            _count(question, "cache" if answer.is_cached else "model")
            return answer
        return _by_rules(question, troubles)

    def stream(self, question: Question[T]) -> AnswerStream[T]:
        """The answer to a question for plain text, piece by piece. What cannot be streamed comes as one piece.

        Fails over to the next provider only until the first piece has been given.
        """
        finished: list[Answer[T]] = []
        return AnswerStream(self._pieces(question, finished), finished)

    def _pieces(self, question: Question[T], finished: list[Answer[T]]) -> Iterator[str]:
        if question.output is not None:
            answer = self.ask(question)
            finished.append(answer)
            yield str(answer.value)
            return
        troubles: list[Trouble] = []
        for link in self._links(question):
            given: list[str] = []
            pieces = _streamed(question, link)
            try:
                while True:
                    try:
                        piece = next(pieces)
                    except StopIteration as end:
                        answer = end.value
                        break
                    if piece:
                        given.append(piece)
                        yield piece
            except TROUBLES as trouble:
                _note(question, link, trouble)
                troubles.append(trouble)
                if not given:
                    continue
                if question.joined is None or question.offline is None:
                    _count(question, "none")
                    raise _unavailable(troubles) from trouble
                begun = "".join(given)
                ruled = _by_rules(question, troubles)
                whole = replace(ruled, value=question.joined(begun, ruled.value))
                finished.append(
                    replace(whole, parameters={**whole.parameters, "begun_by": f"{link.provider} {link.model}"})
                )
                yield str(whole.value)[len(begun) :]
                return
            finally:
                pieces.close()
            _count(question, "cache" if answer.is_cached else "model")
            finished.append(answer)
            return
        answer = _by_rules(question, troubles)
        finished.append(answer)
        yield str(answer.value)

    def _links(self, question: Question[T]) -> tuple[Link, ...]:
        if not question.prompt:
            return ()
        return chain_for(question.purpose) if self._chain is None else self._chain


def input_hash(question: Question[T]) -> bytes:
    """SHA-256 of everything an answer by rules may rest on."""
    content = {
        "purpose": str(question.purpose),
        "prompt": question.prompt,
        "audience": question.audience.key,
        "locale": question.locale,
        "values": dict(question.values),
        "materials": [(m.label, m.id, m.text) for m in question.materials],
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def _asked(question: Question[T], link: Link) -> Answer[T]:
    started = time.perf_counter()
    here = identity_here(question, link)
    handed = kept.at_hand(here, question.audience)
    if handed is not None:
        return _answer(question, link, handed, read_restored(question, handed.text), True, started)
    ready = prepare(question, link)
    answer, is_cached = kept.kept_or_made(
        question.purpose, ready.key, question.audience, lambda: made_answer(question, link, ready)
    )
    named = msgspec.structs.replace(answer, text=restored(question, ready, answer.text))
    value = read_restored(question, named.text)
    kept.hand(here, question.audience, named)
    return _answer(question, link, answer, value, is_cached, started)


def _streamed(question: Question[T], link: Link) -> Generator[str, None, Answer[T]]:
    started = time.perf_counter()
    ready = prepare(question, link)
    answer, is_cached = kept.kept(question.purpose, ready.key, question.audience), True
    if answer is None:
        is_cached = False
        answer = yield from streamed(question, link, ready, settings.AI_STREAM_SECONDS)
        kept.keep(question.purpose, ready.key, question.audience, answer)
        return _answer(question, link, answer, read_answer(question, ready, answer.text), is_cached, started)
    text = restored(question, ready, answer.text)
    value = read_restored(question, text)
    yield from shown(question, [text])
    return _answer(question, link, answer, value, is_cached, started)


def _answer(
    question: Question[T], link: Link, answer: KeptAnswer, value: T, is_cached: bool, started: float
) -> Answer[T]:
    prompt_version, parameters = parameters_of(question, link)
    return Answer(
        value=value,
        provider=link.provider,
        model=link.model,
        prompt_version=prompt_version,
        input_hash=hashlib.sha256(answer.request).digest(),
        output_hash=answer.text_hash,
        usage=Usage() if is_cached else Usage(answer.input_tokens, answer.output_tokens),
        latency_ms=round((time.perf_counter() - started) * 1000),
        is_cached=is_cached,
        request=answer.request,
        parameters=parameters,
        cost=Decimal(0) if is_cached else cost_of(answer.micros),
    )


def _by_rules(question: Question[T], troubles: list[Trouble]) -> Answer[T]:
    if question.offline is None:
        _count(question, "none")
        raise _unavailable(troubles)
    started = time.perf_counter()
    value = _ruled(question.offline)
    _count(question, "rules")
    return Answer(
        value=value,
        provider=MODEL,
        model=MODEL,
        prompt_version=PROMPT_VERSION,
        input_hash=input_hash(question),
        output_hash=hashlib.sha256(repr(value).encode()).digest(),
        usage=Usage(),
        latency_ms=round((time.perf_counter() - started) * 1000),
        parameters={"passed_over": [_kind(trouble) for trouble in troubles]} if troubles else {},
    )


def _ruled(rules: Callable[[], T]) -> T:
    try:
        return rules()
    except Exception as error:
        # the message could hold what a party wrote; the type is enough to find the fault
        raise DraftingFailedError.of(error) from error


def _unavailable(troubles: list[Trouble]) -> Exception:
    if troubles and all(isinstance(trouble, BudgetUsedUpError) for trouble in troubles):
        return troubles[0]
    asked = [trouble.retry_after for trouble in troubles if isinstance(trouble, ProviderFailure)]
    pause = max([15.0, *(seconds for seconds in asked if seconds is not None)])
    reason = ", ".join(_kind(trouble) for trouble in troubles) or "no provider"
    return ProviderUnavailableError(reason, retry_after=min(3600, round(pause)))


def _kind(trouble: Trouble) -> str:
    if isinstance(trouble, ProviderFailure):
        return str(trouble)
    return trouble.reason if isinstance(trouble, BudgetUsedUpError) else "circuit_open"


def _note(question: Question[Any], link: Link, trouble: Trouble) -> None:
    log.warning(
        "provider passed over",
        extra={"provider": link.provider, "purpose": str(question.purpose), "error": _kind(trouble)},
    )


def _count(question: Question[Any], source: str) -> None:
    metrics.AI_ANSWERS.labels(str(question.purpose), source).inc()


def gateway() -> Gateway:
    """The deployment's gateway: the chain of each purpose from the back-office, else from the environment."""
    return Gateway()
