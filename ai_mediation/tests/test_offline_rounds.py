"""Later rounds: what answers and counter-proposals change, and what they leave."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ai_mediation.adapters.offline.draft import draft_resolution
from ai_mediation.tests.cases import (
    TODAY,
    answered,
    case_of,
    euros,
    id_of,
    only_payment,
    payments,
    response,
    shipped,
)
from disputes.public import CaseFile, Instalment, PartyResponse, ResolutionDraft, TermData

pytestmark = pytest.mark.unit
ANNA, BERT = "Anna Berg", "Bert Claes"


@pytest.fixture
def case() -> CaseFile:
    return case_of({ANNA: "He broke my fence.", BERT: "I offer 400 euros."}, amount=euros(1000))


def next_draft(case: CaseFile, *responses: PartyResponse) -> ResolutionDraft:
    return draft_resolution(replace(case, rounds=(answered(1, draft_resolution(case), *responses),)))


def with_amount(draft: ResolutionDraft, amount: int) -> tuple[TermData, ...]:
    return tuple(replace(t, amount=euros(amount), instalments=()) if t.kind == "payment" else t for t in draft.terms)


@pytest.mark.parametrize("first", ["accept", None])
@pytest.mark.parametrize("who", [ANNA, BERT])
def test_counter_of_instalments_alone_keeps_the_sum_and_splits_it(case: CaseFile, who: str, first: str | None) -> None:
    other = BERT if who == ANNA else ANNA
    comment = "Two equal payments, thirty days apart."
    answers = [response(other, "accept")] if first else []
    term = only_payment(next_draft(case, *answers, response(who, "counter", comment=comment, instalments=2)))

    assert term.amount == euros(700)
    assert [part.amount for part in term.instalments] == [euros(350), euros(350)]
    assert term.instalments[1].due_date - term.instalments[0].due_date == timedelta(days=30)
    assert term.due_date == term.instalments[-1].due_date


def test_odd_cents_of_instalments_add_up() -> None:
    case = case_of({ANNA: "He broke my fence.", BERT: "I offer 100 euros."}, amount=euros(100))
    term = only_payment(next_draft(case, response(BERT, "counter", instalments=3)))

    assert sum((part.amount.amount for part in term.instalments), Decimal(0)) == Decimal(100)
    assert len(term.instalments) == 3


@pytest.mark.parametrize(
    ("comment", "days"),
    [("every two weeks", 14), ("10 days apart", 10), ("cada quince días", 15), ("treinta días entre pagos", 30)],
)
def test_interval_named_in_the_comment_is_followed(case: CaseFile, comment: str, days: int) -> None:
    term = only_payment(next_draft(case, response(BERT, "counter", comment=comment, instalments=2)))

    assert (term.instalments[1].due_date - term.instalments[0].due_date).days == days


def test_without_an_interval_instalments_are_monthly(case: CaseFile) -> None:
    term = only_payment(next_draft(case, response(BERT, "counter", instalments=3)))

    assert [part.due_date.month for part in term.instalments] == [12, 1, 2]


@pytest.mark.parametrize(
    ("countered", "due"),
    [({BERT: 600}, "650"), ({ANNA: 800}, "750"), ({BERT: 600, ANNA: 800}, "700"), ({BERT: 100}, "550")],
)
def test_counters_of_whole_terms_move_the_sum_midway_within_offer_and_claim(
    case: CaseFile, countered: dict[str, int], due: str
) -> None:
    draft = draft_resolution(case)
    answers = [response(name, "counter", terms=with_amount(draft, sum_)) for name, sum_ in countered.items()]

    assert payments(next_draft(case, *answers)) == {(BERT, ANNA): Decimal(due)}


def test_a_counter_against_the_own_interest_is_taken_whole(case: CaseFile) -> None:
    draft = draft_resolution(case)
    term = only_payment(next_draft(case, response(BERT, "counter", terms=with_amount(draft, 900))))

    assert term.amount == euros(900)


def test_a_rejection_after_the_others_acceptance_moves_towards_who_rejects(case: CaseFile) -> None:
    assert payments(next_draft(case, response(BERT, "accept"), response(ANNA, "reject"))) == {
        (BERT, ANNA): Decimal(850)
    }
    assert payments(next_draft(case, response(ANNA, "accept"), response(BERT, "reject"))) == {
        (BERT, ANNA): Decimal(550)
    }


def test_clauses_nobody_contested_stay_and_new_ones_come_in(case: CaseFile) -> None:
    draft = draft_resolution(case)
    apology = TermData(
        id_of("new"), "act", id_of(BERT), None, None, None, "", "Bert Claes apologises <b>in writing</b>."
    )
    after = next_draft(case, response(ANNA, "counter", terms=(*draft.terms, apology)))

    assert [t.id for t in after.terms] == [*(t.id for t in draft.terms), apology.id]
    assert after.terms[1] == draft.terms[1]
    assert after.terms[2].text == "Bert Claes apologises b in writing /b ."


def test_a_counter_cannot_take_the_id_of_another_clause(case: CaseFile) -> None:
    draft = draft_resolution(case)
    copies = tuple(
        TermData(id_of("same"), "act", id_of(BERT), None, None, None, "", f"Clause {number}.") for number in range(3)
    )
    after = next_draft(case, response(ANNA, "counter", terms=(*draft.terms, *copies)))

    assert len({t.id for t in after.terms}) == len(after.terms) == 5


def test_dates_and_parts_of_a_counter_are_followed_but_never_into_the_past(case: CaseFile) -> None:
    draft = draft_resolution(case)
    past = TODAY - timedelta(days=400)
    parts = (Instalment(euros(300), past), Instalment(euros(400), past + timedelta(days=10)))
    changed = tuple(replace(t, instalments=parts) if t.kind == "payment" else t for t in draft.terms)
    term = only_payment(next_draft(case, response(BERT, "counter", terms=changed)))

    assert len(term.instalments) == 2
    assert all(part.due_date >= TODAY for part in term.instalments)


def test_invoice_case_ends_in_two_parts_thirty_days_apart() -> None:
    _, case = shipped("invoice")
    counter = response("Claire Whitfield", "counter", comment="Two equal payments, thirty days apart.", instalments=2)
    term = only_payment(next_draft(case, response("Inés Romero", "accept"), counter))

    assert [part.amount for part in term.instalments] == [euros(1575), euros(1575)]
    assert term.instalments[1].due_date - term.instalments[0].due_date == timedelta(days=30)
