"""Choosing one of several candidates from the orders of any number of parties. Pure: no database, no clock, no chance.

1. Schulze's method (M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
   election method", Social Choice and Welfare 36 (2011), 267-303): `d[a, b]` counts the ballots that put a before b; a path is as
   strong as its weakest link d[a, b] > d[b, a]; a candidate wins when for every other one its strongest path there is at least as
   strong as the strongest path back. There is always at least one such candidate.
2. Several of them: the Nash product (J. Nash, "The bargaining problem", Econometrica 18 (1950), 155-162). A ballot's first of n
   candidates has the utility n, its last 1; the candidate with the largest product over all ballots wins, so that one that
   everybody can live with goes before one that is somebody's last.
3. Still several: a lot, which the caller draws so that it favours no party and nobody can steer it.

Ballots are strict and complete: every candidate exactly once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import Any, Generic, TypeVar

from disputes.enums import ChoiceRule

C = TypeVar("C")


@dataclass(frozen=True)
class Choice(Generic[C]):
    """The candidate chosen, and the last step that was needed."""

    winner: C
    rule: ChoiceRule


def choose(candidates: Sequence[C], ballots: Sequence[Sequence[C]], *, lot: Callable[[C], Any]) -> Choice[C]:
    """The winner. `lot` gives a sortable value for each candidate; the smallest decides what orders cannot.

    Raises ValueError for no candidates, and for a ballot that does not hold every candidate exactly once.
    """
    if not candidates:
        raise ValueError("There is nothing to choose from.")
    winners = schulze_winners(candidates, ballots)
    if len(winners) == 1 and (ballots or len(candidates) == 1):
        return Choice(winners[0], ChoiceRule.SCHULZE)
    best = _largest_product(winners, ballots)
    if len(best) == 1:
        return Choice(best[0], ChoiceRule.NASH)
    return Choice(min(best, key=lot), ChoiceRule.LOT)


def schulze_winners(candidates: Sequence[C], ballots: Sequence[Sequence[C]]) -> list[C]:
    """Every candidate that no other one beats, in the order given. All of them when there are no ballots."""
    strength = strongest_paths(candidates, ballots)
    return [
        one
        for one in candidates
        if all(strength[one, other] >= strength[other, one] for other in candidates if other != one)
    ]


def strongest_paths(candidates: Sequence[C], ballots: Sequence[Sequence[C]]) -> dict[tuple[C, C], int]:
    """For each ordered pair the strength of the strongest path, by winning votes; 0 where there is none (Floyd-Warshall)."""
    preferred = _pairwise(candidates, ballots)
    strength = {pair: votes if votes > preferred[pair[1], pair[0]] else 0 for pair, votes in preferred.items()}
    for through in candidates:
        for start in candidates:
            for end in candidates:
                if len({through, start, end}) == 3:
                    detour = min(strength[start, through], strength[through, end])
                    strength[start, end] = max(strength[start, end], detour)
    return strength


def _pairwise(candidates: Sequence[C], ballots: Sequence[Sequence[C]]) -> dict[tuple[C, C], int]:
    preferred = dict.fromkeys(permutations(candidates, 2), 0)
    for ballot in ballots:
        if len(ballot) != len(candidates) or set(ballot) != set(candidates):
            raise ValueError("A ballot holds every candidate exactly once.")
        place = {candidate: number for number, candidate in enumerate(ballot)}
        for one, other in preferred:
            preferred[one, other] += place[one] < place[other]
    return preferred


def _largest_product(winners: Sequence[C], ballots: Sequence[Sequence[C]]) -> list[C]:
    products = {candidate: prod(len(ballot) - ballot.index(candidate) for ballot in ballots) for candidate in winners}
    largest = max(products.values())
    return [candidate for candidate in winners if products[candidate] == largest]
