"""The committed description of the API, as the tests read it: operations with their fields and parameters."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parents[2] / "openapi.yaml"


@dataclass(frozen=True)
class Operation:
    """One operation; `route` without the leading slash, as in the access matrix."""

    method: str
    route: str
    media_types: frozenset[str]
    fields: tuple[str, ...]
    query: tuple[str, ...]
    path: tuple[str, ...]
    answers_json: bool

    @property
    def takes_body(self) -> bool:
        return bool(self.media_types)

    def __str__(self) -> str:
        return f"{self.method} /{self.route}"


@cache
def description() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of openapi.yaml."""
    return tuple(
        _operation(method.upper(), path, described)
        for path, methods in description()["paths"].items()
        for method, described in methods.items()
    )


def _operation(method: str, path: str, described: dict[str, Any]) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    fields = {name for body in content.values() for name in _resolved(body["schema"]).get("properties", {})}
    parameters = described.get("parameters", [])
    good = [answer for status, answer in described["responses"].items() if status.startswith("2")]
    return Operation(
        method=method,
        route=path.removeprefix("/"),
        media_types=frozenset(content),
        fields=tuple(sorted(fields)),
        query=tuple(item["name"] for item in parameters if item["in"] == "query"),
        path=tuple(item["name"] for item in parameters if item["in"] == "path"),
        answers_json=all("application/json" in answer.get("content", {"application/json": {}}) for answer in good),
    )


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = description()["components"]["schemas"][name] if name else schema
    return found
