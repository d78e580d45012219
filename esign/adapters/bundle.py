"""The proof bundle: everything that shows who signed what and that nothing changed since, in one archive that checks offline.

The same state of an envelope gives the same bytes. `accord_verify` is the reader's side, and says what the archive's form is.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from documents.public import read_file, run_isolated
from esign.adapters import accord_verify, seal
from esign.adapters.completion import masked
from esign.adapters.keys import SealKey, as_pem
from esign.models import Envelope, SealedRevision
from esign.selectors.consent import TEXTS
from esign.selectors.envelopes import Mark, marks_of
from esign.selectors.revisions import revisions_of
from kernel.canonical import JSON
from kernel.clock import as_utc
from kernel.journal import StreamRef, entries
from kernel.models import JournalEntry

EXTRACT = "esign.adapters.extraction:pages_from"


def proof_bundle(envelope: Envelope) -> bytes:
    """The archive of a completed envelope. Raises SealError, SandboxError, StorageUnavailableError."""
    revisions = revisions_of(envelope.pk)
    pdf = read_file(revisions[-1].file_id)
    marks = marks_of(envelope.pk)
    key = seal.identity()
    found = seal.check(pdf, moment=as_utc(revisions[-1].created_at))
    document_pages = envelope.document.pages or 0
    members: dict[str, bytes] = {
        "README.txt": _readme(envelope, key).encode(),
        "certificate-of-completion.pdf": run_isolated(EXTRACT, {"pdf": pdf, "first": document_pages}),
        accord_verify.DOCUMENT: pdf,
        accord_verify.JOURNAL: _canonical([_entry(item) for item in entries(StreamRef("envelope", envelope.pk))]),
        "passkeys.json": _canonical([]),  # nobody has signed with one
        accord_verify.RECORD: _canonical(_record(envelope, revisions, marks)),
        accord_verify.SIGNER: as_pem(key).encode(),
    }
    for version, text in _consents(marks):
        members[f"consent/{version}.txt"] = text.encode()
    for number, token in enumerate(found["tokens"], start=1):
        members[f"timestamps/{number}.tst"] = token
    if revisions[-1].certificate is not None:
        members["seal-of-the-document.pem"] = revisions[-1].certificate.pem.encode()
    return _signed(envelope, key, sorted(members.items()))


def _signed(envelope: Envelope, key: SealKey, members: list[tuple[str, bytes]]) -> bytes:
    manifest = _canonical(
        {
            "format": accord_verify.FORMAT,
            "version": accord_verify.VERSION,
            "envelope": str(envelope.pk),
            "signed_by": key.fingerprint,
            "members": [
                {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members
            ],
        }
    )
    ending = [(accord_verify.MANIFEST, manifest), (accord_verify.SIGNATURE, key.sign(manifest))]
    return bytes(accord_verify.archive([*members, *ending]))


def _canonical(value: JSON) -> bytes:
    return bytes(accord_verify.canonical(value))


def _record(envelope: Envelope, revisions: Sequence[SealedRevision], marks: Sequence[Mark]) -> dict[str, Any]:
    return {
        "envelope": str(envelope.pk),
        "title": envelope.title,
        "workflow": envelope.workflow,
        "sent_at": as_utc(envelope.created_at),
        "all_signed_at": as_utc(envelope.all_signed_at) if envelope.all_signed_at else None,
        "document": {
            "sha256": envelope.document_sha256,
            "size": envelope.file.size,
            "pages": envelope.document.pages or 0,
        },
        "revisions": [
            {
                "number": revision.number,
                "sha256": revision.sha256,
                "size": revision.file.size,
                "level": revision.level,
                "stored_at": as_utc(revision.created_at),
                "time_proven": as_utc(revision.timestamped_at) if revision.timestamped_at else None,
                "time_proven_by": revision.timestamped_by,
            }
            for revision in revisions
        ],
        "signers": [
            {
                "signer_id": str(mark.signer_id),
                "name": mark.name,
                "role": mark.role,
                "typed_name": mark.typed_name,
                "signed_at": as_utc(mark.signed_at),
                "identity_check": mark.channel,
                "consent": mark.consent_version,
                "document_sha256": envelope.document_sha256,
                "network": masked(mark.ip),
                "user_agent": mark.user_agent,
                "image_sha256": hashlib.sha256(mark.image).hexdigest() if mark.image else None,
                "journal_seq": mark.journal_seq,
                "journal_hash": mark.journal_hash,
            }
            for mark in marks
        ],
    }


def _entry(entry: JournalEntry) -> dict[str, Any]:
    """One entry with all that its hash is made over; what is personal in it only as the hash of its sealed form."""
    return {
        "id": str(entry.pk),
        "stream_id": str(entry.stream_id),
        "seq": entry.seq,
        "created_at": entry.created_at.isoformat(),
        "verb": entry.verb,
        "actor_kind": entry.actor_kind,
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "actor_name": entry.actor_name,
        "subject_kind": entry.subject_kind,
        "subject_id": str(entry.subject_id) if entry.subject_id else None,
        "request_id": entry.request_id,
        "person_id": str(entry.person_id) if entry.person_id else None,
        "facts": entry.facts,
        "personal_sha256": hashlib.sha256(bytes(entry.personal)).hexdigest() if entry.personal is not None else None,
        "hash": bytes(entry.hash).hex(),
    }


def _consents(marks: Sequence[Mark]) -> list[tuple[str, str]]:
    """Each consent text that somebody agreed to, by version and language."""
    shown = {}
    for mark in marks:
        version, _open, language = mark.consent_version.rstrip(")").partition(" (")
        shown[f"{version}.{language}"] = TEXTS.get(version, {}).get(language, "")
    return sorted(shown.items())


def _readme(envelope: Envelope, key: SealKey) -> str:
    certificate = x509.load_der_x509_certificate(key.certificate)
    with translation.override(envelope.locale):
        return render_to_string(
            "esign/bundle_readme.txt",
            {
                "title": envelope.title,
                "envelope": str(envelope.pk),
                "fingerprint": key.fingerprint,
                "seal_name": certificate.subject.rfc4514_string(),
                "verify_url": f"{settings.ACCORD_BASE_URL}/verify/",
            },
        )
