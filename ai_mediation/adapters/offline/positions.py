"""Who is asked to pay whom, what each side offers, and what each side asks.

Floor: the most a debtor has offered or acknowledged owing to a creditor. Ceiling: what the creditor still claims of that debtor.
Both come from the parties' own words and their answers to earlier rounds; silence adds nothing to either.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from ai_mediation.adapters.offline.cues import Meaning
from ai_mediation.adapters.offline.reading import Reading
from ai_mediation.adapters.offline.rounds import RoundPositions, Stand, positions_in_rounds
from ai_mediation.adapters.offline.statements import Statement, by_author
from disputes.public import CaseFile, Party

Pair = tuple[UUID, UUID]  # debtor, creditor
Said = Mapping[UUID, list[Statement]]
_GIVES = {Meaning.GIVE, Meaning.OWE}
_ASKS = {Meaning.TAKE, Meaning.FLOOR, Meaning.UNPAID}


@dataclass(frozen=True)
class Offer:
    """A sum a debtor put forward for a creditor, with the statements it is made of."""

    amount: Decimal
    statements: tuple[Statement, ...]
    stand: Stand | None = None  # made by answering a round


@dataclass(frozen=True)
class Ask:
    """A sum a creditor asked, with the statements it is made of. `final`: the creditor would be content with it."""

    amount: Decimal
    statements: tuple[Statement, ...]
    final: bool
    stand: Stand | None = None


@dataclass(frozen=True)
class Positions:
    """Everything the figure rests on, in one currency."""

    currency: str
    debtors: tuple[Party, ...]
    creditors: tuple[Party, ...]
    claim: Decimal | None
    claim_is_filed: bool
    statements: tuple[Statement, ...]
    offers: dict[Pair, Offer] = field(default_factory=dict)
    owed: dict[Pair, Offer] = field(default_factory=dict)
    asks: dict[UUID, Ask] = field(default_factory=dict)
    asks_of: dict[Pair, Ask] = field(default_factory=dict)
    conceded: dict[UUID, Offer] = field(default_factory=dict)
    confirmed: dict[UUID, Offer] = field(default_factory=dict)
    round_asks: dict[Pair, Ask] = field(default_factory=dict)


def read_positions(reading: Reading) -> Positions | None:
    """The positions in the case; None when no party names a sum in a usable currency and none was filed."""
    if reading.currency is None:
        return None
    return _positions(reading.case, reading.currency, list(reading.statements))


def _positions(case: CaseFile, currency: str, statements: list[Statement]) -> Positions:
    debtors, creditors = _sides(case, statements)
    said = by_author(statements)
    claim = case.amount.amount if case.amount and case.amount.amount > 0 else None
    asked = claim if claim is not None else _claim_from_texts(creditors, said)
    offers, owed = _offers(debtors, creditors, said, asked)
    rounds = positions_in_rounds(case, currency)
    return Positions(
        currency=currency,
        debtors=debtors,
        creditors=creditors,
        claim=asked,
        claim_is_filed=claim is not None,
        statements=tuple(statements),
        offers=_with_round_offers(offers, rounds),
        owed=owed,
        asks=_asks(creditors, said, asked, offers),
        asks_of=_asks_of(creditors, debtors, said),
        conceded=_concessions(creditors, said),
        confirmed=_confirmed_payments(creditors, debtors, said),
        round_asks={pair: Ask(stand.amount, (), True, stand) for pair, stand in rounds.asks.items()},
    )


# --- sides ------------------------------------------------------------------------------------------------------------
def _sides(case: CaseFile, statements: Sequence[Statement]) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
    """Respondents owe claimants, unless only the claimants speak of paying and only the respondents of being paid."""
    claimants = tuple(party for party in case.parties if party.side == "claimant")
    respondents = tuple(party for party in case.parties if party.side == "respondent")
    own, other = _said_by("claimant", statements), _said_by("respondent", statements)
    gives_more = _largest(own, _GIVES) > _largest(other, _GIVES)
    reversed_roles = any(s.meaning is Meaning.OWE for s in own) or any(s.meaning in _ASKS for s in other)
    if gives_more and reversed_roles and not any(s.meaning in _ASKS for s in own):
        return claimants, respondents
    return respondents, claimants


def _said_by(side: str, statements: Sequence[Statement]) -> list[Statement]:
    return [statement for statement in statements if statement.author.side == side]


def _largest(statements: Iterable[Statement], meanings: set[Meaning]) -> Decimal:
    return max((s.money.amount for s in statements if s.meaning in meanings), default=Decimal(0))


# --- what is asked ----------------------------------------------------------------------------------------------------
def _claim_from_texts(creditors: Iterable[Party], said: Said) -> Decimal | None:
    """Without a filed amount: the sum of the largest figure each creditor asks."""
    asked = [_largest(said.get(party.user_id, ()), {*_ASKS, Meaning.ACCEPT}) for party in creditors]
    return sum(asked, Decimal(0)) or None


def _asks(
    creditors: Sequence[Party],
    said: Said,
    claim: Decimal | None,
    offers: dict[Pair, Offer],
) -> dict[UUID, Ask]:
    found = {}
    for creditor in creditors:
        offered = sum((offers[pair].amount for pair in offers if pair[1] == creditor.user_id), Decimal(0))
        ask = _final_ask(said.get(creditor.user_id, [])) or _plain_ask(said.get(creditor.user_id, []), claim, offered)
        if ask is not None:
            found[creditor.user_id] = ask
    return found


def _final_ask(statements: Sequence[Statement]) -> Ask | None:
    """The least a creditor would be content with; parts joined by "and" are one sum."""
    asks = [Ask(amount, parts, True) for amount, parts in _bundles(statements, {Meaning.ACCEPT, Meaning.OFFER})]
    return min(asks, key=lambda ask: ask.amount, default=None)


def _plain_ask(statements: Sequence[Statement], claim: Decimal | None, offered: Decimal) -> Ask | None:
    """What a creditor says to want: one figure counts; several count together when they fit in the claim.

    A figure below what is offered is a part of the claim, not the whole of it.
    """
    wanted = [
        (amount, parts) for amount, parts in _bundles(statements, {Meaning.TAKE}) if not any(p.named for p in parts)
    ]
    amounts = {amount for amount, _ in wanted}
    total = sum(amounts, Decimal(0))
    if not amounts or (claim is not None and total > claim) or total < offered:
        return None
    return Ask(total, tuple(part for _, parts in wanted for part in parts), False)


def _asks_of(creditors: Sequence[Party], debtors: Sequence[Party], said: Said) -> dict[Pair, Ask]:
    """Sums a creditor asks of a debtor by name: "Tom owes me 500 and Lisa 300"."""
    if len(debtors) < 2:
        return {}
    ids = {party.user_id for party in debtors}
    found: dict[Pair, Ask] = {}
    for creditor in creditors:
        for statement in said.get(creditor.user_id, ()):
            named = statement.named & ids
            if statement.meaning in {Meaning.TAKE, Meaning.UNPAID, Meaning.ACCEPT} and len(named) == 1:
                pair = (next(iter(named)), creditor.user_id)
                if pair not in found or statement.meaning is Meaning.ACCEPT:
                    found[pair] = Ask(statement.money.amount, (statement,), statement.meaning is Meaning.ACCEPT)
        content = _final_ask([s for s in said.get(creditor.user_id, ()) if not s.named & ids])
        own = {pair: ask for pair, ask in found.items() if pair[1] == creditor.user_id}
        found |= _no_more_than(content, own)
    return found


def _no_more_than(content: Ask | None, own: dict[Pair, Ask]) -> dict[Pair, Ask]:
    """Sums asked by name, in proportion no more in all than what the same creditor would be content with."""
    total = sum((ask.amount for ask in own.values()), Decimal(0))
    if content is None or total <= content.amount:
        return own
    return {pair: Ask(ask.amount * content.amount / total, content.statements, True) for pair, ask in own.items()}


# --- what is offered --------------------------------------------------------------------------------------------------
def _offers(
    debtors: Sequence[Party],
    creditors: Sequence[Party],
    said: Said,
    claim: Decimal | None,
) -> tuple[dict[Pair, Offer], dict[Pair, Offer]]:
    """The best offer and the largest acknowledged debt of each debtor to each creditor."""
    offers: dict[Pair, Offer] = {}
    owed: dict[Pair, Offer] = {}
    receivers = _Receivers(creditors, said)
    for debtor in debtors:
        own = said.get(debtor.user_id, [])
        meanings = {*_GIVES, Meaning.OFFER, Meaning.ACCEPT}
        groups = _groups(own, meanings) or _implied_by_withholding(own, claim)
        for group in groups:
            for pair, offer in _per_creditor(group, debtor, debtors, receivers).items():
                _keep_larger(offers, pair, offer)
        for group in _groups(own, {Meaning.OWE}):
            for pair, offer in _per_creditor(group, debtor, debtors, receivers).items():
                _keep_larger(owed, pair, offer)
    return offers, owed


def _keep_larger(kept: dict[Pair, Offer], pair: Pair, offer: Offer) -> None:
    best = kept.get(pair)
    if best is None or best.amount < offer.amount:
        kept[pair] = offer


@dataclass(frozen=True)
class _Share:
    amount: Decimal
    statement: Statement


def _groups(statements: Sequence[Statement], meanings: set[Meaning]) -> list[list[_Share]]:
    """Statements that make one offer together: joined by "and", or said to come on top ("also", "además")."""
    groups: list[list[_Share]] = []
    for statement in statements:
        if statement.meaning not in meanings:
            continue
        share = _Share(statement.money.amount, statement)
        last = groups[-1][-1].statement if groups else None
        same_source = last is not None and last.sentence.source is statement.sentence.source
        same_sentence = same_source and last is not None and last.sentence == statement.sentence
        if same_source and (statement.adds if same_sentence else statement.also):
            groups[-1].append(share)
        else:
            groups.append([share])
    return groups


def _bundles(statements: Sequence[Statement], meanings: set[Meaning]) -> list[tuple[Decimal, tuple[Statement, ...]]]:
    return [
        (sum((share.amount for share in group), Decimal(0)), tuple(share.statement for share in group))
        for group in _groups(statements, meanings)
    ]


def _implied_by_withholding(statements: Sequence[Statement], claim: Decimal | None) -> list[list[_Share]]:
    """Who keeps back a named part of the claim, and offers no figure, does not keep back the rest."""
    kept = [statement for statement in statements if statement.meaning is Meaning.WITHHOLD]
    if len(kept) != 1 or claim is None or kept[0].money.amount >= claim:
        return []
    return [[_Share(claim - kept[0].money.amount, kept[0])]]


def _per_creditor(
    group: Sequence[_Share],
    debtor: Party,
    debtors: Sequence[Party],
    receivers: "_Receivers",
) -> dict[Pair, Offer]:
    sums: dict[Pair, Decimal] = {}
    for share in group:
        payers = debtors if share.statement.joint and len(debtors) > 1 else (debtor,)
        ids, amount = receivers.of(share)
        part = amount / len(payers)
        for payer in payers:
            for creditor_id in ids:
                pair = (payer.user_id, creditor_id)
                sums[pair] = sums.get(pair, Decimal(0)) + part
    statements = tuple(share.statement for share in group)
    return {pair: Offer(amount, statements) for pair, amount in sums.items()}


class _Receivers:
    """Whom an offer is for: each creditor, the one named, the one who named the same sum, or all in equal parts."""

    def __init__(self, creditors: Sequence[Party], said: Said) -> None:
        self._all = tuple(sorted({party.user_id for party in creditors}))
        self._ids = frozenset(self._all)
        self._speakers = _who_named(creditors, said) if len(self._all) > 1 else {}

    def of(self, share: _Share) -> tuple[Sequence[UUID], Decimal]:
        """The creditors in order, and what each of them is to receive."""
        if share.statement.each:
            return self._all, share.amount
        named: Set[UUID] = share.statement.named & self._ids
        if not named:
            speakers = self._speakers.get(share.amount, ())
            named = frozenset(speakers) if len(speakers) == 1 else named
        receivers = sorted(named) if named else self._all
        return receivers, share.amount / len(receivers)


def _who_named(creditors: Sequence[Party], said: Said) -> dict[Decimal, set[UUID]]:
    """For each sum the creditors who speak of it as open; having paid it oneself is not claiming it."""
    speakers: dict[Decimal, set[UUID]] = {}
    for party in creditors:
        for statement in said.get(party.user_id, ()):
            if statement.meaning not in {Meaning.PAID, Meaning.RECEIVED}:
                speakers.setdefault(statement.money.amount, set()).add(party.user_id)
    return speakers


def _concessions(creditors: Sequence[Party], said: Said) -> dict[UUID, Offer]:
    """What a creditor allows the other side: the largest such statement."""
    found = {}
    for party in creditors:
        bundles = _bundles(said.get(party.user_id, ()), {*_GIVES, Meaning.CONCEDE})
        if bundles:
            amount, parts = max(bundles, key=lambda bundle: bundle[0])
            found[party.user_id] = Offer(amount, parts)
    return found


def _confirmed_payments(creditors: Sequence[Party], debtors: Sequence[Party], said: Said) -> dict[UUID, Offer]:
    """Part payments that a debtor states and the creditor confirms with the same sum."""
    found = {}
    for creditor in creditors:
        for received in said.get(creditor.user_id, ()):
            if received.meaning is not Meaning.RECEIVED:
                continue
            paid = [
                s
                for debtor in debtors
                for s in said.get(debtor.user_id, ())
                if s.meaning is Meaning.PAID and s.money == received.money
            ]
            if paid:
                found[creditor.user_id] = Offer(received.money.amount, (received, paid[0]))
    return found


def _with_round_offers(offers: dict[Pair, Offer], rounds: RoundPositions) -> dict[Pair, Offer]:
    merged = dict(offers)
    for pair, stand in rounds.offers.items():
        _keep_larger(merged, pair, Offer(stand.amount, (), stand))
    return merged
