"""Checking a document's data against the schema of its template version."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from documents.models import TemplateVersion
from kernel.errors import FieldError, ValidationFailedError
from kernel.money import Money, MoneyError
from kernel.text import TextError, clean_text

LONGEST_TEXT = 100_000
MOST_ERRORS = 20

# jsonschema speaks English only, and quotes what was sent.
_RULES = {
    "type": gettext_noop("A value of another type is expected: %(limit)s."),
    "enum": gettext_noop("One of these is expected: %(limit)s."),
    "const": gettext_noop("This is expected: %(limit)s."),
    "minLength": gettext_noop("The text needs at least this many characters: %(limit)s."),
    "maxLength": gettext_noop("The text may have at most this many characters: %(limit)s."),
    "minimum": gettext_noop("The number may not be less than %(limit)s."),
    "maximum": gettext_noop("The number may not be more than %(limit)s."),
    "minItems": gettext_noop("The list needs at least this many entries: %(limit)s."),
    "maxItems": gettext_noop("The list may have at most this many entries: %(limit)s."),
    "pattern": gettext_noop("The text must fit the pattern %(limit)s."),
    "format": gettext_noop("The text must have the format “%(limit)s”."),
    "additionalProperties": gettext_noop("There are names here that the template does not know. It knows: %(limit)s."),
    "anyOf": gettext_noop("The value fits none of the shapes that are possible here."),
}
_UNKNOWN_RULE = gettext_noop("The value does not fit: %(rule)s.")


def validate_inputs(version: TemplateVersion, data: Any, *, pointer: str = "/data") -> dict[str, Any]:
    """`data` with its texts normalised, if it fits the version's schema.

    Amounts of money must be exact for their currency. Raises ValidationFailedError whose pointers start with `pointer`.
    """
    errors: list[FieldError] = []
    cleaned = _cleaned(data, pointer, errors)
    if not errors:
        found = (one for error in _schema_errors(version.schema, cleaned) for one in _field_errors(error, pointer))
        errors = list(dict.fromkeys(found))
    if not errors:
        errors = list(_money_errors(cleaned, pointer))
    if not errors:
        errors = list(_sum_errors(version.schema, cleaned, pointer))
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


def _field_errors(error: ValidationError, pointer: str) -> list[FieldError]:
    """One for each name that is missing: jsonschema reports each on its own, but says which one in words only."""
    steps = [str(step) for step in error.absolute_path]
    if error.validator == "required":
        return [
            FieldError(_join(pointer, [*steps, missing]), "required", _("This is needed."))
            for missing in _missing_names(error)
        ]
    detail = _(_RULES.get(str(error.validator), _UNKNOWN_RULE)) % {"rule": error.validator, "limit": _limit(error)}
    return [FieldError(_join(pointer, steps), str(error.validator), detail)]


def _limit(error: ValidationError) -> str:
    """What the schema asks for, in its own words; never what was sent."""
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        wanted = sorted(error.schema.get("properties", ())) if isinstance(error.schema, dict) else ()
    return ", ".join(str(one) for one in wanted) if isinstance(wanted, (list, tuple)) else str(wanted)


def _missing_names(error: ValidationError) -> list[str]:
    needed: Any = error.validator_value
    present: Any = error.instance
    return [str(name) for name in needed if name not in present]


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


def _sum_errors(schema: dict[str, Any], data: Any, pointer: str) -> Iterator[FieldError]:
    """Our own word in a schema, `"x-sum": {"of": list, "is": sum}`: the amounts of the list's rows add up to the sum."""
    rule = schema.get("x-sum")
    if not isinstance(rule, dict) or not isinstance(data, dict) or not {rule.get("of"), rule.get("is")} <= set(data):
        return
    wanted = Money.parse(data[rule["is"]])
    parts = [Money.parse(row["amount"]) for row in data[rule["of"]]]
    if any(part.currency != wanted.currency for part in parts):
        yield FieldError(f"{pointer}/{rule['of']}", "currency", _("All amounts need the currency of the whole sum."))
        return
    found = sum((part.amount for part in parts), start=Decimal(0))
    if found != wanted.amount:
        detail = _("These amounts add up to %(found)s; they must add up to %(wanted)s.")
        facts = {"found": found, "wanted": wanted.amount}
        yield FieldError(f"{pointer}/{rule['of']}", "sum", detail % facts)


def _money_errors(value: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            try:
                Money.parse(value)
            except MoneyError as error:
                yield FieldError(pointer, "invalid", _(error.message) % error.facts)
            return
        for name, item in value.items():
            yield from _money_errors(item, _join(pointer, [name]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _money_errors(item, f"{pointer}/{index}")
