"""Placeholders: how they are spelt, made and read back.

`PERSON_1` is the first of the people a scrubber was given, spelt as they spell their name; `PERSON_1_FIRST` and `PERSON_1_LAST` are
parts of it, and `PERSON_1_BADOKI` is any other spelling met in a text. Whatever else is found is `EMAIL_BADOKI` and the like. The code is
six letters of a keyed hash (BLAKE2s) of what it stands for, as syllables: short, in capitals and pronounceable, because small models copy
words better than digits. All codes have one length, or begin with ZU and have another, so none is the beginning of another one.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2s
from typing import NamedTuple

from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.folding import View

_CONSONANTS = "BDGKLMNRSTVZ"
_VOWELS = "AEIOU"
_SYLLABLES = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
_SHORT, _LONG, _LONG_SIGN = 3, 6, "ZU"
_TRIES = 8
FIRST, LAST = "FIRST", "LAST"


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.lower()}]" for letter in word)


_UNDERSCORE = r"\\?_{1,2}"
_SEPARATOR = rf"(?:{_UNDERSCORE}|[-‐‑])"
_SYLLABLE = f"[{_CONSONANTS}{_CONSONANTS.lower()}][{_VOWELS}{_VOWELS.lower()}]"
_FOUND_KINDS = "|".join(_any_case(kind) for kind in Kind if kind not in (Kind.PERSON, Kind.HIDDEN))
_PERSON = (
    rf"(?P<person>{_any_case('PERSON')})(?P<gap>{_SEPARATOR}| )(?P<number>[0-9]{{1,9}})"
    rf"(?:(?P<dash>{_SEPARATOR})(?P<form>[A-Za-z]{{1,24}}))?"
)
_FOUND = rf"(?P<kind>{_FOUND_KINDS})(?P<sep>{_SEPARATOR})(?P<run>[A-Za-z0-9]{{0,24}})"
_HIDDEN = rf"(?P<hidden>{_any_case('HIDDEN')})(?P<hidden_sep>{_SEPARATOR})(?P<hidden_run>[A-Za-z0-9]{{0,24}})"
# what hides within a word may stand within a word; all else begins where no Latin letter stands before it
_AT_WORD = re.compile(rf"(?:(?<![A-Za-zÀ-ɏ])(?:{_PERSON}|{_FOUND})|{_HIDDEN})")
_ANYWHERE = re.compile(rf"{_PERSON}|{_FOUND}|{_HIDDEN}")
_CODE_LIKE = re.compile(rf"(?:{_SYLLABLE}){{2,12}}[{_CONSONANTS}{_CONSONANTS.lower()}]?")
_CODE_SHAPED = re.compile(rf"(?:{_SYLLABLE}){{3}}")
_UNFINISHED = re.compile(
    rf"(?:{_any_case('PERSON')}(?:\\?_?| )|{_any_case('PERSON')}(?:{_SEPARATOR}| )(?:[0-9]{{1,9}}(?:\\|{_SEPARATOR}[A-Za-z]{{0,23}})?)?"
    rf"|(?:{_FOUND_KINDS}|{_any_case('HIDDEN')})(?:\\|{_SEPARATOR}[A-Za-z0-9]{{0,23}}))"
)
# a kind's name ends before a separator; only people's may end before a space, with their number behind it
_SEPARATED = re.compile(r"[0-9\\_‐‑-](?:(?<=[NELDSnelds][\\_‐‑-])|(?<=[Nn] [0-9]))")
_KIND_BEFORE = re.compile(rf"(?:{'|'.join(_any_case(kind) for kind in Kind)})\Z")
_LONGEST_KIND = max(map(len, Kind))
_BEGINNINGS = frozenset(kind[:length] for kind in Kind for length in range(1, len(kind) + 1))
LONGEST = 48  # no placeholder, however misspelt, is longer


class Place(NamedTuple):
    """A placeholder as it stands in a text: of a kind, with a number for people, and the letters behind it."""

    kind: Kind
    start: int
    end: int
    spelt: str
    separator: str
    number: int = 0
    run: str = ""
    run_start: int = 0
    number_end: int = 0

    @property
    def is_underscored(self) -> bool:
        return "_" in self.separator


def next_place(text: str, position: int, *, is_after_another: bool) -> Place | None:
    """The next thing spelt like a placeholder. Directly behind another one no boundary is needed."""
    match = _ANYWHERE.match(text, position) if is_after_another else None
    match = match or _next_match(text, position)
    return _place(match) if match else None


def _next_match(text: str, position: int) -> re.Match[str] | None:
    """From separator to separator: in most texts there are few, and fewer behind the name of a kind."""
    for separated in _SEPARATED.finditer(text, position):
        end = separated.start() - separated.group().isdigit()
        kind = _KIND_BEFORE.search(text, max(position, end - _LONGEST_KIND), end)
        if kind and (match := _AT_WORD.match(text, kind.start())):
            return match
    return None


def _place(match: re.Match[str]) -> Place:
    if match["person"]:
        end = match.end()
        return Place(
            Kind.PERSON,
            match.start(),
            end,
            match["person"],
            match["gap"],
            int(match["number"]),
            match["form"] or "",
            match.start("form") if match["form"] else end,
            match.end("number"),
        )
    name = "kind" if match["kind"] else "hidden"
    sep, run = ("sep", "run") if match["kind"] else ("hidden_sep", "hidden_run")
    spelt = match[name]
    return Place(
        Kind(spelt.upper()), match.start(), match.end(), spelt, match[sep], run=match[run], run_start=match.start(run)
    )


def find_look_alikes(view: View) -> Iterator[Finding]:
    """What a text itself spells like a placeholder: all that reading back would take for one, and what merely looks so."""
    for start, end in _look_alikes(view.plain):
        yield Finding(Kind.TOKEN, start, end)
    if not view.plain.isascii():
        for start, end in _look_alikes(view.folded):
            yield Finding(Kind.TOKEN, start, end)


def look_alikes_in(text: str) -> Iterator[Finding]:
    """The same for the text as it stands, invisible characters included: this is what reading back will see."""
    for start, end in _look_alikes(text):
        yield Finding(Kind.TOKEN, start, end)


def _look_alikes(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while place := next_place(text, position, is_after_another=False):
        if _is_escaped(place):
            yield place.start, place.end
            position = place.end
        else:
            position = place.run_start


def _is_escaped(place: Place) -> bool:
    """More than is ever read back, whatever codes there are: nothing a text says may be taken for a placeholder of ours."""
    if place.separator == " ":
        return place.spelt == Kind.PERSON
    return place.is_underscored or place.kind == Kind.PERSON or _CODE_SHAPED.match(place.run) is not None


def unfinished_from(text: str, position: int, is_known: "KnownCodes") -> int:
    """Where the end of `text` could still become (more of) a placeholder with the text to come; its length when it cannot."""
    for start in range(max(position, len(text) - LONGEST), len(text)):
        if text[start] not in "PpNnEeIiCcAaTtHh":
            continue
        tail = text[start:]
        if tail.upper() in _BEGINNINGS or (_UNFINISHED.fullmatch(tail) and not is_known.finishes(tail)):
            return start
    return len(text)


class KnownCodes:
    """What each placeholder of one scrubber stands for. Codes are made of contents and key alone, so they are the same in every process."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._by_code: dict[tuple[str, str], str] = {}
        self._by_content: dict[tuple[str, str], str] = {}

    def code_for(self, owner: str, content: str) -> str:
        """`owner` is a kind, or a person's placeholder for another spelling of them."""
        known = self._by_content.get((owner, content))
        return known or self._new_code(owner, content)

    def _new_code(self, owner: str, content: str) -> str:
        for attempt in range(1000):
            code = self._hashed(owner, content, attempt)
            if (owner, code) not in self._by_code:
                self._by_code[owner, code] = content
                self._by_content[owner, content] = code
                return code
        raise AssertionError("A thousand long codes were taken.")  # 60**5 of them, each with a hash of its own

    def _hashed(self, owner: str, content: str, attempt: int) -> str:
        written = f"{owner}|{attempt}|{content}".encode("utf-8", "surrogatepass")
        number = int.from_bytes(blake2s(written, key=self._key, digest_size=8).digest())
        syllables = []
        for _ in range(_SHORT if attempt < _TRIES else _LONG - 1):
            number, rest = divmod(number, len(_SYLLABLES))
            syllables.append(_SYLLABLES[rest])
        if attempt >= _TRIES:
            return _LONG_SIGN + "".join(syllables)
        return "".join(syllables) if syllables[0] != _LONG_SIGN else "ZA" + "".join(syllables[1:])

    def content_at(self, owner: str, run: str) -> tuple[str, int] | None:
        """What the code at the beginning of `run` stands for and how long the code is."""
        length = 2 * (_LONG if run[:2].upper() == _LONG_SIGN else _SHORT)
        content = self._by_code.get((owner, run[:length].upper()))
        return None if content is None else (content, length)

    def finishes(self, tail: str) -> bool:
        """Whether a placeholder at the beginning of `tail` is complete, whatever comes next."""
        match = _ANYWHERE.match(tail)
        if match is None:
            return False
        place = _place(match)
        owner = f"{place.kind}_{place.number}" if place.kind == Kind.PERSON else str(place.kind)
        if self.content_at(owner, place.run):
            return True
        return place.kind == Kind.PERSON and place.run.upper().startswith((FIRST, LAST))


def is_code_like(run: str) -> bool:
    """Whether a model may have meant a code: one of ours, one it garbled, or one it invented."""
    return _CODE_LIKE.fullmatch(run) is not None


def code_length(run: str) -> int:
    """How long the code in capitals at the beginning of a run is, whatever is stuck to it; 0 if there is none."""
    code = _CODE_SHAPED.match(run)
    return code.end() if code and code.group().isupper() else 0


def first_and_last(name: str) -> Sequence[str]:
    """The first and the last word of a name as its owner spells them."""
    words = name.split()
    return (words[0], words[-1]) if words else ("", "")
