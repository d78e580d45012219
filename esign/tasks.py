"""Celery entry points of esign."""

from celery import shared_task

from esign.selectors.envelopes import due_to_expire
from esign.services.envelopes import expire_envelope
from kernel.entry import entry

BATCH = 500


@shared_task(name="esign.sweep_envelopes")
def sweep_envelopes() -> int:
    """End the envelopes whose time is up; returns how many. Costs by what is due."""
    ended = 0
    for envelope_id in due_to_expire(BATCH):
        with entry():
            ended += expire_envelope(envelope_id=envelope_id)
    return ended
