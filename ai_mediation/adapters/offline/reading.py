"""The joint record read once: whose sentences stand in it, in order, and what they say about money."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from ai_mediation.adapters.offline.sentences import Sentence, sentences_of
from ai_mediation.adapters.offline.statements import Reader, Statement
from disputes.public import CaseFile, Party, Source

# Of one party, of truths and of messages (the newest) each. A flood of words costs its author and nobody else.
MOST_SENTENCES = 500
MOST_STATEMENTS = 80
PRIVATE = "private"  # the label of a text that may shape a figure and is never quoted


@dataclass(frozen=True)
class Reading:
    """What the parties themselves say in truths, joint messages and the description of a sole claimant."""

    case: CaseFile
    currency: str | None
    sentences: tuple[tuple[Party, Sentence], ...]
    statements: tuple[Statement, ...]  # in `currency` only

    def said_by(self, user_id: UUID | None) -> Iterator[Sentence]:
        return (sentence for party, sentence in self.sentences if party.user_id == user_id)


def read(case: CaseFile, private: Sequence[Source] = ()) -> Reading:
    """`private` are lines whose authors allowed their use, made by `may_shape`: they count, and cannot be quoted."""
    sentences = tuple(_own_sentences(case, private))
    currency = case.amount.currency if case.amount else None
    statements = tuple(_statements(case, sentences, currency))
    if currency is None and (currency := _commonest_currency(statements)):
        statements = tuple(_statements(case, sentences, currency))
    return Reading(case, currency, sentences, tuple(s for s in statements if s.money.currency == currency))


def may_shape(author_id: UUID, line_id: UUID, text: str, created_at: datetime) -> Source:
    """A text that counts for its author and that no quotation can be taken from: citations know no such source."""
    return Source("description", line_id, author_id, text, created_at, PRIVATE)


def _group(source: Source) -> str:
    return source.kind if source.kind == "message" else PRIVATE if source.label == PRIVATE else "filed"


def _own_sentences(case: CaseFile, private: Sequence[Source]) -> Iterator[tuple[Party, Sentence]]:
    authors = {party.user_id: party for party in case.parties}
    said = [*_sources(case), *private]
    sources = [source for source in said if source.kind != "evidence" and source.author_id in authors]
    kept = _within_bounds(sources)
    for source, sentences in zip(sources, kept, strict=True):
        if source.author_id is not None:
            author = authors[source.author_id]
            yield from ((author, sentence) for sentence in sentences)


def _within_bounds(sources: Sequence[Source]) -> list[list[Sentence]]:
    """The sentences of each source that are read: of what a party filed from the first, of its messages from the newest."""
    left: dict[tuple[UUID | None, str], int] = {}
    kept: dict[int, list[Sentence]] = {}
    filed = [index for index, source in enumerate(sources) if source.kind != "message"]
    newest = [index for index, source in enumerate(sources) if source.kind == "message"][::-1]
    for index in (*filed, *newest):
        key = (sources[index].author_id, _group(sources[index]))
        kept[index] = list(islice(sentences_of(sources[index]), left.get(key, MOST_SENTENCES)))
        left[key] = left.get(key, MOST_SENTENCES) - len(kept[index])
    return [kept[index] for index in range(len(sources))]


def _sources(case: CaseFile) -> Sequence[Source]:
    """The record, after the filing's own description where it is clear who wrote it."""
    claimants = [party for party in case.parties if party.side == "claimant"]
    described = [source for source in case.sources if source.kind == "description"]
    others = [source for source in case.sources if source.kind != "description"]
    if len(claimants) != 1 or not case.description:
        return [*described, *others]
    text = Source("description", case.dispute_id, claimants[0].user_id, case.description, case.filed_at, "")
    return [text, *others]


def _statements(
    case: CaseFile, sentences: Sequence[tuple[Party, Sentence]], currency: str | None
) -> Iterator[Statement]:
    reader = Reader(case.parties, currency, case.amount)
    counts: dict[tuple[UUID, str], int] = {}
    for author, sentence in sentences:
        key = (author.user_id, _group(sentence.source))
        if counts.get(key, 0) < MOST_STATEMENTS:
            found = list(reader.statements_in(sentence, author))
            counts[key] = counts.get(key, 0) + len(found)
            yield from found


def _commonest_currency(statements: Sequence[Statement]) -> str | None:
    """Without a filed amount: the currency the parties name most often (the first in the alphabet when even)."""
    counts: dict[str, int] = {}
    for statement in statements:
        counts[statement.money.currency] = counts.get(statement.money.currency, 0) + 1
    return min(counts, key=lambda code: (-counts[code], code)) if counts else None
