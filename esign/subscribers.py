"""What esign does when something happened."""

import hashlib

from documents.public import discard_bytes, keep_bytes, read_file
from esign.adapters import seal, timestamps
from esign.adapters.completion import CompletionFacts, completion_pages
from esign.adapters.keys import as_pem
from esign.events import EnvelopeFullySigned
from esign.models import Envelope
from esign.selectors.envelopes import envelope_to_seal, journal_head, marks_of
from esign.services.sealing import complete_envelope
from kernel.subscriptions import Done, GiveUp, subscriber


@subscriber(EnvelopeFullySigned, name="esign.seal_envelope", queue="pdf", max_attempts=20)
def seal_envelope(event: EnvelopeFullySigned, done: Done) -> None:
    """Build, seal, validate and store the final PDF, then complete the envelope.

    Killed in the middle it is simply done again: nothing is visible before `complete_envelope`, which counts once.
    """
    envelope = envelope_to_seal(event.envelope_id)
    if envelope is None:
        return
    identity = seal.identity()
    document = read_file(envelope.file_id)
    if hashlib.sha256(document).hexdigest() != envelope.document_sha256:
        raise GiveUp("The stored document is not the one that was signed.")
    pages = completion_pages(facts_of(envelope, document, identity.fingerprint), marks_of(envelope.pk))
    pdf = seal.seal(document, pages, reason="Signed by all parties")
    found = seal.validate(pdf)
    timestamped_at, timestamped_by = timestamps.described(found)
    stored = keep_bytes(pdf, media_type="application/pdf", suffix=".pdf")
    with done():
        completed = complete_envelope(
            envelope_id=envelope.pk,
            stored=stored,
            level=found["level"],
            fingerprint=identity.fingerprint,
            pem=as_pem(identity),
            timestamped_at=timestamped_at,
            timestamped_by=timestamped_by,
            level_aimed_at=seal.level_aimed_at(),
        )
    if completed is None:
        discard_bytes(stored.key)


def facts_of(envelope: Envelope, document: bytes, fingerprint: str) -> CompletionFacts:
    """What the certificate states about the envelope, as the journal has it now."""
    head = journal_head(envelope.pk)
    return CompletionFacts(
        envelope_id=str(envelope.pk),
        title=envelope.title,
        locale=envelope.locale,
        workflow=envelope.workflow,
        document_sha256=envelope.document_sha256,
        document_size=len(document),
        document_pages=envelope.document.pages or 0,
        sent_at=envelope.created_at,
        all_signed_at=envelope.all_signed_at or envelope.created_at,
        journal_seq=head.seq,
        journal_hash=bytes(head.hash).hex(),
        seal_fingerprint=fingerprint,
        level=seal.level_aimed_at(),
    )
