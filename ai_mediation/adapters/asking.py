"""Asking one link of a chain: scrub, fill the prompt, reserve, call, read, repair once."""

import hashlib
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeVar

import orjson
from django.conf import settings
from pydantic import BaseModel, ValidationError

from ai_mediation.adapters.budgets import Wanted, counted_of
from ai_mediation.adapters.kept import KeptAnswer
from ai_mediation.adapters.passage import Passage, passage
from ai_mediation.adapters.prompts import prompt_named
from ai_mediation.adapters.providers.calls import (
    FREE,
    PASSING,
    Call,
    Completion,
    CountedFailure,
    ProviderFailure,
    failure,
)
from ai_mediation.adapters.providers.clients import provider_named
from ai_mediation.adapters.questions import Material, Question, Usage
from ai_mediation.adapters.scrubbing import Scrubber
from ai_mediation.adapters.showing import shown
from ai_mediation.selectors.routing import Link, price_of
from kernel import metrics
from kernel.breaker import CircuitBreaker
from kernel.retry import retrying

T = TypeVar("T")

OVERHEAD_TOKENS: Final = 600  # what providers add around messages and schemas, generously
_CODE_FENCE = re.compile(r"\A```(?:json)?\s*\n(?P<inside>.*)\n```\s*\Z", re.DOTALL)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True)
class Prepared:
    """A question made ready for one link: nothing in `call` names a person."""

    call: Call
    key: str
    prompt_version: str
    scrubber: Scrubber


def identity_here(question: Question[Any], link: Link) -> str:
    """A hash of all that `prepare` reads, with names as they are: it never leaves this process."""
    schema = _schema_of(question.output).decode() if question.output is not None else None
    content = [
        [question.audience.key, question.locale, prompt_named(question.prompt).label, question.max_tokens, schema],
        [link.provider, link.model, link.temperature, link.max_tokens, link.timeout],
        [(one.label, one.text, one.id) for one in question.materials],
        dict(question.values),
        [(one.id, one.names) for one in question.people],
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def prepare(question: Question[Any], link: Link) -> Prepared:
    """Scrub and fill. The same question to the same link is the same bytes and the same key."""
    prompt = prompt_named(question.prompt)
    scrubber = Scrubber(question.people, _scope(question))
    system, user = prompt.fill(
        locale=question.locale,
        values={name: scrubber.scrub(value) for name, value in question.values.items()},
        materials=[Material(scrubber.scrub(m.label), scrubber.scrub(m.text), m.id) for m in question.materials],
    )
    version, parameters = parameters_of(question, link)
    call = Call(
        model=link.model,
        system=system,
        messages=(("user", user),),
        schema=question.output,
        max_tokens=parameters["max_tokens"],
        temperature=parameters["temperature"],
        seconds=parameters["timeout"],
    )
    identity = _identity(question, link, call, version)
    return Prepared(replace(call, key=identity), identity, version, scrubber)


def parameters_of(question: Question[Any], link: Link) -> tuple[str, dict[str, Any]]:
    """The prompt's version, and the parameters of a call.

    A route's temperature goes before the prompt's; Anthropic's newer models take none, so there only a route's is sent.
    """
    prompt = prompt_named(question.prompt)
    temperature = link.temperature
    if temperature is None and link.provider == "openai":
        temperature = prompt.temperature
    most = min(question.max_tokens, link.max_tokens)
    return prompt.label, {"temperature": temperature, "max_tokens": most, "timeout": link.timeout}


def made_answer(question: Question[Any], link: Link, ready: Prepared) -> KeptAnswer:
    """The provider's answer, readable as the question wants it; one wrong answer is shown back to be repaired, once.

    The time of the link holds for all attempts of a call together; a repair is a call of its own.
    Raises ProviderFailure, CircuitOpenError or BudgetUsedUpError.
    """
    first = _called(question, link, ready.call)
    usage = first.usage
    try:
        read_answer(question, ready, first.text)
        if first.is_cut_short and question.output is not None:
            raise failure("cut_short")
        return _kept(link, first, usage)
    except ProviderFailure as wrong:
        if first.is_cut_short and question.output is not None:
            raise failure("cut_short") from wrong  # the same limit would cut it again
        words = ready.scrubber.scrub(str(wrong.__cause__ and _complaint(wrong.__cause__)))
    repair = replace(
        ready.call,
        messages=(
            *ready.call.messages,
            ("assistant", first.text),
            ("user", f"That answer cannot be used. Correct exactly this and answer again in the same form:\n{words}"),
        ),
    )
    repair = replace(repair, key=_identity(question, link, repair, ready.prompt_version))
    second = _called(question, link, repair)
    read_answer(question, ready, second.text)
    usage = Usage(usage.input_tokens + second.usage.input_tokens, usage.output_tokens + second.usage.output_tokens)
    return _kept(link, second, usage)


def streamed(
    question: Question[Any], link: Link, ready: Prepared, most_seconds: float
) -> Generator[str, None, KeptAnswer]:
    """Pieces with names restored, each checked where the question can; returns the whole.

    What passes is tried again within the time of the link, but only until the first piece: what was shown cannot be taken back.
    """
    began = time.monotonic()

    def begun() -> tuple[str, Generator[str, None, Completion]]:
        pieces = _stream(question, link, ready, began + most_seconds - time.monotonic())
        return next(pieces), pieces

    first, pieces = _patiently(begun, began + min(link.timeout, most_seconds))
    try:
        yield first
        whole = yield from pieces
    finally:
        pieces.close()
    read_answer(question, ready, whole.text)
    return _kept(link, whole, whole.usage)


def _stream(question: Question[Any], link: Link, ready: Prepared, seconds: float) -> Generator[str, None, Completion]:
    """One attempt: at least one piece, which may be empty."""
    way = _passage(question, link, ready.call)
    began = time.monotonic()
    first_piece: list[float] = []
    whole: list[Completion] = []
    outcome, counts_against, used = "stopped", False, None
    is_shown = False

    def pieces() -> Generator[str, None, None]:
        source = provider_named(link.provider).stream(ready.call.within(seconds))
        try:
            while True:
                try:
                    piece = next(source)
                except StopIteration as end:
                    whole.append(end.value)
                    return
                first_piece.append(time.monotonic() - began)
                yield piece
        finally:
            source.close()

    arriving = pieces()
    try:
        for piece in shown(question, (plain(piece) for piece in ready.scrubber.restoring(arriving))):
            is_shown = True
            yield piece
        outcome, used = "answered", whole[0].usage
        counts_against = first_piece[0] > link.timeout * settings.AI_SLOW_SHARE
    except ProviderFailure as trouble:
        outcome, used, counts_against = trouble.kind, _used(trouble), isinstance(trouble, CountedFailure)
        raise
    finally:
        arriving.close()  # a sentence that is refused ends the call
        _end(question, link, way, used, outcome, time.monotonic() - began, went_well=not counts_against)
    if not is_shown:
        yield ""
    return whole[0]


def read_answer(question: Question[T], ready: Prepared, text: str) -> T:
    """What the question wants of the provider's text, with names back in place.

    Raises ProviderFailure `wrong_schema`, whose cause says what is wrong.
    """
    return read_restored(question, restored(question, ready, text))


def restored(question: Question[Any], ready: Prepared, text: str) -> str:
    """The provider's text with names back in place, value by value where it is structured. Raises ProviderFailure `wrong_schema`."""
    if question.output is None:
        return plain(ready.scrubber.restore(text))
    fenced = _CODE_FENCE.match(text.strip())
    try:
        said = orjson.loads(fenced["inside"] if fenced else text)
        return orjson.dumps(_restored(said, ready.scrubber)).decode()
    except (orjson.JSONDecodeError, RecursionError, TypeError) as error:  # no JSON, or nested beyond sense
        raise failure("wrong_schema", type(error).__name__) from error


def read_restored(question: Question[T], text: str) -> T:
    """What the question wants of `restored` text. Raises ProviderFailure `wrong_schema`, whose cause says what is wrong."""
    try:
        value: Any = text if question.output is None else question.output.model_validate_json(text)
        return question.read(value) if question.read is not None else value
    except ValueError as error:  # pydantic's and the reader's own
        raise failure("wrong_schema", type(error).__name__) from error


def plain(text: str) -> str:
    """Text without control and invisible characters: what cannot be seen is not passed on."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n"))


def cost_of(micros: int) -> Decimal:
    """Millionths as an amount of the deployment's currency."""
    return Decimal(micros) / 1_000_000


def breaker_of(provider: str, purpose: str) -> CircuitBreaker:
    """The breaker of one provider for one purpose."""
    return CircuitBreaker(f"ai.{provider}.{purpose}", settings.AI_BREAKER_FAILURES, settings.AI_BREAKER_SECONDS)


def _called(question: Question[Any], link: Link, call: Call) -> Completion:
    until = time.monotonic() + call.seconds

    def attempt() -> Completion:
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise failure("timeout")
        return _completed(question, link, call.within(seconds), call.seconds * settings.AI_SLOW_SHARE)

    return _patiently(attempt, until)


def _patiently(attempt: Callable[[], T], until: float) -> T:
    """What passes is tried again; a pause that would end after `until` is not begun."""

    def passing() -> T:
        try:
            return attempt()
        except CountedFailure as trouble:
            if trouble.kind in PASSING:
                raise _AgainError(trouble) from trouble
            raise

    try:
        return retrying(
            passing,
            retry_on=(_AgainError,),
            delays=settings.AI_RETRY_PAUSES,
            asked_pause=_asked_pause,
            until=until,
        )
    except _AgainError as last:
        raise last.trouble from last


class _AgainError(Exception):
    """Worth another attempt."""

    def __init__(self, trouble: CountedFailure) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def _asked_pause(error: Exception) -> float | None:
    return error.trouble.retry_after if isinstance(error, _AgainError) else None


def _completed(question: Question[Any], link: Link, call: Call, slow_after: float) -> Completion:
    """One attempt. What the provider is to blame for counts against it, and so does an answer that took too long."""
    provider = provider_named(link.provider)
    way = _passage(question, link, call)
    began = time.monotonic()
    outcome, used, went_well = "broken", None, True
    try:
        completion = provider.complete(call)
        outcome, used = "answered", completion.usage
        went_well = time.monotonic() - began <= slow_after
        return completion
    except ProviderFailure as trouble:
        outcome, used, went_well = trouble.kind, _used(trouble), not isinstance(trouble, CountedFailure)
        raise
    finally:
        _end(question, link, way, used, outcome, time.monotonic() - began, went_well=went_well)


def _passage(question: Question[Any], link: Link, call: Call) -> Passage:
    texts = [call.system, *(text for _role, text in call.messages)]
    schema = len(_schema_of(call.schema)) if call.schema is not None else 0
    most_in = sum(len(text.encode()) for text in texts) + schema + OVERHEAD_TOKENS
    micros = price_of(link.provider, link.model).of(most_in, call.max_tokens)
    counted = counted_of(question.audience.dispute_id, question.asked_by_id)
    return passage(breaker_of(link.provider, question.purpose), Wanted(counted, most_in + call.max_tokens, micros))


def _used(trouble: ProviderFailure) -> Usage | None:
    return Usage() if trouble.kind in FREE else trouble.usage


def _end(
    question: Question[Any],
    link: Link,
    way: Passage,
    used: Usage | None,
    outcome: str,
    seconds: float,
    *,
    went_well: bool,
) -> None:
    labels = (link.provider, str(question.purpose))
    metrics.AI_SECONDS.labels(*labels, outcome).observe(seconds)
    if used is None:  # nobody knows: the provider may have counted all of it
        way.end(went_well=went_well, used=None)
        return
    micros = price_of(link.provider, link.model).of(used.input_tokens, used.output_tokens)
    way.end(went_well=went_well, used=(used.input_tokens + used.output_tokens, micros))
    metrics.AI_TOKENS.labels(*labels, "in").inc(used.input_tokens)
    metrics.AI_TOKENS.labels(*labels, "out").inc(used.output_tokens)
    metrics.AI_COST.labels(*labels).inc(micros / 1_000_000)


def _kept(link: Link, completion: Completion, usage: Usage) -> KeptAnswer:
    micros = price_of(link.provider, link.model).of(usage.input_tokens, usage.output_tokens)
    digest = hashlib.sha256(completion.text.encode()).digest()
    return KeptAnswer(completion.text, digest, completion.request, usage.input_tokens, usage.output_tokens, micros)


def _identity(question: Question[Any], link: Link, call: Call, prompt_version: str) -> str:
    """The same for the same question to the same link, and for nobody outside its audience."""
    schema = _schema_of(call.schema).decode() if call.schema is not None else None
    place = [question.audience.key, question.locale, link.provider, link.model, prompt_version]
    content = [call.system, call.messages, schema, call.max_tokens, call.temperature]
    return hashlib.sha256(orjson.dumps([place, content], option=orjson.OPT_SORT_KEYS)).hexdigest()


@lru_cache(maxsize=128)
def _schema_of(model: type[BaseModel]) -> bytes:
    return orjson.dumps(model.model_json_schema(), option=orjson.OPT_SORT_KEYS)


def _scope(question: Question[Any]) -> str:
    """Placeholders are the same throughout a dispute; outside of one, for a person."""
    return str(question.audience.dispute_id or question.audience.person_id or question.audience.kind)


def _restored(said: Any, scrubber: Scrubber) -> Any:
    if isinstance(said, str):
        return plain(scrubber.restore(said))
    if isinstance(said, list):
        return [_restored(item, scrubber) for item in said]
    if isinstance(said, dict):
        return {name: _restored(item, scrubber) for name, item in said.items()}
    return said


def _complaint(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        found = error.errors(include_input=False, include_url=False, include_context=False)[:20]
        return "\n".join(f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in found)
    if isinstance(error, orjson.JSONDecodeError):
        return "The answer must be one JSON object and nothing else."
    return str(error)
