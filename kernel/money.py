"""Money: an exact amount and its ISO 4217 currency. One currency's sums never mix with another's."""

import re
from copy import copy
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.numbers import list_currencies

LARGEST = Decimal("99999999999999.9999")  # numeric(18,4)

# Minor units of ISO 4217 where they are not two. CLDR's own numbers, which babel uses, follow what people pay in cash: no
# Serbian dinar has decimals there.
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
# Metals, funds and test codes: nobody owes them.
_NO_MONEY = {"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"}
CURRENCIES = frozenset(list_currencies()) - _NO_MONEY  # what a sum of money can be in


class MoneyError(ValueError):
    """The value is no amount of money; the message says what was expected.

    This module also works in processes without Django, so the message is English; `message` and `facts` are there to translate it.
    """

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message % facts)
        self.message = message
        self.facts = facts


def gettext_noop(message: str) -> str:
    """Marks a message for the catalogues."""
    return message


@dataclass(frozen=True, order=False)
class Money:
    """An amount in a currency, with no more decimals than the currency has (ISO 4217 minor units)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise MoneyError(gettext_noop("The amount must be a decimal number such as 1200.00."))
        if not isinstance(self.currency, str) or self.currency not in CURRENCIES:
            raise MoneyError(gettext_noop("The currency must be an ISO 4217 code such as EUR."))
        if abs(self.amount) > LARGEST:
            raise MoneyError(gettext_noop("The amount is too large."))
        exact = self.amount.quantize(self.minor_unit)
        if exact != self.amount:
            raise MoneyError(
                gettext_noop("%(currency)s has %(decimals)d decimals; the amount has more."),
                currency=self.currency,
                decimals=self._decimals,
            )
        object.__setattr__(self, "amount", exact + 0)  # never minus zero

    @classmethod
    def parse(cls, value: Any) -> "Money":
        """Read `{"amount": "1200.00", "currency": "EUR"}`. Raises MoneyError with what was expected."""
        if not isinstance(value, dict) or set(value) - {"amount", "currency"}:
            raise MoneyError(gettext_noop('Expected {"amount": "1200.00", "currency": "EUR"}.'))
        amount, currency = value.get("amount"), value.get("currency")
        if isinstance(amount, bool) or not isinstance(amount, (str, int)) or not isinstance(currency, str):
            raise MoneyError(gettext_noop('Expected {"amount": "1200.00", "currency": "EUR"}; the amount is a string.'))
        if len(str(amount)) > 24:
            raise MoneyError(gettext_noop("The amount is too large."))
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(amount)):
            raise MoneyError(gettext_noop("The amount must be a decimal number such as 1200.00."))
        return cls(Decimal(amount), currency)

    @property
    def minor_unit(self) -> Decimal:
        """The smallest amount of this currency: 0.01 for EUR, 1 for JPY."""
        return _minor_unit(self.currency)

    @property
    def _decimals(self) -> int:
        return _DECIMALS.get(self.currency, 2)

    def as_json(self) -> dict[str, str]:
        return {"amount": str(self.amount), "currency": self.currency}

    def format(self, locale: str) -> str:
        """The amount as people of `locale` write it, for example 1.450,00 € in German."""
        return _written(self.amount, self.currency, locale)

    def split(self, parts: int) -> "tuple[Money, ...]":
        """`parts` amounts that add up to this one; the first ones carry the odd minor units."""
        if parts < 1:
            raise MoneyError("A sum is split into one part or more.")
        unit = self.minor_unit
        units = int(self.amount / unit)
        base, odd = divmod(units, parts)
        return tuple(Money((base + (1 if index < odd else 0)) * unit, self.currency) for index in range(parts))

    def rounded(self, amount: Decimal) -> "Money":
        """Another amount of the same currency, rounded half-even to its minor unit."""
        return Money(amount.quantize(self.minor_unit, rounding=ROUND_HALF_EVEN), self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be mixed.")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount <= other.amount


@cache
def _minor_unit(currency: str) -> Decimal:
    """Of a currency in `CURRENCIES`; those are few enough to keep all."""
    return Decimal(1).scaleb(-_DECIMALS.get(currency, 2))


# CLDR's currency spacing, which Babel leaves out: "CHF 900.00", but "€900.00" (Unicode TR 35, part 3).
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@lru_cache(maxsize=1024)  # a document names the same few sums again and again; one takes a third of a millisecond
def _written(amount: Decimal, currency: str, locale: str) -> str:
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        known = Locale("en")
    decimals = _DECIMALS.get(currency, 2)
    pattern = copy(known.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    written = str(pattern.apply(amount, known, currency=currency, currency_digits=False))
    return _LETTER_BESIDE_DIGIT.sub("\u00a0", written)
