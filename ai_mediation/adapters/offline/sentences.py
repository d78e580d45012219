"""A party's text as sentences with their exact places in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from disputes.public import Source

# Possessive quantifiers and look-behinds keep this linear on hostile runs of dots, quotes or blank lines.
# The pattern begins with a set of characters, which lets the search skip quickly to the next of them.
_BOUNDARY = re.compile(
    r"[.!?…\n;](?:(?<=[.!?…])(?<![.!?…][.!?…])[.!?…]*+[\"”»)\]']*+(?:\s++|$)|(?<=\n)[ \t\r]*+\n\s*+|(?<=;)\s++)"
)
_SPAN = re.Match.span
_LINE = re.compile(r"[\r\n]++")
_QUOTED = re.compile(r"\"[^\"]*+\"|“[^“”]*+”|«[^«»]*+»|„[^„“”]*+[“”]")
_BLANK = re.compile(r"[^\S ]")  # white space that is no blank
_WORD = re.compile(r"[^\W_]+")
_ONLY_WORDS = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
_ODD_LETTER = re.compile("[İıſ]")  # a pattern that ignores case takes these for i and s; lower case does not
_LONGEST_WORD_BEFORE = 12
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text == source.text[start:end]`. `spoken` is as long and holds what the author says: quoted speech is blanked out, every
    white space is a blank. `words` are its words in lower case, for asking cheaply whether a closer look is worth it.
    """

    source: Source
    start: int
    end: int
    spoken: str
    words: frozenset[str]
    is_odd: bool  # holds letters whose lower case is not what patterns take them for

    def may_say(self, words: frozenset[str]) -> bool:
        """False when no pattern that needs one of `words` (in lower case) can match."""
        return self.is_odd or not self.words.isdisjoint(words)

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


def last_end(text: str, position: int = 0) -> int:
    """Where the last sentence behind `position` ends that is complete whatever comes next, with the blanks after it; else `position`."""
    for start, end in map(_SPAN, _BOUNDARY.finditer(text, position)):
        if end < len(text) and text[start] != ";" and _ends_sentence(text, start, end):
            position = end
    return position


def _sentence(source: Source, spoken: str, start: int, end: int) -> Iterator[Sentence]:
    text = source.text[start:end]
    left = start + len(text) - len(text.lstrip())
    right = start + len(text.rstrip())
    if left < right:
        said = spoken[left:right]
        yield Sentence(source, left, right, said, frozenset(_words(said)), _is_odd(said))


def _is_odd(said: str) -> bool:
    return not said.isascii() and _ODD_LETTER.search(said) is not None


def _words(said: str) -> list[str]:
    lowered = said.lower()
    return lowered.translate(_ONLY_WORDS).split() if lowered.isascii() else _WORD.findall(lowered)


def _cuts(source: Source) -> Iterable[int]:
    """Where sentences end, one by one: whoever reads the first few hundred does not pay for the rest."""
    text = source.text
    ends = (end for start, end in map(_SPAN, _BOUNDARY.finditer(text)) if _ends_sentence(text, start, end))
    if source.kind == "evidence":
        return sorted({*ends, *(match.end() for match in _LINE.finditer(text))})
    return ends


def _ends_sentence(text: str, start: int, end: int) -> bool:
    """A full stop after an abbreviation, or before a digit after a short word ("No. 5"), ends nothing."""
    if text[start] != ".":
        return True
    words = text[max(0, start - _LONGEST_WORD_BEFORE) : start].rsplit(None, 1)
    if not words or text[start - 1].isspace():
        return True
    before = words[-1].lower().lstrip("(\"“«'")
    if before in _ABBREVIATIONS:
        return False
    return len(before) > 2 or not (text[end : end + 1].isdigit() and before.isalpha())


def _without_quoted_speech(text: str) -> str:
    """What a party quotes is not what the party says: an offer inside quotation marks is somebody else's."""
    return _BLANK.sub(" ", _QUOTED.sub(lambda match: " " * len(match.group()), text))
