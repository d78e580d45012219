#!/usr/bin/env python3
"""accord-verify: checks a proof bundle of Accord, offline.

    accord-verify bundle.zip --fingerprint <SHA-256 of the deployment's seal certificate>

The fingerprint is on the deployment's page /verify/. Without it the bundle can only be found consistent with itself: somebody
who replaced everything in it, certificate and signature too, would not be noticed, and the answer says so (exit code 2).

Checked are: the archive byte for byte (it has one possible form), the manifest's signature, every member against the
manifest, the PDF's revisions and the document that was signed against their recorded checksums, the journal's hash chain, and
that each signature's record is in that journal. Needs Python 3.11 and the package `cryptography`; nothing else.

Exit codes: 0 proven, 1 not valid, 2 consistent, but the seal's fingerprint was not given.
"""

import argparse
import hashlib
import io
import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

FORMAT, VERSION = "accord-proof-bundle", 1
MANIFEST, SIGNATURE, SIGNER = "manifest.json", "manifest.sig", "seal-certificate.pem"
DOCUMENT, RECORD, JOURNAL = "document.pdf", "record.json", "journal.json"
LARGEST = 200 * 1024 * 1024
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
DOS_DATE = (1980 - 1980) << 9 | 1 << 5 | 1


class InvalidBundleError(Exception):
    """What is wrong with it, in one line."""


def archive(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The one form of a bundle: members in the given order, stored, dated 1980-01-01. `members`: [(name, bytes)]."""
    body, directory = io.BytesIO(), io.BytesIO()
    for name, data in members:
        encoded = name.encode("ascii")
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, 0, DOS_DATE, zlib.crc32(data), len(data), len(data), len(encoded), 0
        )
        directory.write(b"PK\x01\x02" + struct.pack("<H", 20) + common)
        directory.write(struct.pack("<HHHII", 0, 0, 0, 0, body.tell()) + encoded)
        body.write(b"PK\x03\x04" + common + encoded + data)
    start, size, count = body.tell(), directory.tell(), len(members)
    return (
        body.getvalue()
        + directory.getvalue()
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, 0)
    )


def canonical(value: Any) -> bytes:
    """The byte form of JSON that hashes and the signature are made over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def demand(is_fine: bool, complaint: str) -> None:
    if not is_fine:
        raise InvalidBundleError(complaint)


def check(data: bytes, fingerprints: Collection[str] | None = None) -> dict[str, Any]:
    """What the bundle proves: {"envelope", "title", "fingerprint", "is_known", "document_sha256", "revisions", "signers"}.

    `fingerprints`: those of the deployment's seal certificates, or None where they are not known. Raises InvalidBundleError.
    """
    try:
        return _check(data, fingerprints)
    except InvalidBundleError:
        raise
    except Exception as error:  # whatever hostile bytes make parsers raise
        raise InvalidBundleError(f"it cannot be read ({type(error).__name__})") from error


def _check(data: bytes, fingerprints: Collection[str] | None) -> dict[str, Any]:
    members = _members(data)
    fingerprint = _check_manifest(members)
    if fingerprints is not None:
        demand(fingerprint in fingerprints, "it is signed by a key that is not this deployment's seal")
    record = json.loads(members[RECORD])
    demand(canonical(record) == members[RECORD], f"{RECORD} is not in its canonical form")
    _check_document(record, members)
    _check_journal(record, json.loads(members[JOURNAL]))
    return {
        "envelope": record["envelope"],
        "title": record["title"],
        "fingerprint": fingerprint,
        "is_known": fingerprints is not None,
        "document_sha256": record["document"]["sha256"],
        "revisions": record["revisions"],
        "signers": record["signers"],
    }


def _members(data: bytes) -> dict[str, bytes]:
    demand(len(data) <= LARGEST, "it is too large")
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        listed = opened.infolist()
        demand(sum(item.file_size for item in listed) <= LARGEST, "it unpacks to too much")
        demand(all(item.compress_type == zipfile.ZIP_STORED for item in listed), "its members are not stored plainly")
        found = [(item.filename, opened.read(item)) for item in listed]
    demand(len({name for name, _ in found}) == len(found), "a name stands in it twice")
    demand(archive(found) == data, "the archive was changed: it is not in the one form it can have")
    return dict(found)


def _check_manifest(members: Mapping[str, bytes]) -> str:
    for needed in (MANIFEST, SIGNATURE, SIGNER, DOCUMENT, RECORD, JOURNAL):
        demand(needed in members, f"{needed} is missing")
    certificate = x509.load_pem_x509_certificates(members[SIGNER])[0]
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise InvalidBundleError("its certificate has no usable RSA key")
    try:
        key.verify(members[SIGNATURE], members[MANIFEST], padding.PKCS1v15(), hashes.SHA256())
    except Exception as error:
        raise InvalidBundleError("the manifest's signature does not hold") from error
    fingerprint = sha256(certificate.public_bytes(serialization.Encoding.DER))
    manifest = json.loads(members[MANIFEST])
    demand(canonical(manifest) == members[MANIFEST], "the manifest is not in its canonical form")
    demand(
        manifest["format"] == FORMAT and manifest["version"] == VERSION, "it is of a form this program does not know"
    )
    demand(manifest["signed_by"] == fingerprint, "the manifest names another certificate")
    listed = {item["name"]: item for item in manifest["members"]}
    demand(set(listed) == set(members) - {MANIFEST, SIGNATURE}, "there are members too many or too few")
    for name, item in listed.items():
        fits = (len(members[name]), sha256(members[name])) == (item["size"], item["sha256"])
        demand(fits, f"{name} is not what the manifest says")
    return fingerprint


def _check_document(record: dict[str, Any], members: Mapping[str, bytes]) -> None:
    pdf, document, revisions = members[DOCUMENT], record["document"], record["revisions"]
    demand(
        sha256(pdf[: document["size"]]) == document["sha256"],
        "the PDF does not begin with the document that was signed",
    )
    demand(bool(revisions) and revisions[-1]["size"] == len(pdf), "the PDF is not the newest revision on record")
    for revision in revisions:
        fits = sha256(pdf[: revision["size"]]) == revision["sha256"]
        demand(fits, f"revision {revision['number']} of the PDF has another checksum")
    for signer in record["signers"]:
        fits = signer["document_sha256"] == document["sha256"]
        demand(fits, f"signature {signer['journal_seq']} is of another document")


def _check_journal(record: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    previous = b""
    hashes_by_number: dict[int, str] = {}
    sealed: list[str] = []
    for number, entry in enumerate(entries, start=1):
        demand(entry["seq"] == number and entry["stream_id"] == record["envelope"], "the journal has a gap")
        previous = _step(previous, entry)
        demand(previous.hex() == entry["hash"], f"entry {number} of the journal was changed")
        hashes_by_number[number] = entry["hash"]
        if entry["verb"] in ("envelope.sealed", "envelope.seal_raised"):
            sealed.append(entry["facts"]["sealed_sha256"])
    for signer in record["signers"]:
        fits = hashes_by_number.get(signer["journal_seq"]) == signer["journal_hash"]
        demand(fits, f"the signature of entry {signer['journal_seq']} is not in the journal")
    demand(sealed == [item["sha256"] for item in record["revisions"]], "the journal knows other revisions of the PDF")


def _step(previous: bytes, entry: dict[str, Any]) -> bytes:
    names = (
        "id",
        "stream_id",
        "verb",
        "actor_kind",
        "actor_id",
        "actor_name",
        "subject_kind",
        "subject_id",
        "request_id",
    )
    value = {name: entry[name] for name in (*names, "person_id", "facts")}
    value["personal"] = entry["personal_sha256"]
    delta = datetime.fromisoformat(entry["created_at"]) - EPOCH
    microseconds = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    step = struct.pack(">qq", entry["seq"], microseconds)
    return hashlib.sha256(previous + step + hashlib.sha256(canonical(value)).digest()).digest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="accord-verify", description="Checks a proof bundle of Accord, offline.")
    parser.add_argument("bundle")
    parser.add_argument(
        "--fingerprint", help="SHA-256 of the seal's certificate, as the deployment's page /verify/ shows it"
    )
    wanted = parser.parse_args(arguments)
    known = None
    if wanted.fingerprint:
        known = {"".join(character for character in wanted.fingerprint.lower() if character in "0123456789abcdef")}
    try:
        with open(wanted.bundle, "rb") as file:
            found = check(file.read(LARGEST + 1), known)
    except OSError as error:
        return _say(1, f"NOT VALID: it cannot be read ({error.strerror}).")
    except InvalidBundleError as error:
        return _say(1, f"NOT VALID: {error}.")
    newest = found["revisions"][-1]
    _say(0, f"Document:   {found['title']}")
    _say(0, f"SHA-256:    {found['document_sha256']} (as it was signed)")
    _say(0, f"Sealed PDF: {newest['sha256']} (revision {newest['number']}, level {newest['level']})")
    for signer in found["signers"]:
        _say(0, f"Signed by:  {signer['name']}, {signer['signed_at']}")
    _say(0, f"Seal:       {found['fingerprint']}")
    if not found["is_known"]:
        return _say(
            2, "CONSISTENT, NOT PROVEN: compare the seal's fingerprint with the one on the deployment's page /verify/."
        )
    return _say(0, "VALID: nothing in this bundle was changed since the deployment signed it.")


def _say(code: int, line: str) -> int:
    print(line)  # noqa: T201 - it is a program
    return code


if __name__ == "__main__":
    sys.exit(main())
