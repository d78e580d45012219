"""Completing an envelope with its sealed PDF, and keeping the revisions that raise the seal's level later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value

from documents.public import StoredBytes, register_file
from esign.enums import EnvelopeStatus
from esign.events import EnvelopeCompleted
from esign.models import Envelope, SealCertificate, SealedRevision, SealUpgrade
from esign.services.envelopes import locked_envelope, move_envelope
from kernel.clock import DbNow
from kernel.journal import Actor, StreamRef, record
from kernel.outbox import publish

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Proven:
    """What the validator said of a sealed file. `at` and `by` are a trusted time stamp's, never this server's clock."""

    level: str
    fingerprint: str
    pem: str = ""
    at: datetime | None = None
    by: str = ""


@transaction.atomic
def complete_envelope(
    *,
    envelope_id: UUID,
    stored: StoredBytes,
    level: str,
    fingerprint: str,
    pem: str = "",
    timestamped_at: datetime | None = None,
    timestamped_by: str = "",
    level_aimed_at: str = "",
) -> Envelope | None:
    """in_progress → completed, with the sealed and validated PDF as revision 1. Publishes EnvelopeCompleted.

    None when the envelope was completed before (the event came twice): then `stored` is an orphan to be discarded.
    `level` is what the validator found; below `level_aimed_at` the job tries to raise it. `fingerprint` is the SHA-256 of the
    seal's certificate, `pem` the certificate.
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
    proven = Proven(level, fingerprint, pem, timestamped_at, timestamped_by)
    _keep_revision(envelope.pk, 1, file.pk, stored.sha256, proven)
    if level_aimed_at and level != level_aimed_at:
        SealUpgrade.objects.create(envelope=envelope, due_at=DbNow())
    publish(EnvelopeCompleted(envelope.pk, envelope.subject_kind, envelope.subject_id, file.pk))
    return envelope


@transaction.atomic
def add_revision(
    *, envelope_id: UUID, follows: str, stored: StoredBytes, proven: Proven, level_aimed_at: str
) -> SealedRevision | None:
    """Keep a file that extends the sealed one as its newest revision. What was stored before stays, and stays known.

    `follows` is the checksum of the revision it was made from. None when that is no longer the newest one: then `stored` is an
    orphan to be discarded.
    """
    envelope = locked_envelope(envelope_id)
    if envelope.sealed_sha256 != follows:
        return None
    newest = SealedRevision.objects.filter(envelope=envelope).order_by("-number")[:1].get()
    file = register_file(stored=stored, owner_id=None, purpose="sealed")
    revision = _keep_revision(envelope.pk, newest.number + 1, file.pk, stored.sha256, proven)
    Envelope.objects.filter(pk=envelope.pk).update(
        sealed_file=file, sealed_sha256=stored.sha256, seal_level=proven.level
    )
    record(
        stream=StreamRef("envelope", envelope.pk),
        verb="envelope.seal_raised",
        actor=Actor.system("seal"),
        subject=("file", file.pk),
        facts={
            "from": newest.level,
            "level": proven.level,
            "revision": revision.number,
            "follows_sha256": follows,
            "sealed_sha256": stored.sha256,
        },
    )
    if proven.level == level_aimed_at:
        SealUpgrade.objects.filter(envelope=envelope).delete()
    else:
        SealUpgrade.objects.filter(envelope=envelope).update(due_at=DbNow(), attempts=0, reason="")
    return revision


@transaction.atomic
def postpone_upgrade(*, upgrade_id: UUID, reason: str) -> None:
    """Try again later: after 30 s, then twice as long each time, at most an hour."""
    upgrade = SealUpgrade.objects.select_for_update(no_key=True).filter(pk=upgrade_id).first()
    if upgrade is None:
        return
    pause = min(FIRST_PAUSE * 2 ** min(upgrade.attempts, 16), LONGEST_PAUSE)
    later = ExpressionWrapper(DbNow() + Value(pause), output_field=DateTimeField())
    SealUpgrade.objects.filter(pk=upgrade_id).update(attempts=F("attempts") + 1, due_at=later, reason=reason[:100])


@transaction.atomic
def settle_upgrade(*, upgrade_id: UUID, reason: str) -> None:
    """Nothing more can be done: the level reached is the one that stays. Told in the journal."""
    upgrade = SealUpgrade.objects.select_for_update(no_key=True).filter(pk=upgrade_id).first()
    if upgrade is None:
        return
    record(
        stream=StreamRef("envelope", upgrade.envelope_id),
        verb="envelope.seal_settled",
        actor=Actor.system("seal"),
        subject=("envelope", upgrade.envelope_id),
        facts={"reason": reason[:100]},
    )
    upgrade.delete()


def _keep_revision(envelope_id: UUID, number: int, file_id: UUID, sha256: str, proven: Proven) -> SealedRevision:
    certificate = None
    if proven.pem:
        certificate, _made = SealCertificate.objects.get_or_create(
            fingerprint=proven.fingerprint, defaults={"pem": proven.pem}
        )
    elif proven.fingerprint:
        certificate = SealCertificate.objects.filter(fingerprint=proven.fingerprint).first()
    return SealedRevision.objects.create(
        envelope_id=envelope_id,
        number=number,
        file_id=file_id,
        sha256=sha256,
        level=proven.level,
        certificate=certificate,
        timestamped_at=proven.at,
        timestamped_by=proven.by[:200],
    )
