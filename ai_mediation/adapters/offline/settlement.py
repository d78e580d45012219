"""The figure: what each debtor is to pay each creditor.

The rules, which every draft states:
1. What a debtor acknowledges owing is taken as it stands.
2. What a creditor allows the other side, and part payments both sides confirm, come off the claim first.
3. Between the best offer and what is still claimed, the sum lies midway. An offer that covers the demand is taken as made.
4. What several creditors claim together and have not divided is shared equally, after what is owed to one of them alone; so is
   what is claimed of several debtors. Nobody is asked for less than they offered.
5. Silence is neither an offer nor an admission.
6. All payments together never exceed what is claimed in all: what goes beyond it comes off in proportion, first above the offers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from ai_mediation.adapters.offline.amounts import money
from ai_mediation.adapters.offline.positions import Ask, Offer, Pair, Positions
from kernel.money import Money

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Award:
    """One payment with the steps that lead to it. `ceiling` is None when only offers are on record."""

    pair: Pair
    amount: Money
    floor: Money
    ceiling: Money | None
    offer: Offer | None
    owed: Offer | None
    ask: Ask | None
    conceded: Offer | None
    confirmed: Offer | None
    divided: bool  # the ceiling is a share of a claim made together
    agreed: bool  # both sides stood by this very figure in an earlier round
    down: Money  # the amount rounded down


def awards(positions: Positions) -> list[Award]:
    """The payments, in the order of the creditors and debtors of the case. Empty when nothing is due."""
    pairs = [(debtor.user_id, creditor.user_id) for creditor in positions.creditors for debtor in positions.debtors]
    floors = {pair: _floor(positions, pair) for pair in pairs}
    ceilings = _within_the_claim(positions, floors, _ceilings(positions))
    found = _rounded_within_the_claim(positions, [_award(positions, pair, floors[pair], ceilings) for pair in pairs])
    return [award for award in found if award.amount.amount > 0]


def _within_the_claim(
    positions: Positions, floors: dict[Pair, Decimal], ceilings: dict[Pair, Decimal]
) -> dict[Pair, Decimal]:
    """Ceilings lowered towards the floors, all in the same proportion, until the sums midway come to no more than the claim."""
    if positions.claim is None:
        return ceilings
    above = {pair: max(ceiling - floors[pair], NOTHING) for pair, ceiling in ceilings.items()}
    room, excess = 2 * (positions.claim - sum(floors.values(), NOTHING)), sum(above.values(), NOTHING)
    room = max(room, NOTHING)
    if excess <= room:
        return ceilings
    return {pair: floors[pair] + room * part / excess for pair, part in above.items()}


def _rounded_within_the_claim(positions: Positions, found: list[Award]) -> list[Award]:
    """Where the rounded sums together go beyond the claim, each is rounded down: the same for everybody."""
    if positions.claim is None or sum((award.amount.amount for award in found), NOTHING) <= positions.claim:
        return found
    return [replace(award, amount=award.down, floor=min(award.floor, award.down)) for award in found]


def _award(positions: Positions, pair: Pair, floor: Decimal, ceilings: dict[Pair, Decimal]) -> Award:
    offer = positions.offers.get(pair)
    ceiling = ceilings.get(pair)
    ask = positions.round_asks.get(pair) or positions.asks_of.get(pair) or positions.asks.get(pair[1])
    amount = floor if ceiling is None else (floor + max(ceiling, floor)) / 2
    agreed = pair in positions.round_asks and floor == positions.round_asks[pair].amount
    alone = len(positions.creditors) == 1
    return Award(
        pair=pair,
        amount=money(amount, positions.currency),
        floor=money(floor, positions.currency),
        ceiling=None if ceiling is None else money(max(ceiling, floor), positions.currency),
        offer=offer if floor else None,
        owed=positions.owed.get(pair),
        ask=ask,
        conceded=positions.conceded.get(pair[1]) if positions.claim is not None else None,
        confirmed=positions.confirmed.get(pair[1]),
        divided=ceiling is not None and pair not in positions.asks_of and not (alone and len(positions.debtors) == 1),
        agreed=agreed,
        down=money(amount, positions.currency, ROUND_DOWN),
    )


def _floor(positions: Positions, pair: Pair) -> Decimal:
    """The best offer; all offers together never more than what is claimed in all."""
    offer = positions.offers.get(pair)
    offered = offer.amount if offer else NOTHING
    if positions.claim is None:
        return offered
    total = sum((offer.amount for offer in positions.offers.values()), NOTHING)
    return offered if total <= positions.claim else offered * positions.claim / total


def _ceilings(positions: Positions) -> dict[Pair, Decimal]:
    """What each creditor still claims of each debtor."""
    if positions.claim is None:
        return {}
    ceilings: dict[Pair, Decimal] = {}
    for creditor_id, total in _claim_of_each(positions, positions.claim).items():
        ceilings |= _between_debtors(positions, creditor_id, total)
    return {pair: _lowered_by_rounds(positions, pair, ceiling) for pair, ceiling in ceilings.items()}


def _lowered_by_rounds(positions: Positions, pair: Pair, ceiling: Decimal) -> Decimal:
    asked = positions.round_asks.get(pair)
    return ceiling if asked is None else min(ceiling, asked.amount)


# --- between creditors ------------------------------------------------------------------------------------------------
def _claim_of_each(positions: Positions, claim: Decimal) -> dict[UUID, Decimal]:
    ids = [party.user_id for party in positions.creditors]
    owed = {i: _sum_for(positions.owed, i) for i in ids}
    own = {i: _own_total(positions, i, owed[i]) for i in ids}
    open_sum = claim - sum(owed.values()) - sum((own[i] or owed[i]) - owed[i] for i in ids)
    undivided = [i for i in ids if own[i] is None]
    share = max(open_sum, NOTHING) / len(undivided) if undivided else NOTHING
    return {i: _after_deductions(positions, i, owed[i] + share, own[i]) for i in ids}


def _own_total(positions: Positions, creditor_id: UUID, owed: Decimal) -> Decimal | None:
    """What the creditor alone asks in all; a figure below the offers is asked on top of what is owed without dispute."""
    ask = positions.asks.get(creditor_id)
    if ask is None or (not ask.final and len(positions.creditors) == 1 and ask.amount == positions.claim):
        return None
    offered = _sum_for(positions.offers, creditor_id)
    total = ask.amount if ask.amount >= offered or not owed else owed + ask.amount
    return total if positions.claim is None else min(total, positions.claim)


def _after_deductions(positions: Positions, creditor_id: UUID, share: Decimal, own: Decimal | None) -> Decimal:
    """The claim less what the creditor allows and what was paid; never more than the creditor's own figure."""
    conceded, confirmed = positions.conceded.get(creditor_id), positions.confirmed.get(creditor_id)
    if own is not None and len(positions.creditors) > 1:
        return own
    base = positions.claim if len(positions.creditors) == 1 and positions.claim is not None else share
    rest = base - (conceded.amount if conceded else NOTHING) - (confirmed.amount if confirmed else NOTHING)
    return max(NOTHING, rest if own is None else min(rest, own))


def _sum_for(offers: dict[Pair, Offer], creditor_id: UUID) -> Decimal:
    return sum((offer.amount for pair, offer in offers.items() if pair[1] == creditor_id), NOTHING)


# --- between debtors --------------------------------------------------------------------------------------------------
def _between_debtors(positions: Positions, creditor_id: UUID, total: Decimal) -> dict[Pair, Decimal]:
    """Named sums first; the rest in equal shares, where a debtor who offers more than a share leaves less to the others."""
    pairs = [(party.user_id, creditor_id) for party in positions.debtors]
    named = {pair: positions.asks_of[pair].amount for pair in pairs if pair in positions.asks_of}
    rest = max(total - sum(named.values(), NOTHING), NOTHING)
    others = [pair for pair in pairs if pair not in named]
    return named | equal_shares(rest, {pair: _floor(positions, pair) for pair in others})


def equal_shares(total: Decimal, floors: dict[Pair, Decimal]) -> dict[Pair, Decimal]:
    """`total` in equal shares, none below its floor; those above an equal share keep their floor and the rest is shared on."""
    shares: dict[Pair, Decimal] = {}
    left, open_pairs = total, list(floors)
    while open_pairs:
        share = max(left, NOTHING) / len(open_pairs)
        above = [pair for pair in open_pairs if floors[pair] > share]
        if not above:
            return shares | dict.fromkeys(open_pairs, share)
        for pair in above:
            shares[pair] = floors[pair]
            left -= floors[pair]
        open_pairs = [pair for pair in open_pairs if pair not in above]
    return shares


def consolidated(found: Sequence[tuple[Pair, Money]]) -> list[tuple[Pair, Money]]:
    """The same totals paid by every debtor and received by every creditor, in few payments.

    Ten debtors and ten creditors would make a hundred payments; nobody's total needs more than nineteen.
    """
    owing: dict[UUID, Decimal] = {}
    due: dict[UUID, Decimal] = {}
    for (debtor, creditor), amount in found:
        owing[debtor] = owing.get(debtor, NOTHING) + amount.amount
        due[creditor] = due.get(creditor, NOTHING) + amount.amount
    payments: list[tuple[Pair, Money]] = []
    for creditor, total in due.items():
        left = total
        for debtor in owing:
            part = min(left, owing[debtor])
            if part > 0:
                payments.append(((debtor, creditor), money(part, found[0][1].currency)))
                left, owing[debtor] = left - part, owing[debtor] - part
    return payments
