"""Celery entry points of esign."""

from celery import shared_task

from esign.selectors.envelopes import due_to_be_reminded, due_to_expire
from esign.services.envelopes import expire_envelope
from esign.services.seats import remind_by_itself
from kernel.entry import entry

BATCH = 500


@shared_task(name="esign.sweep_envelopes")
def sweep_envelopes() -> int:
    """End the envelopes whose time is up and send the reminders that are due; returns how many. Costs by what is due."""
    done = 0
    for envelope_id in due_to_expire(BATCH):
        with entry():
            done += expire_envelope(envelope_id=envelope_id)
    for signer_id in due_to_be_reminded(BATCH):
        with entry():
            done += remind_by_itself(signer_id=signer_id)
    return done
