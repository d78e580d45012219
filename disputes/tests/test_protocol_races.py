"""Races of the mediation protocol, on real connections; each kind is first shown to be lost without its lock."""

from collections import Counter

import pytest

from disputes.enums import DisputeStatus
from disputes.models import Bid, BiddingRound, Ranking, Resolution, Understanding
from disputes.selectors.understandings import newest_understanding
from disputes.services import bidding
from disputes.services.ending import withdraw_dispute
from disputes.services.understanding import answer_understanding
from disputes.tests.factories import (
    Case,
    ask,
    bid,
    confirm,
    mediated,
    participant_of,
    rank,
    ranking,
    three_mediated,
    understand,
)
from disputes.tests.test_races import count, in_parallel, outcome_of, unlocked, verify

pytestmark = pytest.mark.django_db(transaction=True)
ALL = ("600.00", "800.00", "900.00", "1000.00")


def place(case: Case, number: int, *amounts: str) -> str:
    return outcome_of(lambda: bid(case, case.parties[number], amounts[number]))


def test_without_the_lock_two_bids_at_once_leave_a_round_that_nobody_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mediated()
    bid(case, case.claimant, "1100.00")
    bid(case, case.respondent, "100.00")  # the first round is over; the next is opened by whoever comes first
    with unlocked(monkeypatch, bidding, "_open_round", 2):
        results = in_parallel(lambda number: place(case, number, "900.00", "950.00"), 2)
    assert sorted(results) != ["ok", "ok"] or BiddingRound.objects.get(number=2).status == "open"


def test_two_bids_at_the_same_moment_settle_once() -> None:
    for _ in range(3):
        case = mediated()
        assert in_parallel(lambda number: place(case, number, "900.00", "950.00"), 2) == ["ok", "ok"]  # noqa: B023
        assert [(row.status, str(row.amount)) for row in BiddingRound.objects.filter(dispute_id=case.id)] == [
            ("settled", "925.0000")
        ]
        assert Resolution.objects.filter(dispute_id=case.id).count() == 1
        assert not Bid.objects.exists()
        verify(case)


def test_a_changed_bid_against_the_others_bid_is_compared_once() -> None:
    case = mediated()
    bid(case, case.claimant, "1100.00")
    results = in_parallel(lambda number: place(case, number, "900.00", "950.00"), 2)
    rounds = [(row.number, row.status) for row in BiddingRound.objects.filter(dispute_id=case.id).order_by("number")]
    if rounds == [(1, "settled")]:  # the change came first
        assert (results, case.status) == (["ok", "ok"], "proposed")
    else:  # it came second: it is the first bid of the next round
        assert (results, rounds) == (["ok", "ok"], [(1, "closed"), (2, "open")])
    verify(case)


def test_a_bid_against_the_end_of_the_case_leaves_none() -> None:
    case = mediated()
    bid(case, case.claimant, "900.00")

    def act(number: int) -> str:
        if number:
            return place(case, 1, "", "950.00")
        return outcome_of(lambda: withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason=""))

    results = in_parallel(act, 2)
    assert results[0] == "ok"
    assert results[1] in ("ok", "wrong_state")
    assert (Bid.objects.count(), case.status) == (0, "withdrawn")
    verify(case)


def test_without_the_lock_the_last_two_rankings_leave_nobody_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    case = ranking()
    # Nobody commits before both have counted.
    with unlocked(monkeypatch, Resolution, "refresh_from_db", 2):
        results = in_parallel(lambda number: outcome_of(lambda: rank(case, case.parties[number], *ALL)), 2)
    assert results == ["ok", "ok"]
    assert (Ranking.objects.count(), case.resolution.status) == (2, "ranking")  # each saw only its own


def test_the_last_two_rankings_at_once_choose_once() -> None:
    case = three_mediated()
    confirm(case)
    ranking(case)
    results = in_parallel(lambda number: outcome_of(lambda: rank(case, case.parties[number], *ALL)), 3)
    assert results == ["ok"] * 3
    assert (case.status, case.resolution.status, case.resolution.summary) == (
        "proposed",
        "proposed",
        "Candidate 600.00.",
    )
    assert (count("ResolutionProposed"), Ranking.objects.count()) == (1, 3)
    verify(case)


def test_one_person_s_parallel_rankings_count_once() -> None:
    case = ranking()
    results = in_parallel(
        lambda number: outcome_of(lambda: rank(case, case.claimant, *(ALL if number % 2 else ALL[::-1]))), 6
    )
    assert Counter(results) == {"ok": 3, "already_answered": 3}
    assert Ranking.objects.count() == 1


def test_parallel_answers_to_one_summary_count_once() -> None:
    case = mediated()
    understand(case, case.claimant)

    def answer(number: int) -> str:
        decision, words = ("confirm", "") if number % 2 else ("correct", "Not so.")
        return outcome_of(
            lambda: answer_understanding(
                acting_user=case.claimant, dispute_id=case.id, decision=decision, correction=words
            )
        )

    assert Counter(in_parallel(answer, 6)) == {"ok": 1, "already_answered": 5}
    row = newest_understanding(participant_of(case, case.claimant))
    assert row is not None
    assert Understanding.objects.filter(pk=row.pk).values_list("status", flat=True)[0] in ("confirmed", "corrected")


def test_resolve_against_the_last_confirmation_never_drafts_before_it() -> None:
    case = mediated()
    confirm(case, case.respondent)
    understand(case, case.claimant)

    def act(number: int) -> str:
        if number:
            return outcome_of(lambda: ask(case, case.respondent))
        return outcome_of(
            lambda: answer_understanding(acting_user=case.claimant, dispute_id=case.id, decision="confirm")
        )

    results = in_parallel(act, 2)
    assert results[0] == "ok"
    assert results[1] in ("ok", "understanding_pending")
    assert Resolution.objects.filter(dispute_id=case.id).count() == (results[1] == "ok")
    assert case.status == DisputeStatus.MEDIATING
