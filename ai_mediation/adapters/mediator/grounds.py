"""What a model's words may name: only sums, numbers, days and people that its sources name; plain text of bounded length."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ai_mediation.adapters.offline.dates import MONTH_WORDS
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.numbers import NUMBER, read_number

_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_STARTS = re.compile(r"(?:\A|[.!?:;…\n“«\"(])[\s“«\"'(¿¡-]*\Z")
# The name of a page as people type it, without "www.".
PAGE_NAME = (
    r"(?<![^\W_])[a-z0-9-]{2,40}\.(?:com|org|net|info|io|ly|ru|cn|xyz|top|example|app|dev|es|de|fr|uk|eu)(?![^\W_])"
)
# What leads somewhere, or would as soon as somebody made a link of it. Within one word: a text cut between sentences reads the same.
LINK = re.compile(
    rf"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b(?:mailto|javascript|data|vbscript|tel|file):\S+|{PAGE_NAME}(?:[/?#:]\S*)?",
    re.IGNORECASE,
)
_UNFIT = re.compile(
    r"[<>{}\[\]`|\\^~\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
    rf"|[a-z]{{2,12}}://|www\.|mailto:|javascript:|{PAGE_NAME}",
    re.IGNORECASE,
)
# Words that begin with a capital in the middle of a sentence without naming anybody.
_COMMON = frozenset(
    (
        *(
            "i",
            "i'm",
            "i'd",
            "i'll",
            "i've",
            "you",
            "your",
            "eur",
            "usd",
            "gbp",
            "chf",
            "ai",
            "ia",
            "iva",
            "vat",
            "accord",
            "usted",
        ),
        *(
            "ustedes",
            "mr",
            "ms",
            "mrs",
            "dr",
            "sr",
            "sra",
            "english",
            "spanish",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
        ),
        *("friday", "saturday", "sunday"),
    )
)


class RefusedAnswerError(ValueError):
    """A model's answer fails a check. The message names the check, never the words."""


def checked_text(text: str, sources: Iterable[str], *, longest: int, names: Iterable[str] = ()) -> str:
    """The text, plain. Raises RefusedAnswerError for anything its sources do not hold."""
    said = text.strip()
    if not said or len(said) > longest:
        raise RefusedAnswerError("empty or too long")
    if _UNFIT.search(said):
        raise RefusedAnswerError("markup, an address, or characters that nobody sees")
    known = [*sources, *names]
    if any(True for _ in unfounded_numbers(said, known)):
        raise RefusedAnswerError("a number that no source names")
    if any(True for _ in unfounded_names(said, known)):
        raise RefusedAnswerError("a name that no source names")
    return "\n\n".join(filter(None, (plain(part, longest=longest) for part in said.split("\n\n"))))


def unfounded_numbers(text: str, sources: Iterable[str]) -> Iterator[str]:
    """Numbers of `text` that stand in no source, however they are written there."""
    values: set[Decimal] = set()
    digits: set[str] = set()
    for source in sources:
        values |= {read_number(match.group()) for match in NUMBER.finditer(source)}
        digits |= set(_DIGITS.findall(source))
    for match in NUMBER.finditer(text):
        if read_number(match.group()) not in values:
            yield match.group()
    for found in _DIGITS.findall(NUMBER.sub(" ", text)):
        if found not in digits:
            yield found


def unfounded_names(text: str, sources: Iterable[str]) -> Iterator[str]:
    """Words with a capital in the middle of a sentence that stand in no source. At its start every word has one: not seen there."""
    known = {word.lower() for source in sources for word in _WORD.findall(source)} | MONTH_WORDS | _COMMON
    for match in _WORD.finditer(text):
        word = match.group()
        if word[0].isupper() and not _STARTS.search(text[: match.start()][-8:]) and word.lower() not in known:
            yield word
