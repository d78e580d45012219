"""Writing and verifying the journal (architecture.md, decision 6).

Each entry's hash is SHA-256(previous hash | number | time | digest of the entry); the stream's head row holds the last
number and hash, and one UPDATE moves both, so numbers have no gaps and times agree with numbers. Personal data in an entry is sealed
under the person's own key before hashing: destroying the key erases the data and the chain still verifies.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet

from kernel.canonical import JSON, canonical_bytes
from kernel.context import request_id
from kernel.crypto import KeyScope, open_sealed, seal
from kernel.ids import new_id
from kernel.models.journal import JournalEntry, JournalStream

GENESIS = b""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class StreamRef:
    """A journal stream: one aggregate (dispute, envelope, capsule, person), one message stream, or the platform."""

    kind: str
    id: UUID


PLATFORM = StreamRef("platform", UUID(int=0))


@dataclass(frozen=True)
class Actor:
    """Who did it: a person, a named part of the system, or the AI in a named role."""

    kind: str
    id: UUID | None = None
    name: str = ""

    @classmethod
    def user(cls, user_id: UUID) -> "Actor":
        return cls("user", user_id)

    @classmethod
    def system(cls, name: str) -> "Actor":
        return cls("system", None, name)

    @classmethod
    def ai(cls, name: str) -> "Actor":
        return cls("ai", None, name)


@dataclass(frozen=True)
class Recorded:
    """What the database gave an entry."""

    id: UUID
    seq: int
    hash: bytes
    created_at: datetime


@dataclass(frozen=True)
class EntryDraft:
    """An entry before it has a number; `digest` and `values` are what goes into the one INSERT."""

    id: UUID
    stream: StreamRef
    verb: str
    actor: Actor
    subject_kind: str = ""
    subject_id: UUID | None = None
    facts: Mapping[str, JSON] = field(default_factory=dict)
    personal: bytes | None = None
    person_id: UUID | None = None
    request_id: str = ""

    def digest(self) -> bytes:
        return entry_digest(
            id=self.id,
            stream_id=self.stream.id,
            verb=self.verb,
            actor_kind=self.actor.kind,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            request_id=self.request_id,
            facts=self.facts,
            personal=self.personal,
            person_id=self.person_id,
        )

    def parameters(self) -> dict[str, Any]:
        return {
            "entry_id": self.id,
            "stream_id": self.stream.id,
            "verb": self.verb,
            "actor_kind": self.actor.kind,
            "actor_id": self.actor.id,
            "actor_name": self.actor.name,
            "subject_kind": self.subject_kind,
            "subject_id": self.subject_id,
            "request_id": self.request_id,
            "facts": canonical_bytes(dict(self.facts)).decode(),
            "personal": self.personal,
            "person_id": self.person_id,
            "entry_digest": self.digest(),
        }


def entry_digest(*, personal: bytes | None, facts: Mapping[str, JSON], **plain: Any) -> bytes:
    """SHA-256 over everything an entry says, except its number and time, which the chain step adds."""
    value = {key: str(item) if isinstance(item, UUID) else item for key, item in plain.items()}
    value["facts"] = orjson.loads(canonical_bytes(dict(facts)))
    value["personal"] = hashlib.sha256(personal).hexdigest() if personal is not None else None
    return hashlib.sha256(canonical_bytes(value)).digest()


def chain_step(previous: bytes, seq: int, created_at: datetime, digest: bytes) -> bytes:
    """The next hash, as PostgreSQL computes it in HEAD_STEP (int8send, timestamptz_send: microseconds since 2000)."""
    delta = created_at - _EPOCH
    microseconds = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    step = seq.to_bytes(8, "big", signed=True) + microseconds.to_bytes(8, "big", signed=True)
    return hashlib.sha256(previous + step + digest).digest()


# Two parts of one statement; disputes' message insert uses them too, so that a message and its entry are one round trip.
# The time is taken inside the UPDATE, after the head row is ours, so that times agree with numbers.
HEAD_STEP = """
    head AS (
        UPDATE kernel_journal_stream s
           SET (last_seq, last_at, last_hash) = (
                   SELECT s.last_seq + 1, t.at,
                          sha256(s.last_hash || int8send(s.last_seq + 1) || timestamptz_send(t.at) || %(entry_digest)s::bytea)
                     FROM (SELECT kernel_now() AS at OFFSET 0) t)
         WHERE s.id = %(stream_id)s
     RETURNING s.last_seq AS seq, s.last_at AS at, s.last_hash AS hash
    )"""
ENTRY_INSERT = """
    INSERT INTO kernel_journal_entry (id, stream_id, seq, verb, actor_kind, actor_id, actor_name, subject_kind, subject_id,
                                      request_id, facts, personal, person_id, created_at, hash)
    SELECT %(entry_id)s::uuid, %(stream_id)s::uuid, head.seq, %(verb)s, %(actor_kind)s, %(actor_id)s::uuid, %(actor_name)s,
           %(subject_kind)s, %(subject_id)s::uuid, %(request_id)s, %(facts)s::jsonb, %(personal)s::bytea, %(person_id)s::uuid,
           head.at, head.hash
      FROM head"""
_RECORD = f"WITH {HEAD_STEP} {ENTRY_INSERT} RETURNING seq, hash, created_at"


def open_stream(stream: StreamRef) -> None:
    """Make the stream's head row if it is not there."""
    JournalStream.objects.bulk_create([JournalStream(id=stream.id, kind=stream.kind)], ignore_conflicts=True)


def draft_entry(
    *,
    stream: StreamRef,
    verb: str,
    actor: Actor,
    subject: tuple[str, UUID] | None = None,
    facts: Mapping[str, JSON] | None = None,
    personal: Mapping[str, JSON] | None = None,
    person_id: UUID | None = None,
) -> EntryDraft:
    """An entry ready for its INSERT, its personal data sealed.

    Raises ValueError when personal data names no person, TypeError for facts that hold a float: the database writes those in
    its own way, and the entry would not verify.
    """
    _refuse_floats(facts)
    entry_id = new_id()
    sealed = None
    if personal:
        if person_id is None:
            raise ValueError("Personal data in the journal needs the person whose key seals it.")
        scope = KeyScope("person", person_id)
        sealed = seal(
            canonical_bytes(dict(personal)),
            scope=scope,
            table="kernel_journal_entry",
            row_id=entry_id,
            column="personal",
        )
    return EntryDraft(
        id=entry_id,
        stream=stream,
        verb=verb,
        actor=actor,
        subject_kind=subject[0] if subject else "",
        subject_id=subject[1] if subject else None,
        facts=facts or {},
        personal=sealed,
        person_id=person_id if sealed is not None else None,
        request_id=request_id(),
    )


def _refuse_floats(value: JSON) -> None:
    if isinstance(value, float):
        raise TypeError("Facts hold no floating point numbers; write amounts as strings.")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)


def record(
    *,
    stream: StreamRef,
    verb: str,
    actor: Actor,
    subject: tuple[str, UUID] | None = None,
    facts: Mapping[str, JSON] | None = None,
    personal: Mapping[str, JSON] | None = None,
    person_id: UUID | None = None,
) -> Recorded:
    """Append one entry, in the caller's transaction.

    `facts` hold what changed: ids, states, amounts; never secrets, message bodies or personal data. `personal` is sealed
    under `person_id`'s key.
    """
    draft = draft_entry(
        stream=stream, verb=verb, actor=actor, subject=subject, facts=facts, personal=personal, person_id=person_id
    )
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, draft.parameters())
        row = cursor.fetchone()
        if row is None:
            open_stream(stream)
            cursor.execute(_RECORD, draft.parameters())
            row = cursor.fetchone()
    return Recorded(draft.id, row[0], bytes(row[1]), row[2])


def entries(stream: StreamRef) -> QuerySet[JournalEntry]:
    """The stream's entries in their order."""
    return JournalEntry.objects.filter(stream_id=stream.id).order_by("seq")


def open_personal(entry: JournalEntry) -> dict[str, JSON]:
    """The personal part of an entry. Raises CannotOpenError once the person's key is destroyed."""
    if entry.personal is None or entry.person_id is None:
        return {}
    plain = open_sealed(
        bytes(entry.personal),
        scope=KeyScope("person", entry.person_id),
        table="kernel_journal_entry",
        row_id=entry.pk,
        column="personal",
    )
    opened: dict[str, JSON] = orjson.loads(plain)
    return opened
