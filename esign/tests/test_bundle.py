"""The proof bundle, the program that checks it, and what /verify/ says of it."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.tests.factories import UserFactory
from documents.public import StoredBytes, keep_bytes, render_page
from documents.tests.factories import document_of
from esign.adapters import accord_verify, seal
from esign.adapters.accord_verify import InvalidBundleError, archive, canonical, check
from esign.adapters.bundle import proof_bundle
from esign.adapters.verification import verify_bundle
from esign.events import EnvelopeFullySigned
from esign.models import Envelope
from esign.subscribers import seal_envelope
from esign.tests.factories import envelope_of, guest, sign_all, spec
from kernel.entry import entry

pytestmark = [pytest.mark.live, pytest.mark.db]
PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "accord-verify"
FILES = [
    "README.txt",
    "certificate-of-completion.pdf",
    "consent/2026-1.en.txt",
    "document.pdf",
    "journal.json",
    "passkeys.json",
    "record.json",
    "seal-certificate.pem",
    "seal-of-the-document.pem",
    "manifest.json",
    "manifest.sig",
]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    settings.ACCORD_SEAL_KEY = str(tmp_path_factory.getbasetemp() / "seal" / "seal.pem")


def kept(pdf: bytes) -> StoredBytes:
    return keep_bytes(pdf, media_type="application/pdf", suffix=".pdf")


def completed(*signers: Any, **fields: Any) -> Envelope:
    pdf = render_page(html="<h1>Agreement Ñ</h1><p>They agree.</p>", styles="").pdf
    signers = signers or (guest("a@example.org"), guest("b@example.org"))
    envelope = sign_all(
        envelope_of(*signers, document=document_of(None, pdf, stored=kept(pdf)), title="Agreement Ñ", **fields)
    )
    seal_envelope(EnvelopeFullySigned(envelope.pk, envelope.subject_kind, envelope.subject_id), lambda: entry())
    envelope.refresh_from_db()
    return envelope


def members_of(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_bundle_is_the_same_each_time_and_is_proven_offline_by_the_program_alone(tmp_path: Path) -> None:
    envelope = completed()
    bundle = proof_bundle(envelope)
    fingerprint = seal.identity().fingerprint

    assert proof_bundle(envelope) == bundle
    assert list(members_of(bundle)) == FILES
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(PROGRAM.resolve()), str(path), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        return done.returncode, done.stdout.splitlines()[-1].split(":")[0]

    assert run("--fingerprint", fingerprint) == (0, "VALID")
    assert run() == (2, "CONSISTENT, NOT PROVEN")
    assert run("--fingerprint", "0" * 64) == (1, "NOT VALID")
    assert verify_bundle(bundle).verdict == "valid"
    assert "django" not in PROGRAM.read_text().lower()


def test_any_flipped_byte_of_any_member_or_of_the_archive_and_any_cut_is_noticed() -> None:
    bundle = proof_bundle(completed())
    known = {seal.identity().fingerprint}
    assert check(bundle, known)["is_known"]
    places: set[int] = set()
    for name, data in members_of(bundle).items():
        start = bundle.index(data)
        step = max(1, len(data) // 40)
        places |= {*range(start, start + len(data), step), start + len(data) - 1, bundle.index(name.encode())}
    places |= {*range(40), *range(len(bundle) - 900, len(bundle))}
    for place in sorted(places):
        copy = bytearray(bundle)
        copy[place] ^= 1 << (place % 8)
        with pytest.raises(InvalidBundleError):
            check(bytes(copy), known)
    for cut in (0, 1, 21, 22, len(bundle) // 2, len(bundle) - 22, len(bundle) - 1):
        with pytest.raises(InvalidBundleError):
            check(bundle[:cut], known)
    for more in (bundle + b"\0", b"\0" + bundle, bundle + bundle):
        with pytest.raises(InvalidBundleError):
            check(more, known)


def repacked(members: dict[str, bytes], sign: Any = None) -> bytes:
    """The archive with its manifest made anew over what is in it now."""
    manifest = json.loads(members["manifest.json"])
    rest = [(name, data) for name, data in members.items() if name not in {"manifest.json", "manifest.sig"}]
    manifest["members"] = [{"name": n, "size": len(d), "sha256": accord_verify.sha256(d)} for n, d in rest]
    if sign:
        certificate = x509.load_pem_x509_certificate(members["seal-certificate.pem"])
        manifest["signed_by"] = accord_verify.sha256(certificate.public_bytes(serialization.Encoding.DER))
    body = canonical(manifest)
    signature = sign(body) if sign else members["manifest.sig"]
    return archive([*rest, ("manifest.json", body), ("manifest.sig", signature)])


def test_member_and_manifest_replaced_together_are_noticed(tmp_path: Path, settings: Any) -> None:
    members = members_of(proof_bundle(completed()))
    known = {seal.identity().fingerprint}
    assert check(repacked(members), known)["is_known"]
    for name in FILES[:-2]:
        with pytest.raises(InvalidBundleError, match="signature does not hold"):
            check(repacked({**members, name: members[name] + b" "}), known)
    without = {name: data for name, data in members.items() if name != "README.txt"}
    with pytest.raises(InvalidBundleError):
        check(repacked(without), known)

    # Somebody with a key of their own: consistent, so it takes the fingerprint to see through it.
    settings.ACCORD_SEAL_KEY = str(tmp_path / "forger.pem")
    forger = seal.identity()
    record = json.loads(members["record.json"])
    record["signers"][0]["name"] = "Mallory"
    pem = x509.load_der_x509_certificate(forger.certificate).public_bytes(serialization.Encoding.PEM)
    forged = {**members, "record.json": canonical(record), "seal-certificate.pem": pem}
    bundle = repacked(forged, sign=forger.sign)
    assert not check(bundle, None)["is_known"]
    with pytest.raises(InvalidBundleError, match="not this deployment's seal"):
        check(bundle, known)


@pytest.mark.parametrize("kind", ["document", "revision", "journal", "signature", "gap"])
def test_bundle_signed_over_parts_that_do_not_fit_is_refused(kind: str) -> None:
    """Even the deployment's own signature does not make a journal true that does not add up."""
    members = members_of(proof_bundle(completed()))
    key = seal.identity()
    record, journal = json.loads(members["record.json"]), json.loads(members["journal.json"])
    if kind == "document":
        record["document"]["sha256"] = "0" * 64
    elif kind == "revision":
        record["revisions"][0]["sha256"] = "0" * 64
    elif kind == "journal":
        journal[2]["facts"]["other"] = "fact"
    elif kind == "signature":
        record["signers"][0]["journal_hash"] = "0" * 64
    else:
        del journal[1]
    changed = {**members, "record.json": canonical(record), "journal.json": canonical(journal)}
    with pytest.raises(InvalidBundleError):
        check(repacked(changed, sign=key.sign), {key.fingerprint})


def test_hostile_archives_are_not_valid_and_cause_no_error() -> None:
    bundle = proof_bundle(completed())
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("document.pdf", b"\0" * 20_000_000)
    own_signature = key.sign(members_of(bundle)["manifest.json"], padding.PKCS1v15(), hashes.SHA256())
    hostile = [
        b"PK",
        b"PK\x05\x06" + b"\0" * 18,
        bomb.getvalue(),
        bundle[:-500],
        bundle.replace(b"document.pdf", b"../../passwd"),
        archive([*list(members_of(bundle).items())[:-1], ("manifest.sig", own_signature)]),
    ]
    client = Client()
    for body in hostile:
        answer = client.post("/verify/", {"file": SimpleUploadedFile("b.zip", body)})
        assert answer.status_code == 200
        assert 'data-verdict="valid"' not in answer.content.decode()


def test_page_and_api_tell_the_same_of_a_bundle_and_give_the_program_and_the_fingerprint() -> None:
    creator = UserFactory()
    envelope = completed(spec(creator), guest("b@example.org"), creator=creator)
    client = Client()
    client.force_login(creator)
    got = client.get(f"/api/esign/{envelope.pk}/bundle")
    assert (got.status_code, got["Content-Type"]) == (200, "application/zip")
    assert got.content == proof_bundle(envelope)
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(f"/api/esign/{envelope.pk}/bundle").status_code == 404

    anybody = Client()
    page = anybody.post("/verify/", {"file": SimpleUploadedFile("b.zip", got.content)}).content.decode()
    assert 'data-verdict="valid"' in page
    assert seal.identity().fingerprint in page
    told = anybody.post("/api/esign/verify", {"file": SimpleUploadedFile("b.zip", got.content)}).json()
    assert (told["verdict"], told["what"], told["level"]) == ("valid", "bundle", "B-B")
    assert anybody.get("/api/esign/verify").json()["fingerprints"][0] == seal.identity().fingerprint
    assert anybody.get("/verify/accord-verify.py").content == PROGRAM.read_bytes()
    by_code = anybody.get("/verify/", {"checksum": envelope.document_sha256}).content.decode()
    assert 'data-verdict="unsigned"' in by_code
    assert "PAdES B-B" in by_code


def test_bundle_before_the_seal_is_a_conflict() -> None:
    creator = UserFactory()
    envelope = envelope_of(guest("b@example.org"), creator=creator)
    client = Client()
    client.force_login(creator)
    answer = client.get(f"/api/esign/{envelope.pk}/bundle")
    assert (answer.status_code, answer.json()["code"]) == (409, "envelope_not_sealed")
