"""How disputes write the journal: one stream per dispute."""

from collections.abc import Mapping
from uuid import UUID

from accounts.public import User
from disputes.models import Dispute
from kernel import journal
from kernel.canonical import JSON
from kernel.clock import DbNow
from kernel.journal import Actor, Recorded, StreamRef


def stream_of(dispute_id: UUID) -> StreamRef:
    return StreamRef("dispute", dispute_id)


def actor_of(user: User | None, system: str = "sweep") -> Actor:
    return Actor.user(user.pk) if user is not None else Actor.system(system)


def write(
    dispute: Dispute,
    verb: str,
    actor: Actor,
    *,
    subject: tuple[str, UUID] | None = None,
    facts: Mapping[str, JSON] | None = None,
    is_hidden: bool = False,
) -> Recorded:
    """One entry on the dispute's stream, and the dispute's `updated_at`.

    What the others may not know of yet (`is_hidden`) does not move `updated_at`: they would see that something happened.
    """
    if not is_hidden:
        Dispute.objects.filter(pk=dispute.pk).update(updated_at=DbNow())
    return journal.record(
        stream=stream_of(dispute.pk), verb=verb, actor=actor, subject=subject or ("dispute", dispute.pk), facts=facts
    )
