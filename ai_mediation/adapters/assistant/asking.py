"""A person's question as it goes to the gateway: with a model, or by rules when none answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from ai_mediation.adapters.assistant.answers import Spoken, answer_by_rules, label_of
from ai_mediation.adapters.assistant.passages import Quote, best_quotes
from ai_mediation.adapters.mediator.grounds import LINK, RefusedAnswerError
from ai_mediation.adapters.questions import Audience, KnownPerson, Material, Question
from ai_mediation.enums import Purpose
from disputes.public import Passage, ReaderFile
from kernel.formats import moment_text

PROMPT = "chat"
MOST_PASSAGES = 12
LONGEST_PASSAGE = 2000  # characters of one passage that a model is shown
_NUMBER = re.compile(r"\s?\[(\d{1,3})\]")
# Each within one word, too.
_MARKUP = re.compile(r"<(?=[a-z/!?])|(?<=\S)>|!(?=\[)|(?<=\])\(|`+|\*{2,}|~{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class Shown:
    """What of one passage a model is shown: `passage.text[start:end]`."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def chat_question(message: str, case: ReaderFile | None, *, person_id: UUID, locale: str) -> Question[Spoken]:
    """`message` with what its asker may read of the case; the audience is that person alone."""
    shown = _selected(message, case) if case is not None else []
    return Question(
        purpose=Purpose.CHAT,
        prompt=PROMPT,
        audience=Audience("person", case.dispute_id if case is not None else None, person_id),
        locale=locale,
        materials=(
            Material("question", message, "question"),
            *(Material(label_of(one.passage), one.text, str(number)) for number, one in enumerate(shown, 1)),
        ),
        values={"facts": _facts(case, locale)},
        people=_people(case),
        read=lambda output: spoken_of(output, shown),
        offline=lambda: answer_by_rules(message, case, locale),
        asked_by_id=person_id,
        so_far=lambda text: _counted(text, shown)[0],
    )


def spoken_of(output: BaseModel | str, shown: Sequence[Shown]) -> Spoken:
    """A model's answer as plain text with its references checked: numbers that point at nothing shown are out, the rest count from 1.

    Raises RefusedAnswerError when nothing is left of it.
    """
    text, cited = _counted(str(output), shown)
    if not text:
        raise RefusedAnswerError("empty")
    return Spoken(text, tuple(_place(shown[number - 1], said) for number, said in cited))


def _counted(output: str, shown: Sequence[Shown]) -> tuple[str, list[tuple[int, str]]]:
    """The text without links, markup and numbers that point at nothing; each number it cites, with what was said before it."""
    text = _MARKUP.sub("", LINK.sub("…", output)).strip()
    kept: dict[int, int] = {}
    cited: list[tuple[int, str]] = []

    def counted(match: re.Match[str]) -> str:
        number = int(match.group(1))
        if not 1 <= number <= len(shown):
            return ""
        if number not in kept:
            cited.append((number, text[max(0, match.start() - 300) : match.start()]))
            kept[number] = len(cited)
        return f" [{kept[number]}]"

    return _NUMBER.sub(counted, text), cited


def references_of(spoken: Spoken) -> list[dict[str, Any]]:
    """The quotes in the API's shape; each stands in its source at exactly these places."""
    return [
        {
            "number": number,
            "source": quote.passage.kind,
            "sourceId": str(quote.passage.id),
            "label": label_of(quote.passage),
            "isPrivate": quote.passage.is_private,
            "start": quote.start,
            "end": quote.end,
            "quote": quote.text,
        }
        for number, quote in enumerate(spoken.quotes, 1)
    ]


def _selected(message: str, case: ReaderFile) -> list[Shown]:
    """The passages nearest to the question, the newest proposal among them, in the order of the case."""
    near = {quote.passage.id: quote for quote in best_quotes(message, case.passages, most=MOST_PASSAGES)}
    newest = next((one for one in reversed(case.passages) if one.kind == "proposal"), None)
    chosen = [one for one in case.passages if one.id in near or one is newest or one.kind in ("description", "truth")]
    return [_window(one, near.get(one.id)) for one in chosen[-MOST_PASSAGES:]]


def _window(passage: Passage, near: Quote | None) -> Shown:
    """The passage, or of a long one what stands around the sentence that answers."""
    if len(passage.text) <= LONGEST_PASSAGE:
        return Shown(passage, 0, len(passage.text))
    middle = (near.start + near.end) // 2 if near is not None else 0
    start = max(0, min(middle - LONGEST_PASSAGE // 2, len(passage.text) - LONGEST_PASSAGE))
    return Shown(passage, start, start + LONGEST_PASSAGE)


def _place(shown: Shown, said: str) -> Quote:
    """The sentence of the passage that shares most with what was said of it; its beginning when none does."""
    found = best_quotes(said, [shown.passage], most=1)
    if found and shown.start <= found[0].start and found[0].end <= shown.end:
        return found[0]
    return Quote(shown.passage, shown.start, min(shown.end, shown.start + 200))


def _facts(case: ReaderFile | None, locale: str) -> str:
    """Where the case stands, in words of our own; names and what people wrote come as materials."""
    if case is None:
        return "No case was given."
    deadlines = (f"{one.what}: {moment_text(one.at, locale=locale, timezone=case.timezone)}" for one in case.deadlines)
    return "\n".join([case.state, case.next_step, *deadlines])


def _people(case: ReaderFile | None) -> tuple[KnownPerson, ...]:
    if case is None:
        return ()
    return tuple(KnownPerson(one.user_id, (one.name,)) for one in case.people if one.user_id is not None and one.name)
