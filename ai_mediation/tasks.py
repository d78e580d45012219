"""Celery entry points of ai_mediation."""

from celery import shared_task

from ai_mediation.services.consultations import forget_old_requests as forget_batch
from kernel.entry import entry

BATCH = 2000


@shared_task(name="ai_mediation.forget_old_requests")
def forget_old_requests() -> int:
    """Delete sealed requests that are older than AI_REQUESTS_DAYS; returns how many. One transaction a batch."""
    gone = 0
    while True:
        with entry():
            deleted = forget_batch(batch=BATCH)
        gone += deleted
        if deleted < BATCH:
            return gone
