"""The journal of what one party does in private: a stream of its own for each participant.

In the dispute's stream the numbers alone would tell the others that something happened (domain.md, Journal). Facts never hold what was
answered, ranked or bid.
"""

from collections.abc import Mapping
from uuid import UUID

from disputes.models import Participant
from kernel import journal
from kernel.canonical import JSON
from kernel.journal import Actor, Recorded, StreamRef


def write_private(
    participant: Participant,
    verb: str,
    actor: Actor,
    *,
    subject: tuple[str, UUID],
    facts: Mapping[str, JSON] | None = None,
) -> Recorded:
    """One entry on the participant's own stream; neither the dispute's numbers nor its `updated_at` move."""
    stream = StreamRef("participant", participant.pk)
    journal.open_stream(stream)
    return journal.record(stream=stream, verb=verb, actor=actor, subject=subject, facts=facts)
