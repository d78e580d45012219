"""Days as people write them: 31 August 2025 · August 31, 2025 · 3 de marzo de 2025 · 2025-08-31."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5,
    "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9, "setiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12,
}  # fmt: skip
MONTH_WORDS = frozenset(_MONTHS)
_MONTH = "|".join(_MONTHS)
_DAY = re.compile(
    rf"(?<!\d)(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th|º)?\s(?:of\s|de\s)?(?P<m1>{_MONTH})(?![^\W_])(?:,?\s(?:de\s|del\s)?(?P<y1>\d{{4}}))?"
    rf"|(?P<m2>{_MONTH})\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s(?P<y2>\d{{4}}))?"
    r")(?!\d)",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<![\w.-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")


@dataclass(frozen=True)
class DateMention:
    """A day named in a text; the year may be left to the reader."""

    day: int
    month: int
    year: int | None
    start: int
    end: int


def dates_in(text: str) -> Iterator[DateMention]:
    for match in _DAY.finditer(text):
        day_first, month_second, year_third, month_first, day_second, year_last = match.groups()
        month, day = _MONTHS[(month_second or month_first).lower()], int(day_first or day_second)
        if 1 <= day <= 31:
            year = year_third or year_last
            yield DateMention(day, month, int(year) if year else None, match.start(), match.end())


def days_ahead(text: str, today: date) -> Iterator[tuple[date, int]]:
    """The days after `today` that the text names, with where each stands; without a year the next such day is meant."""
    for match in _ISO.finditer(text):
        year, month, day = map(int, match.groups())
        if (named := _day(year, month, day)) and named > today:
            yield named, match.start()
    for mention in dates_in(text):
        years = (mention.year,) if mention.year else (today.year, today.year + 1)
        days = (_day(year, mention.month, mention.day) for year in years)
        if named := next((day for day in days if day and day > today), None):
            yield named, mention.start


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None  # there is no such day
