"""How far the rounds of a mediation have come, and what is left when they are used up."""

from django.conf import settings

from disputes.enums import DisputeStatus, Mode, Part, ResolutionStatus
from disputes.models import Dispute, Resolution
from disputes.selectors.access import active_parties

FAILED_ROUNDS = (ResolutionStatus.REJECTED, ResolutionStatus.COUNTERED)


def failed_rounds(dispute: Dispute) -> int:
    """Proposals that a party rejected or countered. A draft that came to nothing uses up no round."""
    return Resolution.objects.filter(dispute=dispute, mode=Mode.MEDIATION, status__in=FAILED_ROUNDS).count()


def rounds_remain(dispute: Dispute) -> bool:
    return failed_rounds(dispute) < settings.DISPUTES_MAX_ROUNDS


def all_consented(dispute: Dispute) -> bool:
    """Whether each active party has recorded its own consent to arbitration."""
    return not active_parties(dispute).filter(arbitration_consent_at=None).exists()


def is_consent_awaited(dispute: Dispute) -> bool:
    """Whether only arbitration could still settle the case, and somebody's consent to it is missing."""
    return (
        dispute.status == DisputeStatus.MEDIATING
        and not rounds_remain(dispute)
        and not all_consented(dispute)
        and not dispute.assignments.filter(part=Part.MEDIATOR, ended_at=None).exists()
    )
