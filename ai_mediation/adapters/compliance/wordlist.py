# ruff: noqa: SIM905 - lists of words are read as words
"""A text as words with their places, and its clauses: what phrases are looked for in."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

LONGEST_CLAUSE = 1500  # characters; a longer one is cut, so that no clause costs more than its share
_WORD = re.compile(r"\d[\d.,]*\d|\d|%|[^\W\d_]+(?:['’][^\W\d_]+)?")
# Possessive quantifiers keep this linear on hostile runs of dots or blank lines.
_BOUNDARY = re.compile(r"[.!?;…]++[\"”»)\]']*+(?=\s)|\n\s*+")
_BULLET = re.compile(r"[ \t]*+(?:[-–•*]|\(?[0-9ivx]{1,4}(?:\.[0-9]{1,3}){0,3}[.)]|\(?[a-zñ]\))\s", re.IGNORECASE)
_SHORT = frozenset(
    "approx aprox art arts no nr núm num mr mrs ms dr sr sra inc ltd co cl vs e.g i.e p.ej sec pág s.a s.l d dª".split()
)
_WRAPPED = 50  # characters: a line at least this long that ends without a full stop goes on in the next one


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence or list item; `first` and `last` are its words, `start` and `end` its characters."""

    start: int
    end: int
    first: int
    last: int


class Words:
    """The words of a text in lower case and without accents, each with its place, and the clauses they stand in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = [match.span() for match in _WORD.finditer(text)]
        self.words = [fold(text[start:end]) for start, end in self.spans]
        self.clauses: list[Clause] = []
        self.clause_of: list[int] = []
        self._cut_into_clauses()

    def _cut_into_clauses(self) -> None:
        at = 0
        for start, end in _clause_spans(self.text):
            first = at
            while at < len(self.spans) and self.spans[at][0] < end:
                at += 1
            if at > first:
                self.clause_of.extend([len(self.clauses)] * (at - first))
                self.clauses.append(Clause(start, end, first, at - 1))

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each word stands, in order."""
        found: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            found.setdefault(word, []).append(place)
        return found

    @cached_property
    def vocabulary(self) -> list[str]:
        """Every word once, sorted: prefixes are found by bisection."""
        return sorted(self.places)

    def text_of(self, clause: Clause) -> str:
        return self.text[clause.start : clause.end]


def fold(word: str) -> str:
    """Lower case, no accents, straight apostrophes: "Indemnización" and "indemnizacion" are one word."""
    lowered = word.casefold()
    if lowered.isascii():
        return lowered
    bare = "".join(letter for letter in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(letter))
    return bare.replace("’", "'")


def _clause_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.start() >= start and _is_end(text, start, match):
            yield from _pieces(text, start, match.end())
            start = match.end()
    yield from _pieces(text, start, len(text))


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    """A full stop ends a clause but after an abbreviation; a line end does unless the line was only wrapped."""
    mark = match.group()
    if mark[0] != "\n":
        return mark[0] != "." or not _is_abbreviation(text, match.start())
    following = text[match.end() : match.end() + 12]
    if mark.count("\n") > 1 or not following:
        return True
    line = text[max(start, match.start() - _WRAPPED) : match.start()].rstrip()
    if len(line) < _WRAPPED - 2 or "\n" in line or line[-1:] in ".!?;:…":
        return not following[:1].islower()
    return bool(_BULLET.match(following))


def _is_abbreviation(text: str, dot: int) -> bool:
    before = text[max(0, dot - 8) : dot].rsplit(None, 1)
    word = before[-1].casefold().lstrip("(\"“«'") if before else ""
    return word in _SHORT or (word.isdigit() and text[max(0, dot - 8) : dot].rstrip(word).endswith("\n"))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without its outer white space, cut at a blank where it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST_CLAUSE:
        cut = text.rfind(" ", start + LONGEST_CLAUSE // 2, start + LONGEST_CLAUSE)
        cut = cut if cut > start else start + LONGEST_CLAUSE
        yield start, cut
        start = cut + 1 if text[cut : cut + 1] == " " else cut
    if start < end:
        yield start, end
