"""What is still missing in a document's inputs stands in the draft as a placeholder that nobody can overlook."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from documents.public import TemplateVersion, validate_inputs
from kernel.errors import FieldError, ValidationFailedError

POINTER = "/inputs"
MISSING = frozenset({"required", "minItems"})
MOST_PASSES = 8
PLACEHOLDER = re.compile(
    r"\[[^\[\]\n]{1,120}\]|_{3,}|\bXX+\b|\bTODO\b|\bTBD\b|…{2,}|\.{4,}|\blorem ipsum\b", re.IGNORECASE
)


def filled_inputs(
    version: TemplateVersion, inputs: Mapping[str, Any], *, today: date
) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    """The inputs, fit for the template, and what was missing and got a placeholder.

    Raises ValidationFailedError for what is there and wrong: only what is missing can be filled in.
    """
    data: dict[str, Any] = deepcopy(dict(inputs))
    missing: list[FieldError] = []
    for _pass in range(MOST_PASSES):
        try:
            return validate_inputs(version, data, pointer=POINTER), tuple(missing)
        except ValidationFailedError as refusal:
            wrong = [error for error in refusal.errors if error.code not in MISSING]
            if wrong:
                raise ValidationFailedError(errors=wrong) from refusal
            for error in refusal.errors:
                _fill(version.schema, data, error, today)
            missing += refusal.errors
    return validate_inputs(version, data, pointer=POINTER), tuple(missing)


def placeholders_in(value: Any) -> Iterator[str]:
    """Everything in the inputs that looks like a blank somebody still has to fill in."""
    if isinstance(value, str):
        yield from (match.group() for match in PLACEHOLDER.finditer(value))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from placeholders_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from placeholders_in(item)


def _fill(schema: dict[str, Any], data: dict[str, Any], error: FieldError, today: date) -> None:
    steps = [_step(part) for part in error.pointer.removeprefix(POINTER).split("/")[1:]]
    described = schema
    place: Any = data
    for step in steps[: -1 if error.code == "required" else None]:
        described = _part(schema, described, step)
        place = place[int(step)] if isinstance(place, list) else place[step]
    described = _resolved(schema, described)
    if error.code == "required":
        name = steps[-1]
        place[name] = _placeholder(schema, _part(schema, described, name), name, 0, today)
    elif isinstance(place, list):
        number = len(place)
        place.append(_placeholder(schema, described.get("items", {}), steps[-1] if steps else "", number, today))


def _placeholder(schema: dict[str, Any], described: dict[str, Any], name: str, number: int, today: date) -> Any:
    described = _resolved(schema, described)
    if "enum" in described:
        return described["enum"][number % len(described["enum"])]
    kind = described.get("type", "string")
    if kind == "object":
        properties = described.get("properties", {})
        return {
            one: _placeholder(schema, properties.get(one, {}), one, number, today)
            for one in described.get("required", ())
        }
    if kind == "array":
        items = described.get("items", {})
        return [_placeholder(schema, items, name, i, today) for i in range(max(1, described.get("minItems", 1)))]
    if kind in ("integer", "number"):
        return described.get("minimum", 0)
    if kind == "boolean":
        return False
    if described.get("format") == "date":
        return today.isoformat()
    words = str(described.get("title") or name.replace("_", " "))
    return f"[{words} {number + 1}]" if number else f"[{words}]"


def _part(schema: dict[str, Any], described: dict[str, Any], step: str) -> dict[str, Any]:
    described = _resolved(schema, described)
    part = described.get("items") if step.isdigit() else described.get("properties", {}).get(step)
    return part if isinstance(part, dict) else {}


def _resolved(schema: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the schema, or the first real alternative, describes."""
    for _depth in range(8):
        if str(described.get("$ref", "")).startswith("#/$defs/"):
            described = schema.get("$defs", {}).get(described["$ref"].removeprefix("#/$defs/"), {})
        elif "anyOf" in described:
            described = next((one for one in described["anyOf"] if one.get("type") != "null"), {})
        else:
            break
    return described


def _step(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
