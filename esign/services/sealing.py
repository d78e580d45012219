"""Completing an envelope with its sealed PDF."""

from uuid import UUID

from django.db import transaction

from documents.public import StoredBytes, register_file
from esign.enums import EnvelopeStatus
from esign.events import EnvelopeCompleted
from esign.models import Envelope
from esign.services.envelopes import locked_envelope, move_envelope
from kernel.clock import DbNow
from kernel.journal import Actor, StreamRef, record
from kernel.outbox import publish


@transaction.atomic
def complete_envelope(*, envelope_id: UUID, stored: StoredBytes, level: str, fingerprint: str) -> Envelope | None:
    """in_progress → completed, with the sealed and validated PDF. Publishes EnvelopeCompleted.

    None when the envelope was completed before (the event came twice): then `stored` is an orphan to be discarded.
    `fingerprint` is the SHA-256 of the seal's certificate.
    """
    envelope = locked_envelope(envelope_id)
    if envelope.status == EnvelopeStatus.COMPLETED or envelope.all_signed_at is None:
        return None
    file = register_file(stored=stored, owner_id=None, purpose="sealed")
    actor = Actor.system("seal")
    move_envelope(
        envelope,
        "complete",
        actor,
        sealed_file=file,
        sealed_sha256=stored.sha256,
        sealed_at=DbNow(),
        ended_at=DbNow(),
        seal_level=level,
    )
    record(
        stream=StreamRef("envelope", envelope.pk),
        verb="envelope.sealed",
        actor=actor,
        subject=("file", file.pk),
        facts={
            "document_sha256": envelope.document_sha256,
            "sealed_sha256": stored.sha256,
            "level": level,
            "certificate_sha256": fingerprint,
        },
    )
    publish(EnvelopeCompleted(envelope.pk, envelope.subject_kind, envelope.subject_id, file.pk))
    return envelope
