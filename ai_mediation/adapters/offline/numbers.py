"""Numbers as people write them: 3,600.00 · 3.600,00 · 3 600 · 1'450 · 3.5k · "five hundred" · "mil doscientos"."""

import re
from collections.abc import Iterable
from decimal import Decimal

# A number is at most fifteen digits long and touches neither a letter nor another digit.
NUMBER = re.compile(
    r"(?<![\w])(?<!\d[.,'’])"
    r"(?:\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3}){1,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d{1,15}(?:[.,]\d{1,3}(?!\d))?)"
    r"(?!\d)"
)
_UNITS = {
    "a hundred": 100, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9, "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciséis": 16,
    "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiún": 21, "veintiuno": 21,
    "veintidós": 22, "veintitrés": 23, "veinticuatro": 24, "veinticinco": 25, "veintiséis": 26, "veintisiete": 27,
    "veintiocho": 28, "veintinueve": 29, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70,
    "ochenta": 80, "noventa": 90, "cien": 100, "ciento": 100, "doscientos": 200, "doscientas": 200,
    "trescientos": 300, "trescientas": 300, "cuatrocientos": 400, "cuatrocientas": 400, "quinientos": 500,
    "quinientas": 500, "seiscientos": 600, "seiscientas": 600, "setecientos": 700, "setecientas": 700,
    "ochocientos": 800, "ochocientas": 800, "novecientos": 900, "novecientas": 900,
}  # fmt: skip
_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "mil": 1000,
    "million": 1_000_000,
    "millón": 1_000_000,
    "millones": 1_000_000,
}


def one_of(names: Iterable[str]) -> str:
    """A pattern for whole names, tried letter by letter instead of name by name."""
    by_letter: dict[str, list[str]] = {}
    for name in names:
        by_letter.setdefault(name[:1], []).append(name[1:])
    ends = "" in by_letter
    branches = "|".join(re.escape(letter) + one_of(rests) for letter, rests in by_letter.items() if letter)
    return (f"(?:{branches})?" if ends else f"(?:{branches})") if branches else ""


_WORD = one_of((*_UNITS, *_SCALES))
NUMBER_WORDS = frozenset(name.rpartition(" ")[2] for name in (*_UNITS, *_SCALES))  # every match of `WORDS` holds one
WORDS = re.compile(rf"\b(?:{_WORD})(?:(?:\s|-|\sand\s|\sy\s){{1,2}}(?:{_WORD})){{0,9}}\b", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+")
_SEPARATORS = re.compile(r"[.,]")
_SPACES = re.compile(r"['’\u00a0\u202f ]")
_MULTIPLIER = re.compile(r"\s?(k|mil|thousand|million|millones|millón)\b", re.IGNORECASE)
_FACTORS = {"k": 1000, "mil": 1000, "thousand": 1000, "million": 1_000_000, "millones": 1_000_000, "millón": 1_000_000}


def read_number(written: str) -> Decimal:
    """The value of a match of `NUMBER`. One separator before exactly three digits groups thousands; else it is the decimal sign."""
    if written.isdecimal():
        return Decimal(written)
    digits = _SPACES.sub("", written)
    marks = _SEPARATORS.findall(digits)
    if not marks:
        return Decimal(digits)
    last = marks[-1]
    whole, _, tail = digits.rpartition(last)
    is_decimal = len(tail) != 3 or (len(marks) > 1 and last not in marks[:-1])
    grouped = _SEPARATORS.sub("", whole)
    return Decimal(f"{grouped}.{tail}") if is_decimal else Decimal(grouped + tail)


def multiplier_at(text: str, position: int) -> tuple[int, int]:
    """The factor written right after a number ("3.5k", "3 mil") and where it ends; (1, position) when there is none."""
    match = _MULTIPLIER.match(text, position)
    return (_FACTORS[match.group(1).lower()], match.end()) if match else (1, position)


def read_words(written: str) -> Decimal:
    """The value of a match of `WORDS`: "two thousand five hundred" is 2500, "mil doscientos" is 1200."""
    total = current = 0
    for word in _TOKEN.findall(written.lower()):
        if word in _UNITS:
            current += _UNITS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total += max(current, 1) * _SCALES[word]
            current = 0
    return Decimal(total + current)


def read_count(written: str) -> int | None:
    """A small whole number, in digits or words; None when it is none."""
    if written.isdigit():
        return int(written) if len(written) <= 3 else None
    return _UNITS.get(written.lower())
