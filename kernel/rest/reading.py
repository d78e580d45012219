"""Bodies of requests, validated by serializers."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.fields import SkipField, empty

Kept = tuple[tuple[str, "serializers.Field[Any, Any, Any, Any]"], ...]
_KEPT: dict[type, Kept | None] = {}


def read_body(serializer_class: type["serializers.BaseSerializer[Any]"], data: Any) -> dict[str, Any]:
    """The validated body. Raises DRF's ValidationError.

    Most of a serializer's time goes into copying its fields. A good body of a flat serializer is read with fields that are
    kept; whatever they refuse goes through a serializer of its own, which words it in the language of the request.
    """
    if serializer_class not in _KEPT:
        _KEPT[serializer_class] = _kept_fields(serializer_class)
    kept = _KEPT[serializer_class]
    if kept is not None and type(data) is dict:
        try:
            return _read_flat(kept, data)
        except (serializers.ValidationError, DjangoValidationError):
            pass  # the serializer says what is wrong, and with what else
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _read_flat(fields: Kept, data: dict[str, Any]) -> dict[str, Any]:
    values = {}
    for name, field in fields:
        try:
            values[name] = field.run_validation(data.get(name, empty))
        except SkipField:
            continue
    return values


def _kept_fields(serializer_class: type["serializers.BaseSerializer[Any]"]) -> Kept | None:
    """The fields of a serializer that does nothing but ask each of them; None for any other."""
    if not issubclass(serializer_class, serializers.Serializer) or issubclass(
        serializer_class, serializers.ModelSerializer
    ):
        return None
    for name in ("run_validation", "to_internal_value", "validate", "get_fields", "get_validators", "__init__"):
        if getattr(serializer_class, name) is not getattr(serializers.Serializer, name):
            return None
    serializer = serializer_class()
    if serializer.validators:
        return None
    fields = [field for field in serializer.fields.values() if not field.read_only]
    for field in fields:
        is_plain = field.source == field.field_name and not isinstance(field, serializers.BaseSerializer)
        reads_around = any(
            getattr(part, "requires_context", False) for part in (*field.validators, getattr(field, "default", None))
        )
        if not is_plain or reads_around or hasattr(serializer_class, f"validate_{field.field_name}"):
            return None
    return tuple((str(field.field_name), field) for field in fields)
