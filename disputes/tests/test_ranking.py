"""Candidates and their private ranking: who ranks what, which one becomes the proposal, and what nobody ever learns."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from disputes.enums import ChoiceRule, Decision, DisputeStatus, Part, ResolutionStatus
from disputes.errors import (
    AlreadyAnsweredError,
    InvalidTermsError,
    NotYoursToDoError,
    UncitedDraftError,
    WrongProtocolError,
    WrongStateError,
)
from disputes.models import Candidate, Ranking
from disputes.selectors.access import access_dispute
from disputes.selectors.case_file import CandidateDraft, Citation
from disputes.selectors.case_files import case_file
from disputes.selectors.terms import read_term
from disputes.selectors.timeline import timeline_for
from disputes.services.ending import withdraw_dispute
from disputes.services.ranking import lot, rank_candidates, submit_candidates
from disputes.services.resolving import propose_by_mediator, propose_resolution
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    accept,
    ask,
    assign,
    candidate,
    candidates_for,
    confirm,
    draft,
    mediating,
    payment,
    rank,
    ranking,
    respond,
    three_mediated,
    understood,
)
from kernel.clock import days_from, now
from kernel.errors import NotFoundError, ValidationFailedError
from kernel.journal import Actor
from kernel.models import JournalEntry
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.django_db]
AI = Actor.ai("mediator")
ALL = ("600.00", "800.00", "900.00", "1000.00")


def test_candidates_wait_for_the_parties_rankings() -> None:
    case = understood()
    before = now()
    ranking(case)
    resolution = case.resolution
    assert (resolution.status, case.status) == (ResolutionStatus.RANKING, DisputeStatus.MEDIATING)
    assert resolution.rank_by == days_from(before, 3, "UTC")
    rows = Candidate.objects.filter(resolution=resolution).order_by("number")
    assert [(row.number, row.principle, row.summary) for row in rows] == [
        (1, "equal_split", "Candidate 600.00."),
        (2, "merits", "Candidate 800.00."),
        (3, "interests", "Candidate 900.00."),
        (4, "creative", "Candidate 1000.00."),
    ]
    untouched = footprint()
    submit_candidates(resolution_id=resolution.pk, candidates=candidates_for(case, "1.00", "2.00"), drafted_by=AI)
    assert footprint() == untouched  # they came twice


def _checked(case: Case, *candidates: CandidateDraft) -> None:
    submit_candidates(resolution_id=ask(case).pk, candidates=candidates, drafted_by=AI)


def test_every_candidate_is_checked_like_a_proposal() -> None:
    case = understood()
    asked = ask(case)
    good = candidates_for(case)
    strange = Citation("A claim.", "truth", uuid4(), 0, 3, "The")
    owed = payment(case)
    assert owed.amount is not None
    broken = {
        "debtor": draft(case, replace(owed, debtor_id=uuid4())),
        "past": draft(case, replace(owed, due_date=now().date() - timedelta(days=2))),
        "sums": draft(case, payment(case, "900.00", instalments=("400.00", "400.00"))),
        "nobody owes": draft(case, replace(owed, creditor_id=None)),
        "no terms": replace(draft(case), terms=()),
    }
    before = footprint()
    for why, wrong in broken.items():
        with pytest.raises(InvalidTermsError):
            submit_candidates(
                resolution_id=asked.pk, candidates=(*good[:3], CandidateDraft("creative", wrong)), drafted_by=AI
            )
        assert footprint() == before, why
    with pytest.raises(UncitedDraftError):
        submit_candidates(
            resolution_id=asked.pk,
            candidates=(*good[:3], CandidateDraft("creative", draft(case, citations=(strange,)))),
            drafted_by=AI,
        )
    for few in ((), good[:1], good * 4):
        with pytest.raises(InvalidTermsError):
            submit_candidates(resolution_id=asked.pk, candidates=few, drafted_by=AI)
    assert footprint() == before


def test_a_simple_mediation_has_no_candidates() -> None:
    case = mediating()
    asked = ask(case)
    before = footprint()
    with pytest.raises(WrongProtocolError):
        submit_candidates(resolution_id=asked.pk, candidates=candidates_for(case), drafted_by=AI)
    assert footprint() == before


def test_the_last_ranking_chooses_the_proposal_and_says_by_which_rule(unlimited: None) -> None:
    case = ranking()
    rank(case, case.claimant, "900.00", "1000.00", "800.00", "600.00")
    assert case.resolution.status == ResolutionStatus.RANKING
    rank(case, case.respondent, "900.00", "600.00", "800.00", "1000.00")
    resolution = case.resolution
    assert (resolution.status, case.status, resolution.rule) == ("proposed", "proposed", ChoiceRule.SCHULZE)
    won = candidate(case, "900.00")
    for column in ("summary", "terms", "reasoning", "citations", "agreed_facts", "disputed_facts", "recitals", "model"):
        assert getattr(resolution, column) == getattr(won, column), column
    shown = client_of(case.claimant).get(case.url(f"resolutions/{resolution.pk}")).json()
    assert shown["rule"].startswith("Each party ranked the candidates in private. Chosen by Schulze")
    accept(case)
    assert case.status == DisputeStatus.CONTRACTING


def test_two_who_disagree_get_the_one_both_can_live_with() -> None:
    case = ranking(None, "600.00", "800.00", "900.00")
    rank(case, case.claimant, "900.00", "800.00", "600.00")
    rank(case, case.respondent, "600.00", "800.00", "900.00")
    assert (case.resolution.summary, case.resolution.rule) == ("Candidate 800.00.", ChoiceRule.NASH)


def test_three_parties_choose_by_majority() -> None:
    case = three_mediated()
    confirm(case)
    ranking(case, "600.00", "800.00", "900.00")
    rank(case, case.claimant, "900.00", "800.00", "600.00")
    rank(case, case.co_parties[0], "900.00", "600.00", "800.00")
    assert case.status == DisputeStatus.MEDIATING
    rank(case, case.respondent, "600.00", "800.00", "900.00")
    assert (case.resolution.summary, case.resolution.rule) == ("Candidate 900.00.", ChoiceRule.SCHULZE)


def test_after_the_time_the_rankings_that_are_there_decide(clock: Clock) -> None:
    case = ranking()
    rank(case, case.claimant, "1000.00", "900.00", "800.00", "600.00")
    clock.advance(timedelta(days=3))
    sweep_deadlines()
    assert case.resolution.status == ResolutionStatus.RANKING  # the third day has not ended
    clock.advance(timedelta(days=1))
    with pytest.raises(WrongStateError, match="time to rank is over"):
        rank(case, case.respondent, *ALL)
    sweep_deadlines()
    assert (case.resolution.status, case.resolution.summary) == ("proposed", "Candidate 1000.00.")
    before = footprint()
    sweep_deadlines()
    assert footprint() == before


def test_when_nobody_ranks_a_lot_decides_that_everybody_can_check(clock: Clock) -> None:
    case = ranking()
    drawn = {
        row.summary: lot(case.resolution.pk, row.pk) for row in Candidate.objects.filter(resolution=case.resolution)
    }
    clock.advance(timedelta(days=4))
    sweep_deadlines()
    assert (case.resolution.summary, case.resolution.rule) == (min(drawn, key=drawn.__getitem__), ChoiceRule.LOT)


def test_a_ranking_is_given_once_and_names_every_candidate_once() -> None:
    case = ranking()
    known = [candidate(case, amount).pk for amount in ALL]
    before = footprint()
    for order in (known[:3], [*known, known[0]], [*known[:3], known[0]], [*known[:3], uuid4()], []):
        with pytest.raises(ValidationFailedError) as refused:
            rank_candidates(
                acting_user=case.claimant, dispute_id=case.id, resolution_id=case.resolution.pk, order=order
            )
        assert [error.pointer for error in refused.value.errors] == ["/order"]
    assert footprint() == before
    rank(case, case.claimant, *ALL)
    after = footprint()
    rank(case, case.claimant, *ALL)  # a repeated request
    with pytest.raises(AlreadyAnsweredError):
        rank(case, case.claimant, *reversed(ALL))
    assert footprint() == after
    with pytest.raises(NotFoundError):
        rank_candidates(acting_user=case.respondent, dispute_id=case.id, resolution_id=uuid4(), order=known)
    with pytest.raises(NotYoursToDoError):
        rank(case, assign(case, Part.MEDIATOR), *ALL)


def test_nobody_learns_who_has_ranked_or_how(unlimited: None) -> None:
    case = ranking()
    theirs = client_of(case.respondent)
    paths = ("", f"resolutions/{case.resolution.pk}", "resolutions", "timeline", "messages")
    before = [theirs.get(case.url(path)).content for path in paths]
    rank(case, case.claimant, *ALL)
    assert [theirs.get(case.url(path)).content for path in paths] == before
    mine = client_of(case.claimant).get(case.url(f"resolutions/{case.resolution.pk}")).json()
    assert mine["my_ranking"] == [str(candidate(case, amount).pk) for amount in ALL]
    assert mine["allowed_actions"] == []
    assert theirs.get(case.url(f"resolutions/{case.resolution.pk}")).json()["allowed_actions"] == ["rank"]
    rank(case, case.respondent, *reversed(ALL))
    assert theirs.get(case.url(f"resolutions/{case.resolution.pk}")).json()["my_ranking"] == [
        str(candidate(case, amount).pk) for amount in reversed(ALL)
    ]


def test_rankings_are_sealed_and_neither_journal_nor_outbox_holds_one() -> None:
    case = ranking()
    rank(case, case.claimant, *ALL)
    rank(case, case.respondent, *ALL)
    assert Ranking.objects.filter(resolution=case.resolution).count() == 2  # each round keeps them, sealed
    ids = [str(candidate(case, amount).pk) for amount in ALL]
    with connection.cursor() as cursor:
        for table in ("disputes_ranking", "kernel_journal_entry", "kernel_outbox_event", "kernel_idempotency_record"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            text = cursor.fetchone()[0]
            assert [
                one for one in ids if one in text or one.replace("-", "") in text or one.encode().hex() in text
            ] == []
    facts = JournalEntry.objects.get(verb="dispute.propose", stream_id=case.id).facts
    assert facts == {"round": 1, "model": "test", "rule": "schulze", "from": "mediating", "to": "proposed"}
    verbs = timeline_for(access_dispute(case.claimant, case.id)).values_list("verb", flat=True)
    assert "ranking.given" not in set(verbs)


def test_each_reader_gets_the_candidates_in_an_order_of_their_own(unlimited: None) -> None:
    orders = set()
    for _ in range(4):
        case = ranking()
        shown = [
            [
                one["id"]
                for one in client_of(user).get(case.url(f"resolutions/{case.resolution.pk}")).json()["candidates"]
            ]
            for user in (case.claimant, case.claimant, case.respondent)
        ]
        assert shown[0] == shown[1]
        assert sorted(shown[0]) == sorted(shown[2])
        orders.add(shown[0] == shown[2])
    assert False in orders  # four times the same by chance: one in 24 ** 4


def test_over_the_api(unlimited: None) -> None:
    case = ranking()
    mine = client_of(case.claimant)
    shown = mine.get(case.url(f"resolutions/{case.resolution.pk}")).json()
    assert {key for one in shown["candidates"] for key in one} == {
        "id", "principle", "summary", "agreed_facts", "disputed_facts", "terms", "reasoning", "citations",
    }  # fmt: skip
    assert (shown["status"], shown["allowed_actions"], shown["my_ranking"], shown["rule"]) == (
        "ranking",
        ["rank"],
        None,
        "",
    )
    order = [one["id"] for one in shown["candidates"]]
    done = mine.post(case.url(f"resolutions/{case.resolution.pk}/ranking"), {"order": order}, format="json")
    assert (done.status_code, done.json()["my_ranking"], done.json()["allowed_actions"]) == (200, order, [])
    again = mine.post(case.url(f"resolutions/{case.resolution.pk}/ranking"), {"order": order[::-1]}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    bad = client_of(case.respondent).post(
        case.url(f"resolutions/{case.resolution.pk}/ranking"), {"order": order[:2]}, format="json"
    )
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/order")


def test_resolve_while_candidates_are_ranked_answers_with_that_round() -> None:
    case = ranking()
    before = footprint()
    assert ask(case, case.respondent).pk == case.resolution.pk
    assert footprint() == before


def test_a_machines_draft_or_failure_that_comes_late_changes_nothing() -> None:
    case = ranking()
    before = footprint()
    propose_resolution(resolution_id=case.resolution.pk, draft=draft(case), drafted_by=AI)
    assert footprint() == before


def test_a_human_mediators_proposal_takes_the_place_of_the_candidates() -> None:
    case = ranking()
    rank(case, case.claimant, *ALL)
    mediator = assign(case, Part.MEDIATOR)
    made = propose_by_mediator(acting_user=mediator, dispute_id=case.id, draft=draft(case, model="", prompt_version=""))
    assert (made.round, made.status, made.rule) == (2, "proposed", "")
    assert [row.status for row in case.dispute.resolutions.order_by("round")] == ["superseded", "proposed"]


def test_withdrawing_ends_the_ranking() -> None:
    case = ranking()
    withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    assert case.resolution.status == ResolutionStatus.SUPERSEDED
    with pytest.raises(WrongStateError):
        rank(case, case.claimant, *ALL)


# --- clauses ----------------------------------------------------------------------------------------------------------
def _two_clauses(case: Case) -> tuple[str, str]:
    """A proposal of a payment and an act; their ids."""
    act = payment(case, None, kind="act", text="The respondent brings the wheels.", debtor_id=case.respondent.pk)
    both = (payment(case), act)
    propose_resolution(resolution_id=ask(case).pk, draft=draft(case, *both), drafted_by=AI)
    return str(both[0].id), str(both[1].id)


def _counter_money(case: Case, amount: str) -> None:
    terms = [read_term(term) for term in case.resolution.terms]
    changed = tuple(
        replace(term, amount=payment(case, amount).amount) if term.kind == "payment" else term for term in terms
    )
    respond(case, case.respondent, Decision.COUNTER, terms=changed)


def test_a_clause_that_everybody_agrees_to_is_kept_for_the_next_round(unlimited: None) -> None:
    case = understood()
    money, act = _two_clauses(case)
    respond(case, case.claimant, Decision.ACCEPT)
    _counter_money(case, "700.00")
    assert case.resolution.kept_clause_ids == [act]
    assert [str(term.id) for term in case_file(case.id).kept_terms] == [act]
    shown = client_of(case.claimant).get(case.url(f"resolutions/{case.resolution.pk}")).json()
    assert shown["kept_clause_ids"] == [act]
    assert money not in shown["kept_clause_ids"]


def test_what_only_one_has_agreed_to_is_not_kept() -> None:
    case = understood()
    _two_clauses(case)
    _counter_money(case, "700.00")  # the claimant was not asked any more
    assert case.resolution.kept_clause_ids == []


def test_a_changed_clause_voids_consents_that_were_given_before() -> None:
    """Three parties: two accept, the third counters; the same clause in the next round binds nobody before all accept anew."""
    case = three_mediated()
    confirm(case)
    money, act = _two_clauses(case)
    respond(case, case.claimant)
    respond(case, case.co_parties[0])
    _counter_money(case, "700.00")
    assert case.resolution.kept_clause_ids == [act]
    terms = {term["id"]: read_term(term) for term in case.resolution.terms}
    changed = replace(terms[money], amount=payment(case, "700.00").amount)
    propose_resolution(resolution_id=ask(case).pk, draft=draft(case, changed, terms[act]), drafted_by=AI)
    respond(case, case.respondent)
    assert (case.status, case.resolution.status) == ("proposed", "proposed")  # the earlier consents count for nothing
    respond(case, case.claimant)
    assert case.status == "proposed"
    respond(case, case.co_parties[0])
    assert case.status == "contracting"


def test_a_rejection_takes_back_what_was_agreed_before() -> None:
    case = understood()
    _two_clauses(case)
    respond(case, case.claimant)
    respond(case, case.respondent, Decision.REJECT)
    assert case.resolution.kept_clause_ids == []
