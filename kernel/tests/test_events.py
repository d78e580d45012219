"""Events: plain facts that survive the way through a JSON column."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.events import Event

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class SampleHappened(Event):
    row_id: UUID
    name: str
    count: int
    is_done: bool
    other_id: UUID | None
    members: tuple[UUID, ...]
    parts: tuple[str, ...] | None = None


@given(
    st.builds(
        SampleHappened,
        row_id=st.uuids(),
        name=st.text(st.characters(exclude_categories=["Cs"])),
        count=st.integers(-(2**53), 2**53),
        is_done=st.booleans(),
        other_id=st.none() | st.uuids(),
        members=st.lists(st.uuids(), max_size=4).map(tuple),
        parts=st.none() | st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3).map(tuple),
    )
)
def test_event_is_the_same_after_the_outbox(event: SampleHappened) -> None:
    stored = json.loads(json.dumps(event.payload()))
    assert Event.load("kernel.SampleHappened", stored) == event


def sample(**changes: Any) -> SampleHappened:
    values: dict[str, Any] = {
        "row_id": UUID(int=1),
        "name": "n",
        "count": 1,
        "is_done": True,
        "other_id": None,
        "members": (),
    }
    return SampleHappened(**{**values, **changes})


@pytest.mark.parametrize("value", [1.5, Decimal("1"), datetime(2026, 1, 1, tzinfo=UTC), b"x", {"a": 1}, object()])
def test_event_carries_only_ids_and_plain_values(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot carry"):
        sample(name=value).payload()
    with pytest.raises(TypeError, match="cannot carry"):
        sample(members=(value,)).payload()


def test_event_of_an_unknown_type_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Event.load("kernel.NeverHeardOf", {})


def test_event_of_another_version_loads_when_a_field_was_dropped_or_has_a_default() -> None:
    payload = sample().payload()
    del payload["parts"]
    assert Event.load("kernel.SampleHappened", {**payload, "forgotten": "x"}) == sample()
    del payload["name"]
    with pytest.raises(TypeError):
        Event.load("kernel.SampleHappened", payload)


def test_event_type_is_the_app_and_the_class() -> None:
    assert SampleHappened.type_name() == "kernel.SampleHappened"
    assert Event.registry["kernel.SampleHappened"] is SampleHappened


def test_event_is_frozen() -> None:
    with pytest.raises(AttributeError):
        sample().name = "other"  # type: ignore[misc]
