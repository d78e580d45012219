"""Money: an exact amount and its ISO 4217 currency. One currency's sums never mix with another's."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision, is_currency

LARGEST = Decimal("99999999999999.9999")  # numeric(18,4)


class MoneyError(ValueError):
    """The value is no amount of money; the message says what was expected."""


@dataclass(frozen=True, order=False)
class Money:
    """An amount in a currency, with no more decimals than the currency has (ISO 4217 minor units)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise MoneyError("The amount must be a decimal number such as 1200.00.")
        if not is_currency(self.currency):
            raise MoneyError("The currency must be an ISO 4217 code such as EUR.")
        places = get_currency_precision(self.currency)
        exponent = self.amount.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            raise MoneyError(f"{self.currency} has {places} decimals; the amount has more.")
        if abs(self.amount) > LARGEST:
            raise MoneyError("The amount is too large.")
        object.__setattr__(self, "amount", self.amount.quantize(Decimal(1).scaleb(-places)))

    @classmethod
    def parse(cls, value: Any) -> "Money":
        """Read `{"amount": "1200.00", "currency": "EUR"}`. Raises MoneyError with what was expected."""
        if not isinstance(value, dict) or set(value) - {"amount", "currency"}:
            raise MoneyError('Expected {"amount": "1200.00", "currency": "EUR"}.')
        amount, currency = value.get("amount"), value.get("currency")
        if isinstance(amount, bool) or not isinstance(amount, (str, int)) or not isinstance(currency, str):
            raise MoneyError('Expected {"amount": "1200.00", "currency": "EUR"}; the amount is a string.')
        if len(str(amount)) > 24:
            raise MoneyError("The amount is too large.")
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(amount)):
            raise MoneyError("The amount must be a decimal number such as 1200.00.")
        return cls(Decimal(amount), currency)

    @property
    def minor_unit(self) -> Decimal:
        """The smallest amount of this currency: 0.01 for EUR, 1 for JPY."""
        return Decimal(1).scaleb(-get_currency_precision(self.currency))

    def as_json(self) -> dict[str, str]:
        return {"amount": str(self.amount), "currency": self.currency}

    def format(self, locale: str) -> str:
        """The amount as people of `locale` write it, for example 1.450,00 € in German."""
        try:
            return str(format_currency(self.amount, self.currency, locale=locale.replace("-", "_")))
        except UnknownLocaleError:
            return str(format_currency(self.amount, self.currency, locale="en"))

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
