"""Whether a person mediates a case instead of the AI."""

from uuid import UUID

from disputes.enums import Part
from disputes.models import Assignment


def has_human_mediator(dispute_id: UUID) -> bool:
    """Whether a lawyer mediates the case now; caucuses are then between the party and that person."""
    return Assignment.objects.filter(dispute_id=dispute_id, part=Part.MEDIATOR, ended_at=None).exists()
