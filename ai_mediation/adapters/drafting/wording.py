"""The free passages of a document in clearer words: a model may word them, and may change nothing that they say.

Only the fields named here are shown to a model; parties, facts, terms and sums are never. An answer in which a figure, a day, a name, its
order or a denial differs from the passage is refused whole, and the passages stay as they were written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from ai_mediation.adapters.gateway import gateway
from ai_mediation.adapters.mediator.grounds import RefusedAnswerError, checked_text
from ai_mediation.adapters.offline.dates import MONTH_WORDS
from ai_mediation.adapters.offline.draft import MODEL
from ai_mediation.adapters.offline.numbers import WORDS
from ai_mediation.adapters.questions import Answer, Audience, KnownPerson, Material, Question
from ai_mediation.enums import Purpose

FREE: Final[Mapping[str, str]] = {"settlement_agreement": "recitals"}  # type of document → its list of free passages
MOST_PASSAGES: Final = 20
MOST_CHARACTERS: Final = 8000  # of all passages together; what is longer stays as it is written

_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ARTICLES = frozenset(("one", "un", "una", "uno"))
_DENIALS = frozenset(
    (
        *("not", "no", "nor", "never", "none", "nobody", "nothing", "neither", "without", "cannot"),
        *("nunca", "jamás", "ni", "sin", "ningún", "ninguna", "ninguno", "nadie", "nada", "tampoco"),
    )
)


class Passage(BaseModel):
    """One passage in other words."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=MOST_PASSAGES)
    text: str = Field(min_length=1, max_length=5000)


class Passages(BaseModel):
    """What a model answers."""

    model_config = ConfigDict(extra="forbid")

    passages: list[Passage] = Field(max_length=MOST_PASSAGES)


@dataclass(frozen=True)
class Worded:
    """The inputs with the passages as they now read, and how a model was asked; `question` None: there was nothing to ask."""

    inputs: dict[str, Any]
    question: Question[tuple[str, ...]] | None = None
    answer: Answer[tuple[str, ...]] | None = None

    @property
    def model(self) -> str:
        """Whose words the passages are; empty when they are those of the inputs."""
        return self.answer.model if self.answer is not None and self.answer.provider != MODEL else ""

    @property
    def count(self) -> int:
        return len(self.answer.value) if self.answer is not None and self.model else 0


def worded(kind: str, inputs: dict[str, Any], *, tone: str, locale: str, asked_by_id: UUID) -> Worded:
    """The inputs of a document of this type, its free passages worded by a model where one answers and its answer holds."""
    field = FREE.get(kind, "")
    passages = tuple(inputs.get(field) or ())
    names = tuple(str(party["name"]) for party in inputs.get("parties", ()))
    if not passages or len(passages) > MOST_PASSAGES or sum(map(len, passages)) > MOST_CHARACTERS:
        return Worded(inputs)
    if not all(_fits(passage, passage, names) for passage in passages):
        return Worded(inputs)  # blanks, addresses, markup: no model's answer with those would be taken
    question = passages_question(passages, names, tone=tone, locale=locale, asked_by_id=asked_by_id)
    answer = gateway().ask(question)
    return Worded({**inputs, field: list(answer.value)}, question, answer)


def passages_question(
    passages: tuple[str, ...], names: tuple[str, ...], *, tone: str, locale: str, asked_by_id: UUID
) -> Question[tuple[str, ...]]:
    """Of the writer's audience alone."""
    wish = (Material("tone that is wished", tone, "tone"),) if tone else ()
    numbered = [Material(f"passage {number}", text, str(number)) for number, text in enumerate(passages, start=1)]
    return Question(
        purpose=Purpose.DRAFT,
        prompt="draft",
        audience=Audience("person", person_id=asked_by_id),
        locale=locale,
        materials=(*numbered, *wish),
        people=tuple(KnownPerson(uuid5(NAMESPACE_OID, name), (name,)) for name in names),
        output=Passages,
        read=lambda output: _read(output, passages, names),
        offline=lambda: passages,
        asked_by_id=asked_by_id,
        max_tokens=2000,
    )


def _read(output: BaseModel | str, passages: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(output, Passages):
        raise RefusedAnswerError("no passages")
    said = {one.number: one.text for one in output.passages}
    if len(said) != len(output.passages) or sorted(said) != list(range(1, len(passages) + 1)):
        raise RefusedAnswerError("not every passage once")
    return tuple(checked(said[number], passage, names) for number, passage in enumerate(passages, start=1))


def checked(said: str, passage: str, names: tuple[str, ...]) -> str:
    """The wording, plain. Raises RefusedAnswerError when it says anything else than the passage, as far as code can tell."""
    text = checked_text(said, [passage], longest=max(400, 2 * len(passage)))
    if _figures(text) != _figures(passage):
        raise RefusedAnswerError("a figure or a day was lost, added or changed")
    if list(_people(text, names)) != list(_people(passage, names)):
        raise RefusedAnswerError("a name was lost, added, changed or moved")
    if _denials(text) != _denials(passage):
        raise RefusedAnswerError("what was denied is not, or the other way round")
    return text


def _fits(said: str, passage: str, names: tuple[str, ...]) -> bool:
    try:
        checked(said, passage, names)
    except RefusedAnswerError:
        return False
    return True


def _figures(text: str) -> list[str]:
    written = [match.group().lower() for match in WORDS.finditer(text)]
    months = [word for word in _words(text) if word in MONTH_WORDS]
    return sorted([*_DIGITS.findall(text), *(word for word in written if word not in _ARTICLES), *months])


def _people(text: str, names: tuple[str, ...]) -> Iterator[str]:
    parts = {word for name in names for word in _words(name)}
    return (word for word in _words(text) if word in parts)


def _denials(text: str) -> int:
    return sum(word in _DENIALS or word.replace("’", "'").endswith("n't") for word in _words(text))


def _words(text: str) -> Iterator[str]:
    return (match.group().lower() for match in _WORD.finditer(text))
