"""Time stamps and levels: what an authority gives, refuses or lies about, and what the validator makes of it."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from documents.public import StoredBytes, keep_bytes, read_file, render_page
from documents.tests.factories import document_of
from esign.adapters import seal, timestamps
from esign.adapters.timestamps import TimestampError
from esign.adapters.verification import verify_pdf
from esign.events import EnvelopeFullySigned
from esign.models import Envelope, SealCertificate, SealedRevision, SealUpgrade
from esign.subscribers import seal_envelope
from esign.tasks import raise_seals
from esign.tests.authority import Authority, authority
from esign.tests.factories import envelope_of, guest, sign_all
from kernel.entry import entry
from kernel.journal import StreamRef, entries

pytestmark = [pytest.mark.live, pytest.mark.db]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    settings.ACCORD_SEAL_KEY = str(tmp_path_factory.getbasetemp() / "seal" / "seal.pem")


@pytest.fixture
def time_authority(settings: Any) -> Iterator[Authority]:
    with authority() as running:
        settings.TSA_URL, settings.TSA_ROOTS = f"{running.address}/tsa", running.root_pem
        timestamps.breaker.reset()
        yield running
        timestamps.breaker.reset()


def kept(pdf: bytes) -> StoredBytes:
    return keep_bytes(pdf, media_type="application/pdf", suffix=".pdf")


def sealed_envelope() -> Envelope:
    pdf = render_page(html="<h1>Agreement</h1><p>They agree.</p>", styles="").pdf
    envelope = sign_all(envelope_of(guest("a@example.org"), document=document_of(None, pdf, stored=kept(pdf))))
    seal_envelope(EnvelopeFullySigned(envelope.pk, envelope.subject_kind, envelope.subject_id), lambda: entry())
    envelope.refresh_from_db()
    assert envelope.status == "completed"
    return envelope


def levels(envelope: Envelope) -> list[str]:
    return list(SealedRevision.objects.filter(envelope=envelope).order_by("number").values_list("level", flat=True))


def due_now() -> None:
    SealUpgrade.objects.update(due_at="2020-01-01T00:00:00Z")


def test_seal_with_an_authority_rises_to_an_archived_one_and_every_revision_stays_valid(
    time_authority: Authority, tmp_path: Path
) -> None:
    envelope = sealed_envelope()
    first = SealedRevision.objects.get(envelope=envelope)
    assert (first.level, first.timestamped_by) == ("B-T", "Test Time Authority")

    assert raise_seals() == 1

    envelope.refresh_from_db()
    assert levels(envelope) == ["B-T", "B-LTA"]
    assert not SealUpgrade.objects.exists()
    assert raise_seals() == 0
    assert envelope.sealed_file_id is not None
    newest = read_file(envelope.sealed_file_id)
    before = read_file(first.file_id)
    assert newest.startswith(before)
    assert hashlib.sha256(newest).hexdigest() == envelope.sealed_sha256 != first.sha256
    for pdf, level in ((before, "B-T"), (newest, "B-LTA")):
        finding = verify_pdf(pdf)
        assert (finding.verdict, finding.level) == ("valid", level)
        assert [revision.level for revision in finding.revisions] == ["B-T", "B-LTA"]
    verbs = [item.verb for item in entries(StreamRef("envelope", envelope.pk))]
    assert verbs[-2:] == ["envelope.sealed", "envelope.seal_raised"]
    path = tmp_path / "raised.pdf"
    path.write_bytes(newest)
    report = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in report  # the seal; poppler of Debian 12 does not check document time stamps
    assert (report.count("Signature #"), report.count("- Total document signed")) == (2, 1)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=True).stdout
    assert "No syntax or stream encoding errors" in checked


@pytest.mark.parametrize(
    "behaviour",
    [
        "down",
        "garbage",
        "huge",
        "declines",
        "wrong-nonce",
        "wrong-imprint",
        "broken-signature",
        "stranger",
        "not-for-time",
        "last-year",
    ],
)
def test_authority_that_fails_or_lies_gives_no_time(time_authority: Authority, behaviour: str) -> None:
    time_authority.behaviour = behaviour
    with pytest.raises(TimestampError):
        timestamps.stamp(b"7" * 32)
    assert time_authority.asked == 1

    time_authority.behaviour = "honest"
    assert timestamps.stamp(b"7" * 32).by == "Test Time Authority"


def test_authority_that_drips_is_given_up_in_time(time_authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    from esign.adapters import outgoing

    time_authority.behaviour = "slow"  # 0.3 s a byte, some 2,000 bytes
    with pytest.raises(outgoing.OutgoingError):
        outgoing.fetch(f"{time_authority.address}/tsa", body=b"\x30\x03\x02\x01\x01", largest=1000, seconds=0.8)


def test_authority_that_is_down_costs_nothing_but_the_level_and_it_recovers_alone(time_authority: Authority) -> None:
    time_authority.behaviour = "down"
    envelope = sealed_envelope()
    assert levels(envelope) == ["B-B"]
    assert SealedRevision.objects.get(envelope=envelope).timestamped_at is None

    assert raise_seals() == 0
    waiting = SealUpgrade.objects.get()
    assert (waiting.attempts, waiting.reason) == (1, "time stamp: status 503")
    assert raise_seals() == 0  # not due yet
    assert SealUpgrade.objects.get().attempts == 1

    time_authority.behaviour = "honest"
    timestamps.breaker.reset()
    due_now()
    assert raise_seals() == 1
    time_authority.are_lists_up = False
    assert raise_seals() == 0
    assert SealUpgrade.objects.get().reason == "revocation data: status 503"
    time_authority.are_lists_up = True
    due_now()
    assert raise_seals() == 1
    assert levels(envelope) == ["B-B", "B-T", "B-LTA"]
    for revision in SealedRevision.objects.filter(envelope=envelope):
        assert verify_pdf(read_file(revision.file_id)).verdict == "valid"


def test_level_stays_where_the_authority_offers_no_revocation_data(settings: Any) -> None:
    with authority(with_revocation=False) as running:
        settings.TSA_URL, settings.TSA_ROOTS = running.address, running.root_pem
        envelope = sealed_envelope()

        assert raise_seals() == 0

        assert levels(envelope) == ["B-T"]
        assert not SealUpgrade.objects.exists()
        newest = entries(StreamRef("envelope", envelope.pk)).reverse()[0]
        assert newest.verb == "envelope.seal_settled"


def test_time_of_an_authority_nobody_trusts_any_more_does_not_count(time_authority: Authority, settings: Any) -> None:
    envelope = sealed_envelope()
    assert envelope.sealed_file_id is not None
    pdf = read_file(envelope.sealed_file_id)
    assert seal.check(pdf)["level"] == "B-T"
    with authority() as other:
        settings.TSA_ROOTS = other.root_pem

        found = seal.check(pdf)

    assert (found["is_valid"], found["level"]) == (True, "B-B")
    assert [stamp["is_trusted"] for stamp in found["timestamps"]] == [False]


def test_without_an_authority_there_is_no_time_and_nothing_to_raise() -> None:
    envelope = sealed_envelope()
    assert (levels(envelope), SealUpgrade.objects.count(), raise_seals()) == (["B-B"], 0, 0)
    assert verify_pdf(read_file(SealedRevision.objects.get().file_id)).revisions[0].timestamped_at is None


def test_after_a_change_of_keys_older_seals_stay_valid(settings: Any, tmp_path: Path) -> None:
    older = sealed_envelope()
    settings.ACCORD_SEAL_KEY = str(tmp_path / "next.pem")
    newer = sealed_envelope()

    assert SealCertificate.objects.count() == 2
    for envelope in (older, newer):
        assert envelope.sealed_file_id is not None
        assert verify_pdf(read_file(envelope.sealed_file_id)).verdict == "valid"
    assert len(seal.known_fingerprints()) == 2
    assert seal.known_fingerprints()[0] == seal.identity().fingerprint


def test_revisions_and_certificates_are_never_changed() -> None:
    sealed_envelope()
    for rows, change in ((SealedRevision.objects, {"level": "B-B"}), (SealCertificate.objects, {"pem": "x"})):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all()._raw_delete("default")
