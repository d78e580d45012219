"""Sums of money in a sentence: the number, its currency, and exactly where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from functools import cache
from itertools import islice

from babel.numbers import get_currency_precision

from ai_mediation.adapters.offline.numbers import NUMBER, WORDS, multiplier_at, one_of, read_number, read_words
from kernel.money import CURRENCIES, LARGEST, Money

MOST_PER_SENTENCE = 12  # a sentence with more figures is a table, not a statement
_DOLLARS = frozenset(["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "UYU"])
_PESOS = frozenset(["MXN", "ARS", "CLP", "COP", "UYU", "DOP", "PHP"])
_NAMES = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR", "£": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
    "libra": "GBP", "libras": "GBP", "¥": "JPY", "yen": "JPY", "yenes": "JPY", "franc": "CHF", "francs": "CHF",
    "franco": "CHF", "francos": "CHF", "sfr": "CHF", "zł": "PLN", "zloty": "PLN", "złoty": "PLN", "zlotys": "PLN",
    "us$": "USD", "$": "$", "dollar": "$", "dollars": "$", "bucks": "$", "dólar": "$", "dólares": "$", "dolares": "$",
    "peso": "peso", "pesos": "peso", "kr": "kr", "crowns": "kr", "kronor": "SEK", "kroner": "kr",
    "rupee": "INR", "rupees": "INR", "₹": "INR", "real": "BRL", "reais": "BRL", "soles": "PEN",
}  # fmt: skip
_NAME = one_of(_NAMES)
_AFTER = re.compile(rf"\s{{0,2}}+(?:de\s)?+(?:({_NAME})(?![^\W\d_])|((?-i:[A-Z]{{3}}))\b)", re.IGNORECASE)
_BEFORE = re.compile(rf"(?:(?<![^\W\d_])({_NAME})|\b((?-i:[A-Z]{{3}})))\s{{0,2}}\Z", re.IGNORECASE)
_LONGEST_NAME = 10
MONEY_WORDS = frozenset(name for name in _NAMES if name.isalpha())  # without one, no sum is written out in words


@dataclass(frozen=True)
class Mention:
    """A sum named in a text: `start` and `end` count within the sentence. `currency` is None for a bare number."""

    start: int
    end: int
    amount: Decimal
    currency: str | None


def mentions_in(text: str, currency_of_case: str | None, *, in_words: bool) -> list[Mention]:
    """Sums (and bare numbers in digits) of one sentence, in order. Figures too large for money are not sums."""
    found = [*_in_digits(text, currency_of_case)]
    if in_words:
        found = sorted((*found, *_in_words(text, currency_of_case)), key=lambda mention: mention.start)
    return [mention for mention in found if 0 < mention.amount <= LARGEST and _fits(mention, currency_of_case)]


def money(amount: Decimal, currency: str, rounding: str = ROUND_HALF_EVEN) -> Money:
    """Rounded (half-even) to what the currency can be paid in. What sums of sums come to beyond the largest amount is cut there."""
    unit, largest = _bounds(currency)
    return Money(min(amount, largest).quantize(unit, rounding=rounding), currency)


@cache
def _bounds(currency: str) -> tuple[Decimal, Decimal]:
    unit = Money(Decimal(0), currency).minor_unit
    return unit, LARGEST.quantize(unit, rounding=ROUND_DOWN)


def _fits(mention: Mention, currency_of_case: str | None) -> bool:
    """More decimals than the currency has are no sum of it."""
    currency = mention.currency or currency_of_case
    return currency is None or not mention.amount % _smallest_paid(currency)


@cache
def _smallest_paid(currency: str) -> Decimal:
    """Of a currency in `CURRENCIES`, as people pay it."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def _in_digits(text: str, currency_of_case: str | None) -> Iterator[Mention]:
    for match in islice(NUMBER.finditer(text), MOST_PER_SENTENCE):
        factor, end = multiplier_at(text, match.end())
        amount = read_number(match.group())
        if factor != 1:
            amount *= factor
        currency, start, end = _currency_around(text, match.start(), end, currency_of_case)
        yield Mention(start, end, amount, currency)


def _in_words(text: str, currency_of_case: str | None) -> Iterator[Mention]:
    for match in islice(WORDS.finditer(text), MOST_PER_SENTENCE):
        after = _AFTER.match(text, match.end())
        currency = _code(after, currency_of_case) if after else None
        if after and currency and not _belongs_to_digits(text, match.start()):
            yield Mention(match.start(), after.end(), read_words(match.group()), currency)


def _belongs_to_digits(text: str, start: int) -> bool:
    """ "3 mil" was read as a number with its multiplier already."""
    return text[max(0, start - 2) : start].rstrip()[-1:].isdigit()


def _currency_around(text: str, start: int, end: int, currency_of_case: str | None) -> tuple[str | None, int, int]:
    after = _AFTER.match(text, end)
    if after and (code := _code(after, currency_of_case)):
        return code, start, after.end()
    before = _name_before(text, start)
    if before and (code := _code(before, currency_of_case)):
        return code, before.start(), end
    return None, start, end


def _name_before(text: str, end: int) -> re.Match[str] | None:
    start = max(0, end - _LONGEST_NAME)
    words = text[start:end].split()
    if not words or (words[-1].isascii() and words[-1].isalpha() and not _may_name(words[-1])):
        return None
    return _BEFORE.search(text, start, end)


def _may_name(word: str) -> bool:
    return word.lower() in _NAMES or word[-3:].isupper()


def _code(match: re.Match[str], currency_of_case: str | None) -> str | None:
    """The ISO 4217 code; signs and words that several countries share mean the case's currency when it is one of theirs."""
    name, iso = match.group(1), match.group(2)
    if iso and not name:
        return iso if iso in CURRENCIES else None
    code = _NAMES[name.lower()]
    if code == "$":
        return currency_of_case if currency_of_case in _DOLLARS else "USD"
    if code == "peso":
        return currency_of_case if currency_of_case in _PESOS else None
    if code == "kr":
        return currency_of_case if currency_of_case in {"SEK", "NOK", "DKK", "ISK", "CZK"} else None
    return code
