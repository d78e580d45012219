"""A party's text as sentences with their exact places in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from disputes.public import Source

# Possessive quantifiers and look-behinds keep this linear on hostile runs of dots, quotes or blank lines.
_BOUNDARY = re.compile(r"(?<![.!?…])[.!?…]++[\"”»)\]']*+(?:\s++|$)|\n[ \t\r]*+\n\s*+|;\s++")
_LINE = re.compile(r"[\r\n]++")
_QUOTED = re.compile(r"\"[^\"]*+\"|“[^“”]*+”|«[^«»]*+»|„[^„“”]*+[“”]")
_BLANK = re.compile(r"\s")
_WORD = re.compile(r"[^\W_]+")
_WORD_BEFORE = re.compile(r"[^\s]{1,12}\Z")
_ABBREVIATIONS = frozenset(
    [
        "approx",
        "aprox",
        "ca",
        "e.g",
        "i.e",
        "mr",
        "mrs",
        "ms",
        "dr",
        "sr",
        "sra",
        "srta",
        "nr",
        "no",
        "núm",
        "num",
        "art",
        "p.ej",
        "vs",
        "incl",
        "max",
        "min",
        "st",
        "avda",
        "c",
        "z.b",
        "etc",
        "pág",
        "fig",
    ]
)


@dataclass(frozen=True)
class Sentence:
    """`text == source.text[start:end]`. `spoken` is as long and holds what the author says: quoted speech is blanked out, every
    white space is a blank. `words` are its words in lower case, for asking cheaply whether a closer look is worth it.
    """

    source: Source
    start: int
    end: int
    spoken: str
    words: frozenset[str]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


def sentences_of(source: Source) -> Iterator[Sentence]:
    """The sentences of a source, in order. Evidence is cut at line ends too: tables and forms have no full stops."""
    spoken = _without_quoted_speech(source.text)
    start = 0
    for cut in _cuts(source):
        yield from _sentence(source, spoken, start, cut)
        start = cut
    yield from _sentence(source, spoken, start, len(source.text))


def _sentence(source: Source, spoken: str, start: int, end: int) -> Iterator[Sentence]:
    text = source.text[start:end]
    left = start + len(text) - len(text.lstrip())
    right = start + len(text.rstrip())
    if left < right:
        said = spoken[left:right]
        yield Sentence(source, left, right, said, frozenset(_WORD.findall(said.lower())))


def _cuts(source: Source) -> list[int]:
    text = source.text
    cuts = {match.end() for match in _BOUNDARY.finditer(text) if _ends_sentence(text, match)}
    if source.kind == "evidence":
        cuts |= {match.end() for match in _LINE.finditer(text)}
    return sorted(cuts)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """A full stop after an abbreviation, or before a digit after a short word ("No. 5"), ends nothing."""
    if not match.group().startswith("."):
        return True
    word = _WORD_BEFORE.search(text, max(0, match.start() - 12), match.start())
    if word is None:
        return True
    before = word.group().lower().lstrip("(\"“«'")
    follows_digit = text[match.end() : match.end() + 1].isdigit()
    return before not in _ABBREVIATIONS and not (follows_digit and len(before) <= 2 and before.isalpha())


def _without_quoted_speech(text: str) -> str:
    """What a party quotes is not what the party says: an offer inside quotation marks is somebody else's."""
    return _BLANK.sub(" ", _QUOTED.sub(lambda match: " " * len(match.group()), text))
