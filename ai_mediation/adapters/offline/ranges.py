"""What is open between each debtor and creditor once permitted private words count too: from the best offer to the lowest demand.

A private word never lifts an offer above what is openly asked, nor lowers a demand below what is openly offered: where the two sides'
words meet or cross, the payment lies where they meet. So nobody pays more, or gets less, than the other side was content with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ai_mediation.adapters.offline.positions import Pair, Positions, read_positions
from ai_mediation.adapters.offline.reading import Reading, may_shape, read
from ai_mediation.adapters.offline.settlement import Award, awards
from disputes.public import CaseFile, Source


@dataclass(frozen=True)
class Range:
    """`low` to `high` is open between the pair. `award` is what the joint record alone gives; None when it gives nothing."""

    pair: Pair
    low: Decimal
    high: Decimal
    award: Award | None

    @property
    def is_kept(self) -> bool:
        """Both stood by this very payment in an earlier round."""
        return self.award is not None and self.award.agreed

    def at(self, weight: Decimal) -> Decimal:
        return self.low + (self.high - self.low) * weight


def private_words(case: CaseFile) -> tuple[Source, ...]:
    """Lines of caucuses that their parties permitted, and the corrections of what the mediator understood.

    The understanding itself is made of the party's own texts and says nothing that those do not.
    """
    permitted = [
        may_shape(line.user_id, case.dispute_id, line.text, line.created_at)
        for line in case.permitted
        if line.text.strip()
    ]
    corrected = [
        may_shape(one.user_id, case.dispute_id, one.correction, case.filed_at)
        for one in case.understandings
        if one.correction.strip()
    ]
    return (*corrected, *permitted)


def open_ranges(case: CaseFile, joint: Reading) -> tuple[Positions | None, list[Range]]:
    """The positions that set currency and claim, and the ranges in the order of the case; none where nothing is due."""
    private = private_words(case)
    positions = read_positions(joint)
    if positions is None:
        positions = read_positions(read(case, private))
        return positions, [_of_one(award, None) for award in awards(positions)] if positions else []
    debtors = {party.user_id for party in positions.debtors}
    before = _by_pair(positions)
    offered = _by_pair(_counting(case, [line for line in private if line.author_id in debtors]))
    asked = _by_pair(_counting(case, [line for line in private if line.author_id not in debtors]))
    pairs = [(debtor.user_id, creditor.user_id) for creditor in positions.creditors for debtor in positions.debtors]
    found = [_range(pair, before.get(pair), offered.get(pair), asked.get(pair)) for pair in pairs]
    return positions, [one for one in found if one is not None and one.high > 0]


def _counting(case: CaseFile, private: Sequence[Source]) -> Positions | None:
    return read_positions(read(case, private)) if private else None


def _by_pair(positions: Positions | None) -> dict[Pair, Award]:
    return {award.pair: award for award in awards(positions)} if positions else {}


def _of_one(award: Award, joint: Award | None) -> Range:
    high = award.ceiling.amount if award.ceiling else award.floor.amount
    return Range(award.pair, award.floor.amount, max(high, award.floor.amount), joint)


def _range(pair: Pair, joint: Award | None, offered: Award | None, asked: Award | None) -> Range | None:
    """`offered` counts the debtors' private words, `asked` the creditors'; either is None where there are none."""
    start = joint or offered or asked
    if start is None:
        return None
    openly = _of_one(start, joint)
    low = max(openly.low, offered.floor.amount) if offered else openly.low
    high = min(openly.high, _of_one(asked, None).high) if asked else openly.high
    if low > high:  # their words cross: what lies between them is open, within what was opened to everybody
        low, high = max(high, openly.low), min(low, openly.high)
    return Range(pair, min(low, high), max(low, high), joint)


def within_claim(amounts: dict[Pair, Decimal], lows: dict[Pair, Decimal], claim: Decimal | None) -> dict[Pair, Decimal]:
    """The amounts, what goes beyond the claim in all taken off in proportion of what lies above the lows.

    Where the lows alone go beyond it (more was offered than is claimed), the claim itself is shared in proportion of them.
    """
    total, base = sum(amounts.values(), Decimal(0)), sum(lows.values(), Decimal(0))
    if claim is None or total <= claim:
        return amounts
    if base >= claim:
        return {key: lows[key] * claim / base for key in amounts}
    share = (claim - base) / (total - base)
    return {key: lows[key] + (amount - lows[key]) * share for key, amount in amounts.items()}
