"""Bodies read with kept fields: the same values and the same refusals as by a serializer of one's own."""

from typing import Any

import pytest
from django.utils import translation
from rest_framework import serializers

from kernel.rest.fields import StrictBooleanField, TextField
from kernel.rest.reading import _kept_fields, read_body

pytestmark = pytest.mark.unit


class Flat(serializers.Serializer[Any]):
    text = TextField(max_length=20, multiline=True)
    is_private = StrictBooleanField(required=False, default=False)
    person = serializers.UUIDField(required=False, allow_null=True, default=None)
    count = serializers.IntegerField(required=False, max_value=5)


class Checked(Flat):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["text"] == "no":
            raise serializers.ValidationError("No.")
        return attrs


class CheckedField(Flat):
    def validate_text(self, value: str) -> str:
        return value.upper()


class Nested(serializers.Serializer[Any]):
    inner = Flat()


def read_plainly(serializer_class: type[Flat], data: Any) -> Any:
    serializer = serializer_class(data=data)
    return dict(serializer.validated_data) if serializer.is_valid() else serializer.errors


def read(serializer_class: type[Flat], data: Any) -> Any:
    try:
        return read_body(serializer_class, data)
    except serializers.ValidationError as error:
        return error.detail


@pytest.mark.parametrize("serializer_class", [Flat, Checked, CheckedField])
@pytest.mark.parametrize(
    "data",
    [
        {"text": "a"},
        {"text": " a\r\nb ", "is_private": True, "person": "6f2f4d2e-6b0c-4c1a-8a3e-0b8f6f2b7a10", "count": 3},
        {"text": "a", "person": None, "unknown": 1},
        {"text": "no"},
        {},
        {"text": None},
        {"text": ["a"], "is_private": "yes", "person": "x", "count": 9},
        {"text": "a" * 21, "count": {}},
        [],
        "text",
        None,
        7,
    ],
)
def test_body_is_read_and_refused_as_by_the_serializer(serializer_class: type[Flat], data: Any) -> None:
    assert read(serializer_class, data) == read_plainly(serializer_class, data)


def test_only_flat_serializers_are_kept() -> None:
    assert [_kept_fields(each) is not None for each in (Flat, Checked, CheckedField, Nested)] == [
        True,
        False,
        False,
        False,
    ]


def test_refusal_is_worded_in_the_language_of_its_request() -> None:
    words = set()
    for language in ("en", "es", "en"):
        with translation.override(language):
            words.add(str(read(Flat, {"text": "a", "count": 9})["count"][0]))
    assert len(words) == 2
