"""A form made from a template's schema: fields to show, and what was typed as data again.

Names of inputs are paths ("parties.0.name"); `NAME.count` says how many rows a list has. What is left empty is left out of
the data, so that the schema itself says what is missing. `form_of` and `data_of` undo each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from documents.selectors.schema_order import ordered_names
from kernel.errors import FieldError

MOST_ROWS = 200
DEEPEST = 8
LONG_TEXT = 300
_NOTHING: Any = object()


@dataclass
class Field:
    """One input, group of inputs or list. `kind`: text | long | date | number | check | choice | choices | money | group | rows."""

    kind: str
    name: str
    label: str
    is_required: bool = False
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    options: list[tuple[str, str, bool]] = field(default_factory=list)
    fields: list["Field"] = field(default_factory=list)
    limit: int | None = None
    step: str = ""
    can_grow: bool = False

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")

    @property
    def template(self) -> str:
        return f"documents/fields/{self.kind}.html"


@dataclass(frozen=True)
class _Shown:
    """What is shown beside the data: errors by the name of their field, and the list that shows one empty row more."""

    errors: dict[str, list[str]]
    grown: str = ""


def form_of(
    schema: Mapping[str, Any],
    data: Mapping[str, Any],
    errors: list[FieldError] | None = None,
    *,
    grown: str = "",
    pointer: str = "/data",
) -> list[Field]:
    """The fields of a schema of objects with what `data` says; each error stands at its field.

    `grown` is the name of a list that shows one empty row more.
    """
    at: dict[str, list[str]] = {}
    for error in errors or []:
        at.setdefault(error.pointer.removeprefix(pointer).strip("/").replace("/", "."), []).append(error.detail)
    return _group_fields(schema, schema, "", data, _Shown(at, grown))


def data_of(schema: Mapping[str, Any], posted: Any) -> dict[str, Any]:
    """What was typed, as data that may or may not fit the schema. `posted` is a QueryDict."""
    found = _read(schema, schema, "", posted)
    return found if isinstance(found, dict) else {}


def without_row(posted: Any, name: str, index: int) -> Any:
    """What was posted without one row of the list `name`: those after it move up."""
    changed = posted.copy()
    count = _count(posted, name)
    for key in list(changed):
        number, separator, rest = key.removeprefix(f"{name}.").partition(".")
        if not key.startswith(f"{name}.") or not number.isdecimal() or len(number) > 5 or int(number) < index:
            continue
        values = changed.getlist(key)
        del changed[key]
        if int(number) > index:
            changed.setlist(f"{name}.{int(number) - 1}{separator}{rest}", values)
    changed[f"{name}.count"] = str(max(count - 1, 0))
    return changed


def _group_fields(
    root: Mapping[str, Any], schema: Mapping[str, Any], path: str, data: Any, shown: _Shown
) -> list[Field]:
    needed = schema.get("required", ())
    values = data if isinstance(data, Mapping) else {}
    return [
        _field(root, schema["properties"][name], _join(path, name), name in needed, values.get(name, _NOTHING), shown)
        for name in ordered_names(schema)
        if name != "locale"
    ]


def _field(
    root: Mapping[str, Any], part: Mapping[str, Any], path: str, needed: bool, value: Any, shown: _Shown
) -> Field:
    schema = _resolved(root, part)
    kind = _kind(schema, path)
    made = Field(kind, path, _label(schema, path), needed, errors=shown.errors.get(path, []))
    known = "" if value is _NOTHING or value is None else value
    if kind == "money":
        amount = known if isinstance(known, Mapping) else {}
        made.value = {"amount": amount.get("amount", ""), "currency": amount.get("currency", "")}
        made.errors = [text for end in ("", ".amount", ".currency") for text in shown.errors.get(path + end, [])]
    elif kind == "group":
        made.fields = _group_fields(root, schema, path, known, shown)
    elif kind == "rows":
        rows = list(known) if isinstance(known, list) else []
        most = min(schema.get("maxItems", MOST_ROWS), MOST_ROWS)
        least = min(max(len(rows) + (path == shown.grown), 1 if needed else 0), most)
        rows += [_NOTHING] * (least - len(rows))
        made.fields = [
            _field(root, _items(schema), f"{path}.{index}", True, row, shown) for index, row in enumerate(rows)
        ]
        made.can_grow = len(rows) < most
    elif kind == "choices":
        chosen = known if isinstance(known, list) else []
        made.options = [(str(one), _(_words(one)), one in chosen) for one in _items(schema)["enum"]]
    elif kind == "choice":
        made.options = [(str(one), _(_words(one)), one == known) for one in schema["enum"]]
    else:
        made.value = known
        made.limit = schema.get("maxLength")
        made.step = "any" if schema.get("type") == "number" else "1"
    return made


def _read(root: Mapping[str, Any], part: Mapping[str, Any], path: str, posted: Any) -> Any:
    schema = _resolved(root, part)
    kind = _kind(schema, path)
    if kind == "group":
        found = {
            name: value
            for name, one in schema.get("properties", {}).items()
            if (value := _read(root, one, _join(path, name), posted)) is not _NOTHING
        }
        return found if found or not path else _NOTHING
    if kind == "rows":
        read = [_read(root, _items(schema), f"{path}.{index}", posted) for index in range(_count(posted, path))]
        rows = [row for row in read if row is not _NOTHING]
        return rows or _NOTHING
    if kind == "choices":
        return posted.getlist(path) or _NOTHING
    if kind == "check":
        return True if path in posted else _NOTHING
    if kind == "money":
        amount, currency = _typed(posted, f"{path}.amount"), _typed(posted, f"{path}.currency").upper()
        if not amount:
            return _NOTHING
        return {"amount": amount.replace(",", ".") if "." not in amount else amount, "currency": currency}
    text = _typed(posted, path)
    if not text:
        return _NOTHING
    return _number(text, schema) if kind == "number" else text


def _number(text: str, schema: Mapping[str, Any]) -> Any:
    try:
        return int(text) if schema.get("type") == "integer" else float(text.replace(",", "."))
    except ValueError:
        return text  # the schema says what was expected


def _typed(posted: Any, name: str) -> str:
    return str(posted.get(name, "")).strip()


def _count(posted: Any, name: str) -> int:
    text = str(posted.get(f"{name}.count", "0"))
    return min(int(text), MOST_ROWS) if text.isdecimal() and len(text) < 6 else 0


def _resolved(root: Mapping[str, Any], part: Any) -> Mapping[str, Any]:
    """The schema behind a reference within the same schema, and behind "this or null"."""
    for _step in range(8):
        if not isinstance(part, Mapping):
            return {}
        if "$ref" in part:
            target: Any = root
            for name in str(part["$ref"]).removeprefix("#/").split("/"):
                target = target.get(name, {}) if isinstance(target, Mapping) else {}
            part = {**target, **{name: value for name, value in part.items() if name != "$ref"}}
        elif "anyOf" in part:
            chosen = next((one for one in part["anyOf"] if isinstance(one, Mapping) and one.get("type") != "null"), {})
            part = {**chosen, **{name: value for name, value in part.items() if name != "anyOf"}}
        else:
            break
    resolved: Mapping[str, Any] = part
    return resolved


def _kind(schema: Mapping[str, Any], path: str) -> str:
    if "enum" in schema:
        return "choice"
    if path.count(".") >= DEEPEST:  # a schema that refers to itself has no end
        return "text"
    match schema.get("type"):
        case "object":
            return "money" if set(schema.get("properties", {})) == {"amount", "currency"} else "group"
        case "array":
            return "choices" if "enum" in _items(schema) else "rows"
        case "boolean":
            return "check"
        case "integer" | "number":
            return "number"
    if schema.get("format") == "date":
        return "date"
    return "long" if schema.get("maxLength", 0) > LONG_TEXT else "text"


def _items(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    items = schema.get("items")
    return items if isinstance(items, Mapping) else {}


def _label(schema: Mapping[str, Any], path: str) -> str:
    last = path.rpartition(".")[2]
    if schema.get("title"):
        return str(_(schema["title"]))
    return str(int(last) + 1) if last.isdecimal() else str(_(_words(last)))


def _words(name: Any) -> str:
    return str(name).replace("_", " ").replace("-", " ").capitalize()


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
