"""Fields that forms of this app share: sums and days as the reader writes them, several files at once."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from rest_framework import serializers

from kernel.money import CURRENCIES, Money, MoneyError
from kernel.rest import fields as api

USUAL = ("EUR", "USD", "GBP", "MXN", "COP", "ARS", "CLP", "PEN", "CHF", "CAD")  # of the languages spoken here, first


class AddressField(forms.EmailField):
    """An e-mail address by the rules of the API, lower-case."""

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        attributes = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(max_length=254, widget=forms.EmailInput(attrs=attributes), **kwargs)

    def clean(self, value: Any) -> str:
        given = super().clean(value)
        try:
            return str(api.EmailField().to_internal_value(given)) if given else ""
        except serializers.ValidationError as error:
            raise forms.ValidationError(
                _("Enter an e-mail address such as name@example.org."), code="invalid"
            ) from error


class DayField(forms.DateField):
    """A day, by the browser's own picker; sent as 2026-03-31."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={"invalid": __("Give a day such as 2026-03-31.")},
            **kwargs,
        )


class MultipleFileInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploads at once."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", MultipleFileInput())
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        given: Sequence[Any] = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(FilesField, self).clean(item, initial) for item in given]


def currency_choices() -> list[tuple[str, str]]:
    """Every currency with its name, the usual ones first."""
    locale = language()
    others = sorted(CURRENCIES - set(USUAL))
    return [(code, f"{code} – {get_currency_name(code, locale=locale)}") for code in (*USUAL, *others)]


def usual_currency(zone: str) -> str:
    """What a person of that time zone most likely counts in; only ever a preselection."""
    return "EUR" if zone.startswith(("Europe/", "Atlantic/Canary", "Atlantic/Madeira", "Africa/Ceuta")) else "USD"


def language() -> str:
    return (get_language() or "en").replace("-", "_")


def money_of(text: str, currency: str) -> Money | None:
    """The sum in a text of the reader; None for an empty one. Raises ValidationError with an example."""
    if not text.strip():
        return None
    try:
        money = Money(read_amount(text, language()), currency)
    except (MoneyError, ValueError) as error:
        example = f"1200{get_decimal_symbol(language())}00"
        raise forms.ValidationError(
            _("Write the amount like %(example)s.") % {"example": example}, code="invalid"
        ) from error
    if money.amount <= 0:
        raise forms.ValidationError(_("The amount must be greater than zero."), code="min_value")
    return money


def written_amount(money: Money) -> str:
    """A sum as it stands in an input: no currency, no grouping, the reader's decimal sign."""
    return str(money.amount).replace(".", get_decimal_symbol(language()))


def read_amount(text: str, locale: str) -> Decimal:
    """The number in a text. Both decimal signs are understood where only one reading makes sense.

    Raises ValueError where none does, or two do: "1.200" is 1200 for one reader and 1.2 for another.
    """
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    decimal, group = get_decimal_symbol(locale), get_group_symbol(locale)
    if re.fullmatch(r"\d{1,15}([.,]\d{1,2})?", plain):
        return Decimal(plain.replace(",", "."))
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+(?:{re.escape(decimal)}\d{{1,2}})?", plain):
        return Decimal(plain.replace(group, "").replace(decimal, "."))
    for thousands, point in ((".", ","), (",", ".")):
        if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+{re.escape(point)}\d{{1,2}}", plain):
            return Decimal(plain.replace(thousands, "").replace(point, "."))
    raise ValueError(text)
