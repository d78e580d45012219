"""What the parties' answers to earlier rounds add to their positions, and which clauses they agreed on or brought in.

Accepting a round's figure is an offer (or a demand) of that figure by whoever accepts; so is a counter. A counter of
`{instalments: n}` alone accepts the sum. A rejection moves nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.numbers import read_count
from disputes.public import CaseFile, PartyResponse, Round, TermData

Pair = tuple[UUID, UUID]
LONGEST_CLAUSE = 1000
MOST_CLAUSES = 28


@dataclass(frozen=True)
class Stand:
    """A figure a party stands by since a round; `said` is False for who let the proposal stand without answering."""

    amount: Decimal
    number: int
    said: bool = True


@dataclass(frozen=True)
class RoundPositions:
    """For each pair the best figure a debtor stands by and the lowest a creditor stands by."""

    offers: dict[Pair, Stand] = field(default_factory=dict)
    asks: dict[Pair, Stand] = field(default_factory=dict)


def positions_in_rounds(case: CaseFile, currency: str) -> RoundPositions:
    found = RoundPositions()
    members = {party.user_id for party in case.parties}
    for earlier in case.rounds:
        proposed = _sums(earlier.terms, currency)
        for response in earlier.responses:
            stood_by = _terms_stood_by(earlier, response)
            if response.user_id in members and stood_by is not None:
                sums = _sums(stood_by, currency)
                for pair in {*sums, *proposed}:
                    _add(found, pair, response.user_id, Stand(sums.get(pair, Decimal(0)), earlier.number))
    _let_stand(found, last_answered(case), currency)
    return found


def _add(found: RoundPositions, pair: Pair, party_id: UUID, stand: Stand) -> None:
    if party_id == pair[0] and (pair not in found.offers or stand.amount >= found.offers[pair].amount):
        found.offers[pair] = stand
    if party_id == pair[1] and (pair not in found.asks or stand.amount <= found.asks[pair].amount):
        found.asks[pair] = stand


def _let_stand(found: RoundPositions, last: Round | None, currency: str) -> None:
    """A counter ends its round: who had not answered yet has not contested what it proposed, and who asks for parts
    alone must not find the sum itself moved.
    """
    if last is None or not counters(last):
        return
    answered = {response.user_id for response in last.responses}
    for pair, amount in _sums(last.terms, currency).items():
        for party_id in set(pair) - answered:
            _add(found, pair, party_id, Stand(amount, last.number, said=False))


def _terms_stood_by(earlier: Round, response: PartyResponse) -> tuple[TermData, ...] | None:
    if response.decision == "accept":
        return earlier.terms
    if response.decision == "counter":
        return response.terms if response.terms is not None else earlier.terms
    return None


def _sums(terms: Sequence[TermData], currency: str) -> dict[Pair, Decimal]:
    sums: dict[Pair, Decimal] = {}
    for term in terms:
        is_payment = term.kind == "payment" and term.amount is not None and term.amount.currency == currency
        if is_payment and term.amount and term.debtor_id and term.creditor_id:
            pair = (term.debtor_id, term.creditor_id)
            sums[pair] = sums.get(pair, Decimal(0)) + term.amount.amount
    return sums


def last_answered(case: CaseFile) -> Round | None:
    """The latest round in which somebody accepted or countered."""
    answered = [r for r in case.rounds if any(x.decision in ("accept", "counter") for x in r.responses)]
    return max(answered, key=lambda earlier: earlier.number, default=None)


def rejected_last(case: CaseFile) -> int | None:
    """The number of the last round when it was rejected and nobody countered."""
    last = max(case.rounds, key=lambda earlier: earlier.number, default=None)
    decisions = {response.decision for response in last.responses} if last else set()
    return last.number if last and "reject" in decisions and "counter" not in decisions else None


def counters(earlier: Round | None) -> list[PartyResponse]:
    return [r for r in earlier.responses if r.decision == "counter"] if earlier else []


def payment_before(earlier: Round | None, pair: Pair) -> TermData | None:
    """The earlier round's payment between the two, whose id the new draft keeps."""
    terms = earlier.terms if earlier else ()
    return next((t for t in terms if t.kind == "payment" and (t.debtor_id, t.creditor_id) == pair), None)


def payments_countered(earlier: Round | None, pair: Pair) -> list[tuple[PartyResponse, TermData]]:
    """The pair's payment as each whole-terms counter has it."""
    return [
        (response, term)
        for response in counters(earlier)
        for term in response.terms or ()
        if term.kind == "payment" and (term.debtor_id, term.creditor_id) == pair
    ]


def clauses_kept(case: CaseFile, today: date) -> tuple[TermData, ...]:
    """Acts and declarations for the next round: the last round's, as the counters changed them, then what the counters add.

    A clause that one counter changes is taken as changed; where counters differ, the earlier wording stays. One that every
    counter with terms leaves out goes.
    """
    earlier = last_answered(case)
    if earlier is None:
        return ()
    whole = [r.terms for r in counters(earlier) if r.terms is not None]
    members = {party.user_id for party in case.parties}
    kept = list(_kept(earlier, whole))
    known = {term.id for term in earlier.terms}
    added = [t for terms in whole for t in terms if t.kind != "payment" and t.id not in known]
    fit = (_fit(term, members, today) for term in (*kept, *_distinct(added)))
    return tuple(term for term in fit if term is not None and term.text)[:MOST_CLAUSES]


def _kept(earlier: Round, whole: Sequence[Sequence[TermData]]) -> Iterator[TermData]:
    for term in earlier.terms:
        if term.kind == "payment":
            continue
        versions = [t for terms in whole for t in terms if t.id == term.id]
        changed = {(t.text, t.condition, t.due_date) for t in versions} - {(term.text, term.condition, term.due_date)}
        if whole and not versions:
            continue
        yield next(t for t in versions if (t.text, t.condition, t.due_date) in changed) if len(changed) == 1 else term


def _distinct(terms: Sequence[TermData]) -> Iterator[TermData]:
    seen: set[tuple[str, UUID | None, str]] = set()
    for term in terms:
        key = (term.kind, term.debtor_id, plain(term.text, longest=LONGEST_CLAUSE))
        if key[2] and key not in seen:
            seen.add(key)
            yield term


def _fit(term: TermData, members: set[UUID], today: date) -> TermData | None:
    """The clause in plain text, of parties of this dispute, with no date in the past and no money hidden in it."""
    if not {term.debtor_id, term.creditor_id} - {None} <= members:
        return None
    return replace(
        term,
        text=plain(term.text, longest=LONGEST_CLAUSE),
        condition=plain(term.condition, longest=LONGEST_CLAUSE),
        amount=None,
        instalments=(),
        due_date=max(term.due_date, today) if term.due_date else None,
    )


def instalments_asked(case: CaseFile, pair: Pair) -> list[int]:
    """How many parts the latest answered round's counters want this payment in."""
    earlier = last_answered(case)
    alone = [r.instalments for r in counters(earlier) if r.instalments and r.user_id in pair]
    inside = [len(term.instalments) for _, term in payments_countered(earlier, pair) if term.instalments]
    return [*alone, *inside]


_SPACING = re.compile(
    r"(?<![^\W_])(?P<count>\d{1,3}|one|two|three|four|six|ten|fourteen|fifteen|thirty|sixty|ninety|un|una|dos|tres|cuatro|seis|diez|catorce|quince|treinta|sesenta|noventa)"
    r"[\s-](?P<unit>days?|weeks?|months?|días?|dias?|semanas?|mes|meses)(?![^\W_])",
    re.IGNORECASE,
)


def comments(case: CaseFile) -> list[str]:
    """What the parties wrote beside their counters in the latest answered round."""
    return [response.comment[:2000] for response in counters(last_answered(case))]


def spacing_in(text: str) -> tuple[int, str] | None:
    """ "thirty days apart" is (30, "day"); None when no interval is named."""
    match = _SPACING.search(text)
    if match is None:
        return None
    unit = {"d": "day", "w": "week", "s": "week", "m": "month"}[match.group("unit")[0].lower()]
    longest = {"day": 366, "week": 52, "month": 12}[unit]
    return (min(read_count(match.group("count")) or 1, longest), unit)
