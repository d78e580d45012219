"""What a draft must not do with the parties' words: tell one twice, pass over a day they name, or ask for more than is claimed."""

from datetime import date
from decimal import Decimal

import pytest

from ai_mediation.adapters.offline.draft import draft_resolution
from ai_mediation.tests.cases import case_of, euros, only_payment, payments, shipped
from disputes.public import ResolutionDraft

pytestmark = pytest.mark.unit
ANNA, BERT, CLEO, DORA = "Anna Berg", "Bert Claes", "Cleo Diaz", "Dora Ebel"


# --- one quotation, one list ---------------------------------------------------------------------------------------------
def quoted_twice(draft: ResolutionDraft) -> set[str]:
    lists = [
        {c.quote for c in draft.citations if c.claim in facts and "is in dispute between" not in c.claim}
        for facts in (draft.agreed_facts, draft.disputed_facts)
    ]
    return lists[0] & lists[1]


@pytest.mark.parametrize(
    "admission",
    [
        "I admit that 200000 JPY are unpaid.",
        "I admit that 200000 JPY are owed.",
        "I acknowledge that the repair cost 200000 JPY.",
        "Reconozco que la reparación costó 200000 JPY.",
    ],
)
def test_an_admission_is_agreed_and_never_disputed_too(admission: str) -> None:
    case = case_of({ANNA: "He broke my fence.", BERT: admission}, amount=euros(300000, "JPY"))
    draft = draft_resolution(case)

    assert any(admission.rstrip(".") in fact for fact in draft.agreed_facts)
    assert not any(admission.rstrip(".") in fact for fact in draft.disputed_facts)


def test_a_sentence_that_admits_and_denies_is_told_as_disputed_only() -> None:
    said = "I admit that the fence fell but I deny that it was my car"
    draft = draft_resolution(case_of({ANNA: "He broke my fence.", BERT: f"{said}."}, amount=euros(300)))

    assert not any(said in fact for fact in draft.agreed_facts)
    assert any(said in fact for fact in draft.disputed_facts)


def test_a_day_both_name_in_a_sentence_that_stays_open_is_not_quoted_as_agreed() -> None:
    truths = {ANNA: "I dispute that the work of 3 May 2025 was done.", BERT: "I did the work on 3 May 2025."}
    draft = draft_resolution(case_of(truths, amount=euros(300)))

    assert not quoted_twice(draft)
    assert any("I dispute that the work" in fact for fact in draft.disputed_facts)


@pytest.mark.parametrize("name", ["deposit", "flatmates", "invoice"])
def test_shipped_cases_quote_nothing_in_both_lists(name: str) -> None:
    assert not quoted_twice(draft_resolution(shipped(name)[1]))


# --- days the parties name -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("I offer to pay CHF 800.00 by 2027-01-15.", date(2027, 1, 15)),
        ("I can pay CHF 800 on 15 January 2027.", date(2027, 1, 15)),
        ("I will pay CHF 800 before January 15, 2027.", date(2027, 1, 15)),
        ("By 2027-01-15 I will pay CHF 800.", date(2027, 1, 15)),
        ("Puedo pagar CHF 800 antes del 15 de enero de 2027.", date(2027, 1, 15)),
        ("Ofrezco CHF 800 hasta el 2027-01-15.", date(2027, 1, 15)),
        ("I offer CHF 800 for the fence that fell on 2025-01-15.", date(2025, 12, 21)),
        ("I offer CHF 800 by 2025-01-15.", date(2025, 12, 21)),
        ("I offer CHF 800 by 2027-02-30.", date(2025, 12, 21)),
        ("I offer CHF 800 by 9999-01-01.", date(2025, 12, 21)),
        ("I offer CHF 800 but cannot pay it by 2027-01-15.", date(2025, 12, 21)),
    ],
)
def test_the_day_a_debtor_offers_to_pay_by_is_the_due_date(said: str, due: date) -> None:
    case = case_of({ANNA: "He broke my fence.", BERT: said}, amount=euros(1250, "CHF"))

    assert only_payment(draft_resolution(case)).due_date == due


def test_the_day_a_creditor_would_be_paid_by_counts_where_the_debtor_names_none() -> None:
    truths = {ANNA: "I would accept 900 euros by 2027-01-15.", BERT: "I offer 800 euros."}

    assert only_payment(draft_resolution(case_of(truths, amount=euros(1000)))).due_date == date(2027, 1, 15)


@pytest.mark.parametrize(
    "said",
    [
        "I offer 900 euros in 3 monthly instalments starting 2027-01-01.",
        "I offer 900 euros. I can pay in 3 monthly instalments from 1 January 2027.",
        "I offer 900 euros in 3 instalments, the first on 1 January 2027.",
        "Ofrezco 900 euros en 3 plazos a partir del 1 de enero de 2027.",
    ],
)
def test_instalments_begin_on_the_day_that_is_named(said: str) -> None:
    term = only_payment(draft_resolution(case_of({ANNA: "He broke it.", BERT: said}, amount=euros(1200))))

    assert [part.due_date for part in term.instalments] == [date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)]


# --- never more than the claim -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("truths", "claim", "currency"),
    [
        ({ANNA: "I want 1000 euros.", CLEO: "I want 1000 euros.", BERT: "I offer 900 euros to each of you."}, "1200", "EUR"),
        ({ANNA: "I want 1000 euros.", CLEO: "I want 1000 euros.", BERT: "I offer each of you 700 euros."}, "1000.01", "EUR"),
        ({ANNA: "I would accept 800 yen.", CLEO: "I would accept 900 yen.", BERT: "I offer each 700 yen."}, "901", "JPY"),
        ({ANNA: "I want 0.02 euros.", CLEO: "I want 0.02 euros.", BERT: "I offer each of you 0.02 euros."}, "0.01", "EUR"),
    ],
)  # fmt: skip
def test_several_creditors_never_get_more_than_is_claimed(truths: dict[str, str], claim: str, currency: str) -> None:
    case = case_of(truths, claimants=(ANNA, CLEO), amount=euros(claim, currency))
    due = payments(draft_resolution(case))

    assert sum(due.values()) <= Decimal(claim)
    assert all(amount > 0 for amount in due.values())
    if Decimal(claim) > 1:
        assert sum(due.values()) >= Decimal(claim) - (2 if currency == "JPY" else Decimal("0.02"))


def test_what_is_proposed_to_several_without_a_filed_sum_stays_within_their_demands() -> None:
    truths = {ANNA: "I want 500 euros.", CLEO: "I want 300 euros.", BERT: "I offer 900 euros to each of you."}
    due = payments(draft_resolution(case_of(truths, claimants=(ANNA, CLEO))))

    assert due == {(BERT, ANNA): Decimal(400), (BERT, CLEO): Decimal(400)}


# --- what a creditor would be content with -------------------------------------------------------------------------------
def test_a_creditors_own_lower_sum_beats_what_was_said_to_be_owed_by_one_debtor() -> None:
    truths = {ANNA: "Bert owes me CHF 1250.50. I would accept CHF 1000.00."}
    case = case_of(truths, respondents=(BERT, DORA), amount=euros("1250.50", "CHF"))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(500)}


def test_a_creditors_own_lower_sum_is_shared_in_proportion_to_what_was_named() -> None:
    truths = {ANNA: "Bert owes me 900 euros. Dora owes me 300 euros. I would accept 800 euros in all."}
    case = case_of(truths, respondents=(BERT, DORA), amount=euros(1200))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(300), (DORA, ANNA): Decimal(100)}


def test_a_sum_one_debtor_is_let_off_with_does_not_cap_the_other() -> None:
    truths = {ANNA: "Bert owes me 900 euros. From Dora I would accept 300 euros."}
    case = case_of(truths, respondents=(BERT, DORA), amount=euros(1200))

    assert payments(draft_resolution(case))[(BERT, ANNA)] == Decimal(450)
