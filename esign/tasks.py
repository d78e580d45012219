"""Celery entry points of esign."""

from celery import shared_task

from documents.errors import StorageUnavailableError
from documents.public import discard_bytes, keep_bytes, read_file
from esign.adapters import seal, timestamps
from esign.adapters.raising import NeverError, NotNowError, raise_level
from esign.models import SealUpgrade
from esign.selectors.envelopes import due_to_be_reminded, due_to_expire
from esign.selectors.revisions import upgrades_due
from esign.services.envelopes import expire_envelope
from esign.services.sealing import Proven, add_revision, postpone_upgrade, settle_upgrade
from esign.services.seats import remind_by_itself
from kernel.entry import entry

BATCH = 500
SEALS_AT_ONCE = 50


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


@shared_task(name="esign.raise_seals")
def raise_seals() -> int:
    """Bring sealed PDFs nearer to the level aimed at; returns how many new revisions were stored.

    While the authority is down each is left for later, and nothing is lost: the sealed file stands as it is.
    """
    if not timestamps.is_configured():
        return 0
    return sum(_raise(upgrade) for upgrade in upgrades_due(SEALS_AT_ONCE))


def _raise(upgrade: SealUpgrade) -> bool:
    envelope = upgrade.envelope
    if envelope.sealed_file_id is None:
        return False
    try:
        pdf, found = raise_level(read_file(envelope.sealed_file_id))
        stored = keep_bytes(pdf, media_type="application/pdf", suffix=".pdf")
    except NeverError as error:
        with entry():
            settle_upgrade(upgrade_id=upgrade.pk, reason=str(error))
        return False
    except (NotNowError, StorageUnavailableError) as error:
        reason = str(error) if isinstance(error, NotNowError) else "storage"
        with entry():
            postpone_upgrade(upgrade_id=upgrade.pk, reason=reason)
        return False
    at, by = timestamps.described(found)
    with entry():
        kept = add_revision(
            envelope_id=envelope.pk,
            follows=envelope.sealed_sha256,
            stored=stored,
            proven=Proven(found["level"], found["fingerprint"], at=at, by=by),
            level_aimed_at=seal.level_aimed_at(),
        )
    if kept is None:
        discard_bytes(stored.key)
    return kept is not None
