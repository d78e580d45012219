"""Money: exact, with the decimals of ISO 4217, never mixed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import LARGEST, Money, MoneyError

pytestmark = pytest.mark.unit

# ISO 4217 list one, as amended to 2026: code and number of minor units.
MINOR_UNITS = {
    "EUR": 2,
    "USD": 2,
    "RSD": 2,
    "HUF": 2,
    "IRR": 2,
    "JPY": 0,
    "ISK": 0,
    "CLP": 0,
    "KWD": 3,
    "IQD": 3,
    "CLF": 4,
}

NO_AMOUNTS: list[Any] = [None, True, 5.0, [], {}, "", " ", "5 ", "+5", "1e3", "1E3"]
NO_CODES: list[Any] = ["eur", "EU", "EURO", "", "ZZZ", "XAU", "XXX", "XTS", None, 978, []]

currencies = st.sampled_from(sorted(MINOR_UNITS))


@st.composite
def amounts(draw: st.DrawFn, currency: str | None = None) -> Money:
    code = currency or draw(currencies)
    places = MINOR_UNITS[code]
    units = draw(st.integers(-(10 ** (14 + places)) + 1, 10 ** (14 + places) - 1))
    return Money(Decimal(units).scaleb(-places), code)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("given_value", "amount"),
    [
        ({"amount": "1200", "currency": "EUR"}, "1200.00"),
        ({"amount": 1200, "currency": "EUR"}, "1200.00"),
        ({"amount": "1200.0", "currency": "EUR"}, "1200.00"),
        ({"amount": "1200.5000", "currency": "EUR"}, "1200.50"),
        ({"amount": "-1.10", "currency": "EUR"}, "-1.10"),
        ({"amount": "-0", "currency": "EUR"}, "0.00"),
        ({"amount": "007", "currency": "JPY"}, "7"),
        ({"amount": "99999999999999.99", "currency": "EUR"}, "99999999999999.99"),
        ({"amount": "99999999999999.9999", "currency": "CLF"}, "99999999999999.9999"),
    ],
)
def test_money_parse_reads(given_value: Any, amount: str) -> None:
    assert Money.parse(given_value).as_json() == {"amount": amount, "currency": given_value["currency"]}


@pytest.mark.parametrize(
    "value",
    [
        *(None, 5, "5", [], {}, True),
        {"amount": "5"},
        {"currency": "EUR"},
        {"amount": "5", "currency": "EUR", "extra": 1},
        *({"amount": amount, "currency": "EUR"} for amount in NO_AMOUNTS),
        *(
            {"amount": amount, "currency": "EUR"}
            for amount in ("NaN", "Infinity", "-inf", "1,5", "1_000", ".5", "5.", "0x1")
        ),
        *(
            {"amount": amount, "currency": "EUR"}
            for amount in ("٣", "1.005", "0.001", "5\n", "--5", "100000000000000.00")
        ),
        *({"amount": amount, "currency": "EUR"} for amount in ("9" * 25, "0." + "0" * 30 + "1", 10**30)),
        *({"amount": "5", "currency": code} for code in NO_CODES),
        {"amount": "1.5", "currency": "JPY"},
        {"amount": "1.2345", "currency": "KWD"},
        {"amount": "1.23456", "currency": "CLF"},
    ],
)
def test_money_parse_refuses(value: Any) -> None:
    with pytest.raises(MoneyError) as refusal:
        Money.parse(value)
    assert len(str(refusal.value)) > 10


@pytest.mark.parametrize(
    "amount",
    [
        Decimal("1." + "0" * 30 + "1"),  # more digits than a decimal context keeps
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        LARGEST + 1,
        -LARGEST - 1,
        Decimal("1E+100"),
        Decimal("1E-100"),
    ],
)
def test_money_made_of_a_decimal_is_exact_or_refused(amount: Decimal) -> None:
    with pytest.raises(MoneyError):
        Money(amount, "EUR")


@pytest.mark.parametrize(("currency", "places"), MINOR_UNITS.items())
def test_money_decimals_are_those_of_iso_4217(currency: str, places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    assert money(str(unit), currency).minor_unit == unit
    with pytest.raises(MoneyError, match=f"{currency} has {places} decimals"):
        Money(unit / 10, currency)


@given(amounts())
def test_money_json_reads_back_as_the_same(value: Money) -> None:
    again = Money.parse(value.as_json())
    assert again == value
    assert again.as_json() == value.as_json()


@given(amounts(), st.integers(1, 400))
def test_money_split_adds_up_and_parts_differ_by_one_unit_at_most(value: Money, parts: int) -> None:
    shares = value.split(parts)
    assert len(shares) == parts
    assert sum((share.amount for share in shares), Decimal(0)) == value.amount
    assert max(share.amount for share in shares) - min(share.amount for share in shares) in {0, value.minor_unit}
    assert list(shares) == sorted(shares, key=lambda share: share.amount, reverse=True)


@pytest.mark.parametrize("parts", [0, -1])
def test_money_split_into_nothing_is_refused(parts: int) -> None:
    with pytest.raises(MoneyError):
        money("5").split(parts)


def test_money_rounds_half_to_even() -> None:
    assert [str(money("1").rounded(Decimal(raw)).amount) for raw in ("2.345", "2.355", "-2.345", "2.3451")] == [
        *("2.34", "2.36", "-2.34", "2.35")
    ]
    assert money("1", "JPY").rounded(Decimal("2.5")) == money("2", "JPY")


@given(amounts("EUR"), amounts("EUR"))
def test_money_adds_subtracts_and_compares_exactly(one: Money, two: Money) -> None:
    if abs(one.amount + two.amount) <= LARGEST:
        assert (one + two) - two == one
    assert (one < two) == (one.amount < two.amount)
    assert (one <= two) == (one.amount <= two.amount)


def test_money_of_two_currencies_never_mixes() -> None:
    euro, yen = money("5"), money("5", "JPY")
    for mix in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro <= yen):
        with pytest.raises(MoneyError, match="EUR and JPY"):
            mix()
    assert euro != money("5", "USD")


def test_money_sum_beyond_the_column_is_refused() -> None:
    with pytest.raises(MoneyError):
        Money(LARGEST, "CLF") + Money(Decimal("0.0001"), "CLF")


@pytest.mark.parametrize(
    ("value", "locale", "text"),
    [
        (money("1450"), "de", "1.450,00\xa0€"),
        (money("1450"), "es", "1.450,00\xa0€"),
        (money("1450.5"), "en-GB", "€1,450.50"),
        (money("12.50", "RSD"), "en", "RSD\u00a012.50"),
        (money("1200", "JPY"), "en", "¥1,200"),
        (money("1.234", "KWD"), "de", "1,234\xa0KWD"),
        (money("-5.5"), "en", "-€5.50"),
        (money("5"), "tlh", "€5.00"),
        (money("5"), "not a locale", "€5.00"),
    ],
)
def test_money_is_written_as_people_of_a_locale_write_it(value: Money, locale: str, text: str) -> None:
    assert value.format(locale) == text


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "written"),
    [
        ("900", "CHF", "en", "CHF\u00a0900.00"),
        ("-1025.25", "CHF", "en", "-CHF\u00a01,025.25"),
        ("900", "EUR", "en", "€900.00"),
        ("900", "USD", "en", "$900.00"),
        ("350000", "JPY", "en", "¥350,000"),
        ("900", "CHF", "es", "900,00\u00a0CHF"),
    ],
)
def test_letters_of_a_currency_stand_apart_from_its_digits(
    amount: str, currency: str, locale: str, written: str
) -> None:
    assert Money(Decimal(amount), currency).format(locale) == written
