"""Serializer fields that hold the house rules: clean text, normal e-mail addresses, exact money."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kernel.money import Money, MoneyError
from kernel.text import TextError, clean_text

# One `@`, no white space, a dotted domain: what mail servers accept decides the rest (RFC 5321 limits the length). Letters
# beyond ASCII need every server on the way to speak SMTPUTF8 (RFC 6531), and a person we cannot write to is locked out.
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]\x80-\U0010ffff]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250})\.[a-z0-9-]{2,63}")


class TextField(serializers.CharField):
    """Text by the rules of `kernel.text`; numbers and booleans are not taken for text."""

    def __init__(self, *, max_length: int, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        self.limit = max_length
        super().__init__(max_length=max_length, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            text = clean_text(data, max_length=self.limit, multiline=self.multiline)
        except TextError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class SecretField(serializers.CharField):
    """A password or token: taken as it is, never trimmed or normalised, never shown."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 512)
        super().__init__(trim_whitespace=False, write_only=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("invalid")
        return data


class EmailField(serializers.CharField):
    """An e-mail address, lower-cased, at most 254 characters."""

    default_error_messages = {"invalid_email": __("Enter an e-mail address such as name@example.org.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            address = clean_text(clean_text(data, max_length=254).lower(), max_length=254)
        except TextError:
            self.fail("invalid_email")
        if not _EMAIL.fullmatch(address) or ".." in address:
            self.fail("invalid_email")
        return address


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "amount": {"type": "string", "example": "1200.00"},
            "currency": {"type": "string", "example": "EUR"},
        },
        "required": ["amount", "currency"],
        "additionalProperties": False,
    }
)
class MoneyField(serializers.Field):  # type: ignore[type-arg]
    """`{"amount": "1200.00", "currency": "EUR"}`; `positive` refuses zero and less."""

    def __init__(self, *, positive: bool = True, **kwargs: Any) -> None:
        self.positive = positive
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Money:
        try:
            money = Money.parse(data)
        except MoneyError as error:
            raise serializers.ValidationError(_(error.message) % error.facts, code="invalid_money") from error
        if self.positive and money.amount <= 0:
            raise serializers.ValidationError(_("The amount must be greater than zero."), code="min_value")
        return money

    def to_representation(self, value: Money) -> dict[str, str]:
        return value.as_json()


@extend_schema_field(OpenApiTypes.BOOL)
class StrictBooleanField(serializers.BooleanField):
    """Only JSON true and false: consent is never guessed from a string."""

    def to_internal_value(self, data: Any) -> bool:
        if data is True or data is False:
            return bool(data)
        self.fail("invalid", input=data)
