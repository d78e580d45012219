"""Serializer fields: any JSON type in, a clean value or a field error out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from kernel.money import Money
from kernel.rest.fields import EmailField, MoneyField, SecretField, StrictBooleanField, TextField

pytestmark = pytest.mark.unit


class Everything(serializers.Serializer[Any]):
    line = TextField(max_length=10, required=False)
    text = TextField(max_length=20, multiline=True, required=False, allow_blank=True)
    email = EmailField(required=False)
    secret = SecretField(required=False)
    money = MoneyField(required=False)
    balance = MoneyField(required=False, positive=False)
    consent = StrictBooleanField(required=False)
    wish = StrictBooleanField(required=False, allow_null=True)


def valid(**given_values: Any) -> dict[str, Any]:
    serializer = Everything(data=given_values)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def code(**given_values: Any) -> str:
    serializer = Everything(data=given_values)
    assert not serializer.is_valid()
    ((name, (error,)),) = serializer.errors.items()
    assert name in given_values
    return str(error.code)


NOT_TEXT: list[Any] = [5, 5.5, True, [], {}, ["a"]]


def test_text_field_cleans() -> None:
    assert valid(line=" e\u0301 ", text="") == {"line": "é", "text": ""}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *((value, "invalid") for value in NOT_TEXT),
        (None, "null"),
        *((value, "blank") for value in ("", "   ", "\u00a0")),
        ("x" * 11, "max_length"),
        ("x" * 10_000_000, "max_length"),
        *((value, "control_characters") for value in ("a\x00b", "a\nb", "a\u202eb", "\ud800")),
    ],
)
def test_text_field_refuses(value: Any, wanted: str) -> None:
    assert code(line=value) == wanted


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (" Ana.Lee@Example.ORG ", "ana.lee@example.org"),
        ("o'brien+tag@mail.example.co.uk", "o'brien+tag@mail.example.co.uk"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_email_field_takes_one_form(value: str, address: str) -> None:
    assert valid(email=value) == {"email": address}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *(
            (value, "invalid_email")
            for value in ("a", "a@", "@b.org", "a@b", "a b@c.org", "a@b@c.org", "a@b..org", "a..b@c.org")
        ),
        *(
            (value, "invalid_email")
            for value in ("<a@b.org>", "A <a@b.org>", "a@b.org, c@d.org", "a@b.org\nBcc: c@d.org")
        ),
        *(
            (value, "invalid_email")
            for value in ("a\x00b@c.org", "a\x01@c.org", "a\x7f@c.org", "a\u00a0b@c.org", "a\u3000@c.org")
        ),
        *(
            (value, "invalid_email")
            for value in (
                "a\u202eb@c.org",
                "a@bücher.example",
                "jose\u0301@example.org",
                "josé@example.org",
                "x" * 65 + "@b.org",
                "\ud800@b.org",
            )
        ),
        ("a@" + "b" * 250 + ".org", "invalid_email"),
        *((value, "invalid") for value in NOT_TEXT),
        (None, "null"),
    ],
)
def test_email_field_refuses(value: Any, wanted: str) -> None:
    assert code(email=value) == wanted


def test_secret_field_takes_it_as_it_is_and_never_shows_it() -> None:
    assert valid(secret="  e\u0301 \n") == {"secret": "  e\u0301 \n"}
    assert "secret" not in Everything({"secret": "x"}).data


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a\x00", "invalid"),
        ("\udc80", "invalid"),
        (5, "invalid"),
        ([], "invalid"),
        ("x" * 513, "max_length"),
        (None, "null"),
        ("", "blank"),
    ],
)
def test_secret_field_refuses(value: Any, wanted: str) -> None:
    assert code(secret=value) == wanted


@pytest.mark.parametrize("amount", ["0", "0.00", "-0", "-5"])
def test_money_field_positive_refuses_nothing_and_less(amount: str) -> None:
    assert code(money={"amount": amount, "currency": "EUR"}) == "min_value"
    assert valid(balance={"amount": amount, "currency": "EUR"})["balance"].currency == "EUR"


@pytest.mark.parametrize(
    "value", ["5 EUR", 5, [], {}, {"amount": 5.5, "currency": "EUR"}, {"amount": "1.001", "currency": "EUR"}]
)
def test_money_field_refuses(value: Any) -> None:
    assert code(money=value) == "invalid_money"


def test_money_field_shows_json() -> None:
    assert MoneyField().to_representation(Money(Decimal("5"), "EUR")) == {"amount": "5.00", "currency": "EUR"}


@pytest.mark.parametrize("value", ["true", "True", "on", "yes", 1, 0, 1.0, "1", "", [], {}, [True]])
def test_consent_is_never_guessed(value: Any) -> None:
    assert code(consent=value) == "invalid"


def test_consent_is_true_or_false() -> None:
    assert valid(consent=True) == {"consent": True}
    assert valid(consent=False, wish=None) == {"consent": False, "wish": None}
    assert code(consent=None) == "null"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(Everything().fields)), json_values)
def test_field_any_json_is_taken_or_refused_with_words(name: str, value: Any) -> None:
    serializer = Everything(data={name: value})
    if not serializer.is_valid():
        assert [str(error) for error in serializer.errors[name]]
