"""Events: the facts an app publishes. They carry ids and plain values, never private text or personal data."""

import types
import typing
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar
from uuid import UUID

E = TypeVar("E", bound="Event")


@dataclass(frozen=True)
class Event:
    """Base of every event. Its type name is `<app>.<ClassName>`; fields are UUID, str, int, bool, None or tuples of these."""

    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Event.registry[cls.type_name()] = cls

    @classmethod
    def type_name(cls) -> str:
        return f"{cls.__module__.partition('.')[0]}.{cls.__name__}"

    def payload(self) -> dict[str, Any]:
        """The fields as JSON."""
        return {item.name: _to_json(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def load(cls, type_name: str, payload: dict[str, Any]) -> "Event":
        """The event of an outbox row. Raises KeyError for a type this code does not know."""
        event_type = cls.registry[type_name]
        hints = typing.get_type_hints(event_type)
        known = {item.name for item in fields(event_type)}
        return event_type(**{name: _from_json(hints[name], value) for name, value in payload.items() if name in known})


def _to_json(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [_to_json(item) for item in value]
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise TypeError(f"An event cannot carry {type(value).__name__}.")


def _from_json(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
        return _from_json(hint, value)
    if origin is tuple:
        return tuple(_from_json(typing.get_args(hint)[0], item) for item in value)
    return UUID(value) if hint is UUID else value
