"""The time that is left to consent to arbitration once the rounds are used up."""

from django.conf import settings

from disputes.models import Dispute
from disputes.selectors.due import next_reminder
from disputes.selectors.rounds import is_consent_awaited
from disputes.services.records import write
from kernel.clock import as_utc, days_from, now
from kernel.journal import Actor


def settle_consent_period(dispute: Dispute) -> None:
    """Let the deadline of a locked case begin when consent is awaited, and end when it is not any more; a running one runs on.

    For everything that may change the answer: a move into mediation, a consent, its revocation, a mediator who comes or goes, a new party.
    """
    is_awaited = is_consent_awaited(dispute)
    if is_awaited == (dispute.consent_deadline is not None):
        return
    present = now()
    deadline = days_from(present, settings.DISPUTES_CONSENT_DAYS, dispute.timezone) if is_awaited else None
    Dispute.objects.filter(pk=dispute.pk).update(
        consent_deadline=deadline,
        next_reminder_at=next_reminder(deadline, present) if deadline is not None else None,
    )
    if deadline is not None:
        write(
            dispute,
            "arbitration.consent_awaited",
            Actor.system("deadlines"),
            facts={"deadline": as_utc(deadline)},
        )
    dispute.refresh_from_db()
