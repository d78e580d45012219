"""The journal of a person: their own stream, with whence things came sealed under their own key."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kernel.context import Origin
from kernel.journal import Actor, StreamRef, record


def record_person(
    *,
    person_id: UUID,
    verb: str,
    actor: Actor | None = None,
    origin: Origin | None = None,
    facts: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    subject: tuple[str, UUID] | None = None,
) -> None:
    """Append to the person's stream; without another actor it was the person."""
    sealed: dict[str, Any] = dict(personal or {})
    if origin is not None:
        sealed |= {"ip": origin.ip, "user_agent": origin.user_agent}
    record(
        stream=StreamRef("person", person_id),
        verb=verb,
        actor=actor or Actor.user(person_id),
        subject=subject or ("person", person_id),
        facts=facts or {},
        personal=sealed or None,
        person_id=person_id if sealed else None,
    )
