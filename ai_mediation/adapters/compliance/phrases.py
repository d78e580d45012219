# ruff: noqa: SIM905 - lists of words are read as words
"""Phrases: how a policy says which words it looks for. Not regular expressions: no phrase can take long on any text.

    exclud*|limit* ..6 liab* ..12 death|injur*

A phrase is a row of steps. A step is one word or several with `|` between them; `word*` is a beginning, `two_words` (or
`two-words`) stand side by side, `#` is a number. Between steps `..6` lets up to six other words stand in between; without it the
next word must follow. Accents and capitals do not matter. All steps are found in one clause, in this order.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from ai_mediation.adapters.compliance.wordlist import Words, fold

WIDEST_GAP = 60
_NUMBER = re.compile(r"\d[\d.,]*")
_STEP_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?\*?|%|#")
NEGATIONS = frozenset(
    "not never no nothing none neither nor cannot without can't don't doesn't didn't isn't aren't won't "
    "wouldn't nunca jamas nada ningun ninguna ninguno ni sin tampoco".split()
)
BEFORE = 4  # how many words before a phrase may turn it round ("nothing in this agreement limits …")


class PhraseError(ValueError):
    """A phrase that is not written as described here."""


@dataclass(frozen=True)
class Step:
    """The alternatives of one step, each a row of words; `gap` is how many words may stand before it."""

    alternatives: tuple[tuple[str, ...], ...]
    gap: int


@dataclass(frozen=True)
class Phrase:
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Hit:
    """Words `first` to `last` of one clause. `taken` are the words that the steps themselves stand on."""

    clause: int
    first: int
    last: int
    taken: frozenset[int]


def parse_phrase(source: str) -> Phrase:
    """Read a phrase. Raises PhraseError with what is wrong."""
    steps: list[Step] = []
    gap = 0
    for part in source.split():
        if part.startswith(".."):
            if not part[2:].isdigit() or not 1 <= int(part[2:]) <= WIDEST_GAP or not steps:
                raise PhraseError(f"{part!r}: a gap is ..1 to ..{WIDEST_GAP} between two steps.")
            gap = int(part[2:])
            continue
        steps.append(Step(tuple(_alternative(one) for one in part.split("|")), gap))
        gap = 0
    if not steps or gap:
        raise PhraseError(f"{source!r} has no last step.")
    return Phrase(tuple(steps))


def _alternative(source: str) -> tuple[str, ...]:
    words = tuple(fold(word) for word in re.split("[_-]", source))
    for word in words:
        if not _STEP_WORD.fullmatch(word):
            raise PhraseError(f"{source!r}: {word!r} is no word.")
    return words


def hits(phrase: Phrase, text: Words) -> Iterator[Hit]:
    """Where the phrase stands, at most once per clause; costs what its rarest word costs."""
    if not all(any(_is_there(alternative[0], text) for alternative in step.alternatives) for step in phrase.steps):
        return
    ends = [_ends_by_start(step, text) for step in phrase.steps]
    if not all(ends):
        return
    starts = [sorted(found) for found in ends]
    done = -1
    for start in starts[0]:
        clause = text.clause_of[start]
        if clause != done and (taken := _follow(phrase, ends, starts, text, start)) is not None:
            done = clause
            yield Hit(clause, start, max(taken), frozenset(taken))


def is_negated(hit: Hit, text: Words) -> bool:
    """Whether a word like "not" or "sin" stands just before the hit or inside it, and is no part of the phrase itself."""
    first = max(text.clauses[hit.clause].first, hit.first - BEFORE)
    return any(place not in hit.taken and text.words[place] in NEGATIONS for place in range(first, hit.last + 1))


def _follow(
    phrase: Phrase, ends: list[dict[int, int]], starts: list[list[int]], text: Words, start: int
) -> list[int] | None:
    """The places of the words of all steps from `start` on; None when a step finds none. Dead ends are tried once."""
    dead: set[tuple[int, int]] = set()
    limit = text.clauses[text.clause_of[start]].last

    def from_step(number: int, at: int) -> list[int] | None:
        end = ends[number][at]
        own = list(range(at, end + 1))
        if number + 1 == len(phrase.steps):
            return own
        low, high = end + 1, min(end + 1 + phrase.steps[number + 1].gap, limit)
        row = starts[number + 1]
        for following in row[bisect_left(row, low) : bisect_right(row, high)]:
            if (number + 1, following) in dead:
                continue
            rest = from_step(number + 1, following)
            if rest is not None:
                return own + rest
            dead.add((number + 1, following))
        return None

    return from_step(0, start)


def _ends_by_start(step: Step, text: Words) -> dict[int, int]:
    """Where the step's alternatives begin, each with the place of its last word; within one clause."""
    found: dict[int, int] = {}
    for alternative in step.alternatives:
        for start in _places(alternative[0], text):
            end = start + len(alternative) - 1
            if end >= len(text.words) or text.clause_of[end] != text.clause_of[start]:
                continue
            if all(_fits(word, text.words[start + offset]) for offset, word in enumerate(alternative)):
                found[start] = max(found.get(start, end), end)
    return found


def _is_there(word: str, text: Words) -> bool:
    if word == "#":
        return any(known[0].isdigit() for known in text.vocabulary)
    if not word.endswith("*"):
        return word in text.places
    low = bisect_left(text.vocabulary, word[:-1])
    return low < len(text.vocabulary) and text.vocabulary[low].startswith(word[:-1])


def _places(word: str, text: Words) -> list[int]:
    if word == "#":
        return [place for place, one in enumerate(text.words) if one[0].isdigit()]
    if not word.endswith("*"):
        return text.places.get(word, [])
    low = bisect_left(text.vocabulary, word[:-1])
    places: list[int] = []
    for known in text.vocabulary[low:]:
        if not known.startswith(word[:-1]):
            break
        places += text.places[known]
    return places


def _fits(pattern: str, word: str) -> bool:
    if pattern == "#":
        return _NUMBER.fullmatch(word) is not None
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
