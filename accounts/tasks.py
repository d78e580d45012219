"""Celery entry points of accounts."""

from celery import shared_task

from accounts.services import sessions
from kernel.entry import entry

BATCH = 5000


@shared_task(name="accounts.forget_old_sessions")
def forget_old_sessions() -> int:
    """Delete the sessions that nobody can go on with any more; returns how many. One transaction a batch."""
    gone = 0
    while True:
        with entry():
            deleted = sessions.forget_old_sessions(batch=BATCH)
        gone += deleted
        if deleted < BATCH:
            return gone
