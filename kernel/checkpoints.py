"""Signed checkpoints over the journal's heads, kept outside the database.

Every minute the heads that moved are written to a file that names the digest of the file before it and is signed (Ed25519, RFC
8032) with a key derived from SECRET_KEY. Whoever rewrites a tail in the database is detected back to the last checkpoint.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection, transaction

from kernel.canonical import canonical_bytes
from kernel.clock import now
from kernel.models.journal import JournalStream

# A transaction that took its head before the last checkpoint may commit after it; it is written again then.
OVERLAP = timedelta(minutes=10)
_ONE_WRITER = 7_240_119  # advisory lock; 117 and 118 are the test template's and beat's


@dataclass(frozen=True)
class Checkpoint:
    name: str
    content: dict[str, Any]
    digest: str


class CheckpointError(Exception):
    """A checkpoint file was changed, or one of them is missing."""


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(b"accord-checkpoint|" + settings.SECRET_KEY.encode()).digest()
    )


def write_checkpoint() -> str | None:
    """Write the next checkpoint; None when no head moved since the last one. Raises CheckpointError when the last one was changed."""
    with transaction.atomic():
        with connection.cursor() as cursor:  # two writers would make two files of one number
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_WRITER])
        return _write_next()


def _write_next() -> str | None:
    last = _last()
    moved = JournalStream.objects.exclude(last_seq=0)
    if last is not None:
        moved = moved.filter(last_at__gt=datetime.fromisoformat(last.content["at"]) - OVERLAP)
    at = now()
    heads = {str(row.pk): [row.last_seq, bytes(row.last_hash).hex()] for row in moved.iterator()}
    if last is not None and all(last.content["heads"].get(key) == head for key, head in heads.items()):
        return None
    if last is None and not heads:
        return None
    content = {
        "number": last.content["number"] + 1 if last else 1,
        "at": at.isoformat(),
        "previous": last.digest if last else "",
        "heads": heads,
    }
    body = canonical_bytes(content)
    signed = {**content, "signature": _signing_key().sign(body).hex()}
    name = f"{content['number']:010d}.json"
    _keep(name, canonical_bytes(signed))
    return name


def _keep(name: str, content: bytes) -> None:
    """Store a whole file or none: half a checkpoint, left by a killed process, would look like a changed one."""
    storage = storages["checkpoints"]
    if not isinstance(storage, FileSystemStorage):
        storage.save(name, ContentFile(content))
        return
    target = Path(storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)


def _read(name: str) -> Checkpoint:
    with storages["checkpoints"].open(name) as file:
        raw = file.read()
    try:
        content = orjson.loads(raw)
        signature = bytes.fromhex(content.pop("signature"))
        _signing_key().public_key().verify(signature, canonical_bytes(content))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, InvalidSignature) as error:
        raise CheckpointError(f"Checkpoint {name} was changed: its signature does not fit.") from error
    return Checkpoint(name, content, hashlib.sha256(raw).hexdigest())


def _names() -> list[str]:
    storage = storages["checkpoints"]
    try:
        return sorted(name for name in storage.listdir("")[1] if name.endswith(".json"))
    except FileNotFoundError:
        return []


def _last() -> Checkpoint | None:
    names = _names()
    return _read(names[-1]) if names else None


def all_checkpoints() -> Iterator[Checkpoint]:
    """Every checkpoint, oldest first. Raises CheckpointError for a changed or missing one."""
    previous = ""
    for number, name in enumerate(_names(), start=1):
        checkpoint = _read(name)
        if checkpoint.content["number"] != number or checkpoint.content["previous"] != previous:
            raise CheckpointError(f"A checkpoint before {name} is missing or was replaced.")
        previous = checkpoint.digest
        yield checkpoint
