"""Checking a document's data against the schema of its template version."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from documents.models import TemplateVersion
from kernel.errors import FieldError, ValidationFailedError
from kernel.money import Money, MoneyError
from kernel.text import TextError, clean_text

LONGEST_TEXT = 100_000
MOST_ERRORS = 20


def validate_inputs(version: TemplateVersion, data: Any, *, pointer: str = "/data") -> dict[str, Any]:
    """`data` with its texts normalised, if it fits the version's schema.

    Amounts of money must be exact for their currency. Raises ValidationFailedError whose pointers start with `pointer`.
    """
    errors: list[FieldError] = []
    cleaned = _cleaned(data, pointer, errors)
    if not errors:
        errors = [_field_error(error, pointer) for error in _schema_errors(version.schema, cleaned)]
    if not errors:
        errors = list(_money_errors(cleaned, pointer))
    if errors:
        raise ValidationFailedError(errors=errors[:MOST_ERRORS])
    result: dict[str, Any] = cleaned
    return result


def _schema_errors(schema: dict[str, Any], data: Any) -> list[ValidationError]:
    # The empty registry answers no address: a schema can only refer to itself.
    validator = Draft202012Validator(schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    found: list[ValidationError] = []
    for error in validator.iter_errors(data):
        found.append(error)
        if len(found) >= MOST_ERRORS:
            break
    return sorted(found, key=lambda error: [str(step) for step in error.absolute_path])


def _field_error(error: ValidationError, pointer: str) -> FieldError:
    steps = [str(step) for step in error.absolute_path]
    if error.validator == "required":
        missing = _missing_name(error)
        return FieldError(_join(pointer, [*steps, missing]), "required", _("This is needed."))
    detail = (
        error.message
        if len(error.message) <= 200
        else _("The value does not fit: %(rule)s.") % {"rule": error.validator}
    )
    return FieldError(_join(pointer, steps), str(error.validator), detail)


def _missing_name(error: ValidationError) -> str:
    needed: Any = error.validator_value
    present: Any = error.instance
    return next((str(name) for name in needed if name not in present), "")


def _join(pointer: str, steps: list[str]) -> str:
    return pointer + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _cleaned(value: Any, pointer: str, errors: list[FieldError]) -> Any:
    if isinstance(value, str):
        try:
            return clean_text(value, max_length=LONGEST_TEXT, multiline=True)
        except TextError as error:
            errors.append(FieldError(pointer, error.code, str(error)))
            return ""
    if isinstance(value, dict):
        return {str(name): _cleaned(item, _join(pointer, [str(name)]), errors) for name, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, f"{pointer}/{index}", errors) for index, item in enumerate(value)]
    return value


def _money_errors(value: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            try:
                Money.parse(value)
            except MoneyError as error:
                yield FieldError(pointer, "invalid", str(error))
            return
        for name, item in value.items():
            yield from _money_errors(item, _join(pointer, [name]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _money_errors(item, f"{pointer}/{index}")
