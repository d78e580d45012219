"""The model gateway: one question goes along a chain of providers until one answers; rules are the last link.

`Gateway.ask` and `Gateway.stream` are the only way from a question to a model. Without a configured provider the chain is the
question's own answer by rules (`Question.offline`), which needs no key and no network.
"""

import hashlib
import time
from collections.abc import Iterator
from typing import Generic, TypeVar

import orjson

from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION
from ai_mediation.adapters.questions import Answer, Question, Usage
from ai_mediation.errors import DraftingFailedError, ProviderUnavailableError

T = TypeVar("T")


class AnswerStream(Generic[T]):
    """Pieces of text as they arrive, people's names back in place; `answer` is whole once all pieces are read.

    Iterate it once. An error before the first piece means that nobody answered; an error after it means that the answer was cut off
    and what was shown so far is not an answer: both are ProviderUnavailableError.
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
    """Asks the providers in order; whoever answers first is taken."""

    def ask(self, question: Question[T]) -> Answer[T]:
        """The answer to `question`.

        Raises ProviderUnavailableError (503) when nobody answered and the question has no answer by rules, DraftingFailedError (its
        subclass) when the rules broke.
        """
        return _by_rules(question)

    def stream(self, question: Question[T]) -> AnswerStream[T]:
        """The answer to a question for plain text, piece by piece. What cannot be streamed comes as one piece."""
        finished: list[Answer[T]] = []

        def pieces() -> Iterator[str]:
            answer = _by_rules(question)
            finished.append(answer)
            yield str(answer.value)

        return AnswerStream(pieces(), finished)


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


def _by_rules(question: Question[T]) -> Answer[T]:
    if question.offline is None:
        raise ProviderUnavailableError("No provider answered.")
    started = time.perf_counter()
    try:
        value = question.offline()
    except Exception as error:
        # the message could hold what a party wrote; the type is enough to find the fault
        raise DraftingFailedError(f"The offline engine raised {type(error).__name__}.") from error
    return Answer(
        value=value,
        provider=MODEL,
        model=MODEL,
        prompt_version=PROMPT_VERSION,
        input_hash=input_hash(question),
        output_hash=hashlib.sha256(repr(value).encode()).digest(),
        usage=Usage(),
        latency_ms=round((time.perf_counter() - started) * 1000),
    )


def gateway() -> Gateway:
    """The deployment's chain."""
    return Gateway()
