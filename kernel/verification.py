"""Verifying the journal: every chain from its first entry, every head, every checkpoint, every row that an entry vouches for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from kernel.checkpoints import CheckpointError, all_checkpoints
from kernel.journal import GENESIS, chain_step, entry_digest
from kernel.models.journal import JournalEntry, JournalStream
from kernel.registries import record_checks

Witnessed = dict[UUID, dict[int, str]]


@dataclass(frozen=True)
class Finding:
    """One place where the journal is not as it was written."""

    stream_id: UUID | None
    seq: int | None
    problem: str

    def __str__(self) -> str:
        return f"stream {self.stream_id} number {self.seq}: {self.problem}" if self.stream_id else self.problem


@dataclass
class _Chain:
    """The walk along one stream."""

    stream_id: UUID
    witnessed: dict[int, str]
    seq: int = 0
    hash: bytes = GENESIS
    at: datetime | None = None
    broken: bool = False

    def step(self, entry: JournalEntry) -> Finding | None:
        """Check the next entry; after the first break of a stream its later entries cannot be judged."""
        if self.broken:
            return None
        expected = self.seq + 1
        if entry.seq != expected:
            return self._break(expected, "this entry is missing")
        digest = entry_digest(
            id=entry.pk,
            stream_id=entry.stream_id,
            verb=entry.verb,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            request_id=entry.request_id,
            facts=entry.facts,
            person_id=entry.person_id,
            personal=bytes(entry.personal) if entry.personal is not None else None,
        )
        self.seq, self.at = expected, entry.created_at
        self.hash = chain_step(self.hash, expected, entry.created_at, digest)
        if self.hash != bytes(entry.hash):
            return self._break(expected, "this entry was changed")
        if self.witnessed.get(expected, self.hash.hex()) != self.hash.hex():
            return self._break(expected, "this entry or one before it was rewritten after a checkpoint")
        return None

    def _break(self, seq: int, problem: str) -> Finding:
        self.broken = True
        return Finding(self.stream_id, seq, problem)

    def close(self, head: JournalStream | None) -> Finding | None:
        """Check the end of the stream against its head row and the checkpoints."""
        if self.broken:
            return None
        last_witnessed = max(self.witnessed, default=0)
        if last_witnessed > self.seq:
            return self._break(self.seq + 1, "entries up to a checkpoint were removed from here on")
        if head is None or (head.last_seq, bytes(head.last_hash), head.last_at) != (self.seq, self.hash, self.at):
            return self._break(self.seq + 1, "the stream's head does not fit its last entry")
        return None


def verify_journal() -> Iterator[Finding]:
    """Every finding; nothing is yielded when the journal is whole.

    Promised: a changed, removed or inserted entry is found, with its stream and number. A tail that was rewritten together
    with its head is found back to the last checkpoint and no further.
    """
    witnessed: Witnessed = {}
    try:
        for checkpoint in all_checkpoints():
            for stream_id, (seq, digest) in checkpoint.content["heads"].items():
                witnessed.setdefault(UUID(stream_id), {})[seq] = digest
    except CheckpointError as error:
        yield Finding(None, None, str(error))
    with _one_moment():
        yield from _verify_chains(witnessed)
        for name, check in record_checks.items():
            for problem in check():
                yield Finding(None, None, f"{name}: {problem}")


@contextmanager
def _one_moment() -> Iterator[None]:
    """All reads see one moment: a head that moves on while the entries are walked is no finding."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _verify_chains(witnessed: Witnessed) -> Iterator[Finding]:
    chain: _Chain | None = None
    walked: set[UUID] = set()
    for entry in JournalEntry.objects.order_by("stream_id", "seq").iterator(chunk_size=2000):
        if chain is None or chain.stream_id != entry.stream_id:
            yield from _closed(chain)
            chain = _Chain(entry.stream_id, witnessed.get(entry.stream_id, {}))
            walked.add(entry.stream_id)
        if finding := chain.step(entry):
            yield finding
    yield from _closed(chain)
    with_head = set(JournalStream.objects.filter(last_seq__gt=0).values_list("pk", flat=True))
    for stream_id in sorted((with_head | set(witnessed)) - walked):
        yield Finding(stream_id, 1, "every entry of this stream was removed")


def _closed(chain: _Chain | None) -> Iterator[Finding]:
    if chain is not None and (finding := chain.close(JournalStream.objects.filter(pk=chain.stream_id).first())):
        yield finding
