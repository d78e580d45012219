"""Choosing among candidates: the published examples, and the properties the method promises."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from disputes.enums import ChoiceRule
from disputes.selectors.schulze import choose, schulze_winners, strongest_paths

pytestmark = pytest.mark.unit
CANDIDATES = "abcd"
BALLOTS = st.lists(st.permutations(CANDIDATES), min_size=1, max_size=9)


def _ballots(*counted: tuple[int, str]) -> list[str]:
    return [order for count, order in counted for _ in range(count)]


# Schulze (2011), example 1: 21 voters, four candidates, d wins.
PAPER = _ballots((8, "acdb"), (2, "badc"), (4, "cdba"), (4, "dbac"), (3, "dcba"))
# The 45 voters of the same author's description of the method, five candidates, e wins.
FORTY_FIVE = _ballots(
    (5, "acbed"), (5, "adecb"), (8, "bedac"), (3, "cabed"), (7, "caebd"), (2, "cbade"), (7, "dceba"), (8, "ebadc")
)  # fmt: skip


def test_the_papers_first_example() -> None:
    strength = strongest_paths("abcd", PAPER)
    assert {f"{one}{other}": value for (one, other), value in strength.items()} == {
        "ab": 14, "ac": 14, "ad": 12, "ba": 13, "bc": 13, "bd": 12, "ca": 13, "cb": 15, "cd": 12, "da": 13, "db": 19, "dc": 13,
    }  # fmt: skip
    assert schulze_winners("abcd", PAPER) == ["d"]


def test_the_example_of_forty_five_voters() -> None:
    strength = strongest_paths("abcde", FORTY_FIVE)
    assert {f"{one}{other}": value for (one, other), value in strength.items()} == {
        "ab": 28, "ac": 28, "ad": 30, "ae": 24,
        "ba": 25, "bc": 28, "bd": 33, "be": 24,
        "ca": 25, "cb": 29, "cd": 29, "ce": 24,
        "da": 25, "db": 28, "dc": 28, "de": 24,
        "ea": 25, "eb": 28, "ec": 28, "ed": 31,
    }  # fmt: skip
    assert choose("abcde", FORTY_FIVE, lot=str).winner == "e"


@given(BALLOTS)
def test_whoever_beats_every_other_one_wins(ballots: list[Sequence[str]]) -> None:
    condorcet = [
        one
        for one in CANDIDATES
        if all(
            sum(ballot.index(one) < ballot.index(other) for ballot in ballots) * 2 > len(ballots)
            for other in CANDIDATES
            if other != one
        )
    ]
    assume(condorcet)
    choice = choose(CANDIDATES, ballots, lot=str)
    assert (choice.winner, choice.rule) == (condorcet[0], ChoiceRule.SCHULZE)


@given(BALLOTS, st.randoms())
def test_the_order_in_which_parties_rank_does_not_matter(ballots: list[Sequence[str]], chance: object) -> None:
    shuffled = list(ballots)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(CANDIDATES, shuffled, lot=str) == choose(CANDIDATES, ballots, lot=str)


@given(BALLOTS, st.permutations(CANDIDATES))
def test_names_of_candidates_do_not_matter(ballots: list[Sequence[str]], names: Sequence[str]) -> None:
    renamed = dict(zip(CANDIDATES, names, strict=True))
    back = {new: old for old, new in renamed.items()}
    given_anew = [[renamed[one] for one in ballot] for ballot in ballots]
    choice = choose(sorted(names), given_anew, lot=lambda one: back[one])
    before = choose(CANDIDATES, ballots, lot=str)
    assert (choice.winner, choice.rule) == (renamed[before.winner], before.rule)


@given(BALLOTS)
def test_a_candidate_whom_everybody_puts_behind_another_never_wins(ballots: list[Sequence[str]]) -> None:
    winner = choose(CANDIDATES, ballots, lot=str).winner
    for other in CANDIDATES:
        assert other == winner or not all(ballot.index(other) < ballot.index(winner) for ballot in ballots)


@pytest.mark.parametrize(("candidates", "ballots"), [("abcd", PAPER), ("abcde", FORTY_FIVE)])
def test_copies_of_a_candidate_change_nothing_for_the_others(candidates: str, ballots: list[str]) -> None:
    winner = schulze_winners(candidates, ballots)
    for original in candidates:
        for pair in (original + "z", "z" + original):
            copied = [ballot.replace(original, pair) for ballot in ballots]
            won = schulze_winners(candidates + "z", copied)
            assert [{"z": original}.get(one, one) for one in won] == winner, (original, pair)


def test_two_parties_who_disagree_get_what_both_can_live_with() -> None:
    choice = choose("abc", ["abc", "cba"], lot=str)
    assert (choice.winner, choice.rule) == ("b", ChoiceRule.NASH)  # 2 x 2 against 3 x 1 and 1 x 3


def test_what_orders_cannot_decide_the_lot_does() -> None:
    for lots in permutations((1, 2)):
        drawn = dict(zip("ab", lots, strict=True))
        choice = choose("ab", ["ab", "ba"], lot=drawn.__getitem__)
        assert (choice.winner, choice.rule) == ("ab"[lots.index(1)], ChoiceRule.LOT)
        assert choose("ab", [], lot=drawn.__getitem__) == choice  # nobody ranked


@pytest.mark.parametrize("ballot", ["ab", "abb", "abcd", "abx"])
def test_a_ballot_holds_every_candidate_once(ballot: str) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        choose("abc", [ballot], lot=str)
    with pytest.raises(ValueError, match="nothing to choose"):
        choose("", [], lot=str)
