"""A text as the finders read it: small letters, no accents, nothing invisible; every character knows where it stood.

Folding replaces one character by one character, so that places found in the folded text are places of the plain one. Letters of other
alphabets that look Latin are read as what they look like (a few of Unicode's TR 39), on both sides of every comparison.
"""

import re
import unicodedata
from functools import cached_property

COMBINING = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
INVISIBLE = (
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SOFT_HYPHEN = "\u00ad"
_DROPPED = re.compile(f"[{COMBINING}{INVISIBLE}{SOFT_HYPHEN}]+")
_WORD = re.compile(r"[^\W\d_]+")
_FOLDABLE = re.compile(
    "[`\x80-\U0010ffff]+"
)  # beside capitals the grave accent is the one of ASCII that is read as another
_MARKS = re.compile(f"[{COMBINING}]*")
_LOOK_ALIKES = {
    **dict(zip("авекмнорстухіјѕԁԛԝьӏ", "abekmhopctyxijsdqwbl", strict=True)),
    **dict(zip("αβεηικνορτυχγ", "abenikvoptuxy", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx", strict=True)),
    **dict(zip("łøđħŧıſ", "lodhtis", strict=True)),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys("’‘ʼ´`′＇", "'"),
}


_NUMBER_SIGN = "#"  # ½ and Ⅳ are no letters of a word


class _Folds(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = self[code] = _folded_character(chr(code))
        return folded


def _folded_character(character: str) -> str:
    if like := _LOOK_ALIKES.get(character) or _LOOK_ALIKES.get(character.lower()):
        return like
    if unicodedata.category(character).startswith("N"):
        digit = unicodedata.digit(character, None)
        return _NUMBER_SIGN if digit is None else str(digit)
    parts = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    if len(parts) != 1:
        parts = [character]
    small = parts[0].lower()
    return _LOOK_ALIKES.get(small, small) if len(small) == 1 else parts[0]


_FOLDS = _Folds()


def folded(text: str) -> str:
    """As long as the text itself."""
    # what is folded stays as it is in small letters, so those come last, for all of the text at once
    return text.lower() if text.isascii() else _FOLDABLE.sub(_folded_run, text).lower()


def _folded_run(run: re.Match[str]) -> str:
    return run.group().translate(_FOLDS)


class View:
    """A text without what cannot be seen (`plain`), folded (`folded`, of the same length), and the way back to the text."""

    def __init__(self, text: str, *, keeps_invisible: bool = False) -> None:
        self.text = text
        self._origin: list[int] | None = None
        self.plain = text
        if not keeps_invisible and not text.isascii() and _DROPPED.search(text):
            self.plain = _DROPPED.sub("", text)
            self._origin = _kept(text)

    @cached_property
    def folded(self) -> str:
        return folded(self.plain)

    @cached_property
    def words(self) -> list[re.Match[str]]:
        """The words of the folded text: letters only, of any script."""
        return list(_WORD.finditer(self.folded))

    @cached_property
    def spelt(self) -> list[str]:
        """What each of the words is."""
        return [word.group() for word in self.words]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where `plain[start:end]` (not empty) stands in the text, with the accents that belong to its last letter."""
        if self._origin is None:
            return start, end
        last = self._origin[end - 1] + 1
        marks = _MARKS.match(self.text, last)
        return self._origin[start], marks.end() if marks else last


def _kept(text: str) -> list[int]:
    kept: list[int] = []
    position = 0
    for dropped in _DROPPED.finditer(text):
        kept.extend(range(position, dropped.start()))
        position = dropped.end()
    kept.extend(range(position, len(text)))
    return kept
