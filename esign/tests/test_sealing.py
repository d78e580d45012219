"""From the last signature to the sealed PDF and what `/verify/` says about it and its mutations."""

import hashlib
import random
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from documents.public import keep_bytes, read_file, register_file, render, validate_inputs
from documents.tests.factories import document_of, published, settlement
from esign.adapters import seal
from esign.adapters.completion import masked
from esign.adapters.verification import verify_checksum, verify_pdf
from esign.events import EnvelopeFullySigned
from esign.models import Envelope, SealedRevision
from esign.public import prepare_signature_image
from esign.subscribers import seal_envelope
from esign.tests.factories import envelope_of, guest, sign_all, token_of
from kernel.entry import entry

pytestmark = [pytest.mark.live, pytest.mark.db]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    settings.ACCORD_SEAL_KEY = str(tmp_path_factory.getbasetemp() / "seal" / "seal.pem")


def signed_envelope(locale: str = "en") -> Envelope:
    version = published(locale)
    data = validate_inputs(version, settlement())
    rendered = render(version.pk, data)
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    document = document_of(None, rendered.pdf, stored=stored, data=data)
    envelope = envelope_of(
        guest("marta@example.org"), guest("inaki@example.org"), document=document, locale=locale, title="Agreement Ñ"
    )
    return sign_all(envelope)


def deliver(envelope: Envelope, done: Any = None) -> None:
    event = EnvelopeFullySigned(envelope.pk, envelope.subject_kind, envelope.subject_id)
    seal_envelope(event, done or (lambda: entry()))
    envelope.refresh_from_db()


def sealed(envelope: Envelope) -> bytes:
    assert envelope.sealed_file_id is not None
    return read_file(envelope.sealed_file_id)


def tool(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("locale", ["en", "es"])
def test_last_signature_leads_to_one_sealed_file_that_outside_tools_accept(locale: str, tmp_path: Path) -> None:
    envelope = signed_envelope(locale)
    document = read_file(envelope.file_id)

    deliver(envelope)

    pdf = sealed(envelope)
    assert envelope.status == "completed"
    assert envelope.sealed_sha256 == hashlib.sha256(pdf).hexdigest()
    assert pdf.startswith(document)
    assert hashlib.sha256(pdf[: len(document)]).hexdigest() == envelope.document_sha256
    path = tmp_path / "sealed.pdf"
    path.write_bytes(pdf)
    report = tool("pdfsig", "-nocert", str(path))
    assert report.count("Signature #") == 1
    assert "Signature is Valid" in report
    assert "ETSI.CAdES.detached" in report
    assert "Total document signed" in report
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", str(path))
    text = " ".join(tool("pdftotext", str(path), "-").split())
    for expected in (envelope.document_sha256, str(envelope.pk), "Guest marta@example.org", "203.0.113.×", "/verify/"):
        assert expected in text
    assert "203.0.113.77" not in text


def test_delivery_twice_changes_nothing() -> None:
    envelope = signed_envelope()
    deliver(envelope)
    first = envelope.sealed_sha256

    deliver(envelope)

    assert envelope.sealed_sha256 == first


def test_delivery_that_is_cut_off_is_done_again() -> None:
    envelope = signed_envelope()

    def killed() -> AbstractContextManager[None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(envelope, killed)
    envelope.refresh_from_db()
    assert envelope.status == "in_progress"
    deliver(envelope)

    assert envelope.status == "completed"


def test_document_changed_in_storage_is_never_sealed() -> None:
    envelope = signed_envelope()
    Path(default_storage.path(envelope.file.key)).write_bytes(b"%PDF-1.7 something else")

    with pytest.raises(Exception, match="not the one that was kept"):
        deliver(envelope)

    envelope.refresh_from_db()
    assert envelope.sealed_file_id is None


def test_seal_key_is_made_once_and_only_for_its_owner(settings: Any, tmp_path: Path) -> None:
    settings.ACCORD_SEAL_KEY = str(tmp_path / "keys" / "seal.pem")

    first, second = seal.identity(), seal.identity()

    assert first.fingerprint == second.fingerprint
    assert (tmp_path / "keys" / "seal.pem").stat().st_mode & 0o777 == 0o600
    settings.ACCORD_SEAL_KEY = (tmp_path / "keys" / "seal.pem").read_text()
    assert seal.identity().fingerprint == first.fingerprint


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.×"),
        ("::ffff:203.0.113.77", "203.0.113.×"),
        ("2001:db8:1:2::5", "2001:0db8:0001::×"),
        ("", "—"),
    ],
)
def test_certificate_shows_the_network_and_not_the_device(address: str, shown: str) -> None:
    assert masked(address) == shown


@pytest.mark.parametrize(
    "image", ["x", "data:image/png;base64,###", "data:image/png;base64,aGVsbG8=", "data:image/svg+xml;base64,aGVsbG8="]
)
def test_drawn_signature_that_is_no_png_is_refused(image: str) -> None:
    from esign.errors import SignatureImageError

    with pytest.raises(SignatureImageError):
        prepare_signature_image(image)


def mutations(pdf: bytes, count: int, seed: int) -> list[bytes]:
    """Changed copies: bits, bytes, runs, hex case and padding of the signature, cuts, appended and inserted bytes."""
    chance = random.Random(seed)
    start = pdf.rindex(b"/Contents <") + 11
    end = pdf.index(b">", start)
    changed = []
    for _ in range(count):
        copy = bytearray(pdf)
        place = chance.randrange(len(copy))
        kind = chance.randrange(9)
        if kind == 0:
            copy[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            copy[place] = (copy[place] + chance.randrange(1, 256)) % 256
        elif kind == 2:
            copy[place : place + 8] = bytes(chance.randrange(256) for _ in range(8))
        elif kind == 3:  # the zero padding of /Contents
            copy[end - 1 - chance.randrange(2000)] = ord("1")
        elif kind == 4:  # hex case inside /Contents
            letters = [i for i in range(start, start + 4000) if chr(copy[i]) in "abcdefABCDEF"]
            at = chance.choice(letters)
            copy[at] ^= 0x20
        elif kind == 5:
            copy += chance.choice([b"\n", b" ", b"%x", b"\n%%EOF\n", b"1 0 obj<<>>endobj\n"])
        elif kind == 6:
            del copy[place : place + chance.randrange(1, 50)]
        elif kind == 7:
            copy[place:place] = b"%x\n"
        else:
            other = chance.randrange(len(copy))
            copy[place], copy[other] = copy[other], copy[place]
        if bytes(copy) != pdf:
            changed.append(bytes(copy))
    return changed


def completed() -> tuple[Envelope, bytes]:
    envelope = signed_envelope()
    deliver(envelope)
    return envelope, sealed(envelope)


def test_sealed_file_is_valid_and_no_mutation_of_it_is() -> None:
    _envelope, pdf = completed()

    assert verify_pdf(pdf).verdict == "valid"
    copies = mutations(pdf, 220, seed=20261121)
    verdicts = {verify_pdf(copy).verdict for copy in copies}

    assert len(copies) >= 200
    assert verdicts <= {"altered", "unknown"}


@pytest.mark.long
def test_thousands_of_mutations_are_never_valid(long_share: float) -> None:
    _envelope, pdf = completed()

    for copy in mutations(pdf, int(5000 * long_share), seed=7):
        assert verify_pdf(copy).verdict in {"altered", "unknown"}


def test_stored_checksum_alone_does_not_make_a_broken_file_valid() -> None:
    """Even with its own checksum in the row, a file whose seal does not hold is not valid."""
    envelope, pdf = completed()
    for number, copy in enumerate((pdf.replace(b"2026", b"2027", 1), b"%PDF-1.7 nonsense"), start=2):
        stored = keep_bytes(copy, media_type="application/pdf", suffix=".pdf")
        file = register_file(stored=stored, owner_id=None, purpose="sealed")
        SealedRevision.objects.create(envelope=envelope, number=number, file=file, sha256=stored.sha256, level="B-B")

        assert verify_pdf(copy).verdict == "altered"


def test_verification_tells_who_and_when_and_for_a_checksum_too() -> None:
    envelope, pdf = completed()
    document = read_file(envelope.file_id)

    for finding in (verify_pdf(pdf), verify_checksum(envelope.sealed_sha256.upper() + " ")):
        assert finding is not None
        assert finding.verdict == "valid"
        assert [signer.name for signer in finding.signers] == ["Guest marta@example.org", "Guest inaki@example.org"]
    unsigned = verify_pdf(document)
    assert (unsigned.verdict, unsigned.title, unsigned.signers) == ("unsigned", "", ())
    unknown = verify_checksum("0" * 64)
    assert unknown is not None
    assert unknown.verdict == "unknown"
    assert verify_checksum("xyz") is None


def test_verify_page_says_so_and_hostile_files_cause_no_error() -> None:
    envelope, pdf = completed()
    client = Client()

    assert client.get("/verify/").status_code == 200
    answer = client.post("/verify/", {"file": SimpleUploadedFile("a.pdf", pdf)})
    assert 'data-verdict="valid"' in answer.content.decode()
    assert "Guest marta@example.org" in answer.content.decode()
    hostile = [
        b"x",
        b"%PDF-1.7",
        b"%PDF-1.7\n" + b"[" * 100_000,
        pdf[:-3000],
        pdf.replace(b"/ByteRange", b"/ByteRangf"),
        pdf.replace(b"/Contents <30", b"/Contents <00"),
        pdf.replace(b"/Type /Sig", b"/Type 99999", 1),
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>endobj\n2 0 obj<</FT/Sig/V 2 0 R>>endobj\ntrailer<</Root 1 0 R>>",
    ]
    for body in hostile:
        answer = client.post("/verify/", {"file": SimpleUploadedFile("a.pdf", body)})
        assert answer.status_code == 200
        assert 'data-verdict="valid"' not in answer.content.decode()
    assert client.post("/verify/", {}).status_code == 400
    assert client.post("/verify/", {"checksum": "nonsense"}).status_code == 400
    by_checksum = client.post("/verify/", {"checksum": envelope.sealed_sha256})
    assert 'data-verdict="valid"' in by_checksum.content.decode()


def test_signers_page_from_reading_to_the_sealed_document(tmp_path: Path) -> None:
    version = published()
    data = validate_inputs(version, settlement())
    rendered = render(version.pk, data)
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    envelope = envelope_of(guest("a@example.org"), document=document_of(None, rendered.pdf, stored=stored, data=data))
    client, address = Client(), f"/sign/{token_of(envelope)}"

    page = client.get(address)
    assert (page.status_code, page["Referrer-Policy"], page["Cache-Control"]) == (200, "no-referrer", "no-store")
    assert Envelope.objects.get(pk=envelope.pk).status == "sent"
    document = client.get(address + "/document")
    assert b"".join(document) == rendered.pdf
    assert Envelope.objects.get(pk=envelope.pk).status == "in_progress"
    wrong = client.post(address, {"action": "sign", "full_name": "Ana", "consent": "on", "checksum": "0" * 64})
    assert wrong.status_code == 409
    no_consent = client.post(address, {"action": "sign", "full_name": "Ana", "checksum": envelope.document_sha256})
    assert no_consent.status_code == 400
    signed = client.post(
        address, {"action": "sign", "full_name": "Ana", "consent": "on", "checksum": envelope.document_sha256}
    )
    assert signed.status_code == 200
    assert "You have signed" in signed.content.decode()
    envelope.refresh_from_db()
    deliver(envelope)
    assert b"".join(client.get(address + "/document")) == sealed(envelope)
    # The person is whom the envelope names; what they typed stands beside it and never in its place.
    (tmp_path / "sealed.pdf").write_bytes(sealed(envelope))
    text = " ".join(tool("pdftotext", "-layout", str(tmp_path / "sealed.pdf"), "-").split())
    assert "1. Guest a@example.org" in text
    assert "Name as typed Ana" in text
    found = client.post("/verify/", {"checksum": envelope.sealed_sha256}).content.decode()
    assert "Guest a@example.org (signed as “Ana”)" in found
    assert client.get("/sign/" + "A" * 43).status_code == 404


def test_signer_declines_on_the_page() -> None:
    envelope = envelope_of(guest("a@example.org"), guest("b@example.org"))

    answer = Client().post(f"/sign/{token_of(envelope)}", {"action": "decline", "reason": "Not what we agreed."})

    envelope.refresh_from_db()
    assert answer.status_code == 200
    assert (envelope.status, envelope.end_reason) == ("declined", "Not what we agreed.")
