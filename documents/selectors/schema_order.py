"""The order of a schema's inputs. PostgreSQL keeps the members of a JSON object in an order of its own, but not those of a list."""

from collections.abc import Mapping
from typing import Any

ORDER = "x-order"


def with_order(schema: Any) -> Any:
    """The schema with the order of its properties written down beside them, at every depth; an order that is noted stays."""
    if isinstance(schema, list):
        return [with_order(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: with_order(value) for name, value in schema.items() if name not in {ORDER, "examples"}}
    if isinstance(schema.get("properties"), dict):
        made[ORDER] = ordered_names(schema)
    return made | {name: schema[name] for name in ("examples",) if name in schema}


def in_order(schema: Any) -> Any:
    """The schema as its author wrote it: properties in their order, and no note of it."""
    if isinstance(schema, list):
        return [in_order(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: in_order(value) for name, value in schema.items() if name not in {ORDER, "examples"}}
    if isinstance(schema.get("properties"), dict):
        made["properties"] = {name: in_order(schema["properties"][name]) for name in ordered_names(schema)}
    return made | {name: schema[name] for name in ("examples",) if name in schema}


def ordered_names(schema: Mapping[str, Any]) -> list[str]:
    """The names of a schema's properties in the order that is written down; names that are missing there come last."""
    properties = schema.get("properties")
    names = list(properties) if isinstance(properties, Mapping) else []
    noted = schema.get(ORDER)
    first = [name for name in noted if name in names] if isinstance(noted, list) else []
    return list(dict.fromkeys([*first, *names]))
