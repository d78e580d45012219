"""The joint record read once: whose sentences stand in it, in order, and what they say about money."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from ai_mediation.adapters.offline.sentences import Sentence, sentences_of
from ai_mediation.adapters.offline.statements import Reader, Statement
from disputes.public import CaseFile, Party, Source

MOST_SENTENCES = 1500  # of one party, newest source last; a flood costs its author and nobody else
MOST_STATEMENTS = 200


@dataclass(frozen=True)
class Reading:
    """What the parties themselves say in truths, joint messages and the description of a sole claimant."""

    case: CaseFile
    currency: str | None
    sentences: tuple[tuple[Party, Sentence], ...]
    statements: tuple[Statement, ...]  # in `currency` only

    def said_by(self, user_id: UUID | None) -> Iterator[Sentence]:
        return (sentence for party, sentence in self.sentences if party.user_id == user_id)


def read(case: CaseFile) -> Reading:
    sentences = tuple(_own_sentences(case))
    currency = case.amount.currency if case.amount else None
    statements = tuple(_statements(case, sentences, currency))
    if currency is None and (currency := _commonest_currency(statements)):
        statements = tuple(_statements(case, sentences, currency))
    return Reading(case, currency, sentences, tuple(s for s in statements if s.money.currency == currency))


def _own_sentences(case: CaseFile) -> Iterator[tuple[Party, Sentence]]:
    authors = {party.user_id: party for party in case.parties}
    left = dict.fromkeys(authors, MOST_SENTENCES)
    for source in _sources(case):
        author = authors.get(source.author_id) if source.author_id else None
        if author is None or source.kind == "evidence":
            continue
        for sentence in sentences_of(source):
            left[author.user_id] -= 1
            if left[author.user_id] < 0:
                break
            yield author, sentence


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
    reader = Reader(case.parties, currency)
    left = {party.user_id: MOST_STATEMENTS for party in case.parties}
    for author, sentence in sentences:
        if left[author.user_id] <= 0:
            continue
        for statement in reader.statements_in(sentence, author):
            left[author.user_id] -= 1
            yield statement


def _commonest_currency(statements: Sequence[Statement]) -> str | None:
    """Without a filed amount: the currency the parties name most often (the first in the alphabet when even)."""
    counts: dict[str, int] = {}
    for statement in statements:
        counts[statement.money.currency] = counts.get(statement.money.currency, 0) + 1
    return min(counts, key=lambda code: (-counts[code], code)) if counts else None
