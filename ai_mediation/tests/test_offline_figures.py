"""What the engine makes of the parties' words: offers, demands, admissions, in many wordings."""

from decimal import Decimal

import pytest

from ai_mediation.adapters.offline.draft import draft_resolution
from ai_mediation.tests.cases import case_of, euros, only_payment, payments
from kernel.money import LARGEST, Money

pytestmark = pytest.mark.unit
ANNA, BERT, CLEO, DORA = "Anna Berg", "Bert Claes", "Cleo Diaz", "Dora Ebel"

# (claim, what Anna says, what Bert says, what Bert is to pay Anna)
TWO_PARTIES = [
    ("1000", "He broke my fence.", "I offer 400 euros.", "700"),
    ("1000", "He broke my fence.", "I would be willing to pay up to 400 euros.", "700"),
    ("1000", "He broke my fence.", "My final offer is €400.", "700"),
    ("1000", "He broke my fence.", "400 euros is my last offer.", "700"),
    ("1000", "He broke my fence.", "I could go to 400.", "700"),
    ("1000", "He broke my fence.", "I'd give her 400 EUR and no more.", "700"),
    ("1000", "He broke my fence.", "We are prepared to refund 400 €.", "700"),
    ("1000", "He broke my fence.", "I can pay four hundred euros.", "700"),
    ("1000", "He broke my fence.", "i can pay 400 euros. she wants 900 euros. that is too much.", "700"),
    ("1000", "He broke my fence.", "I will pay 400 euros of the 1,000 euros.", "700"),
    ("1000", "He broke my fence.", "I would rather pay 400 euros instead of 1,000 euros.", "700"),
    ("1000", "He broke my fence.", "I can pay 250 euros now and 150 euros next month.", "700"),
    ("1000", "He broke my fence.", "I can pay two instalments of 200 euros.", "700"),
    ("1000", "He broke my fence.", "I can pay 300 euros. I would also pay 100 euros for the paint.", "700"),
    ("1000", "He broke my fence.", "I can pay 300 euros or 400 euros in two months.", "700"),
    ("1000", "He broke my fence.", "I first offered 300 euros. Now I offer 400 euros.", "700"),
    ("1000", "He broke my fence.", "I will not pay more than 400 euros.", "700"),
    ("1000", "He broke my fence.", "I accept that I owe 400 euros.", "700"),
    ("1000", "He broke my fence.", "Puedo pagar 400 euros.", "700"),
    ("1000", "He broke my fence.", "Estoy dispuesta a pagarle 400 euros.", "700"),
    ("1000", "He broke my fence.", "Ofrezco 400 euros y nada más.", "700"),
    ("1000", "He broke my fence.", "Le debo cuatrocientos euros.", "700"),
    ("1000", "He broke my fence.", "Mi oferta es de 400 €.", "700"),
    ("1000", "He broke my fence.", "No pagaré más de 400 euros.", "700"),
    ("1000", "He broke my fence.", "I will not pay 400 euros.", "500"),
    ("1000", "He broke my fence.", "I never offered 400 euros.", "500"),
    ("1000", "He broke my fence.", "I owe her nothing.", "500"),
    ("1000", "He broke my fence.", "No le debo nada.", "500"),
    ("1000", "He broke my fence.", "She says that I owe 900 euros.", "500"),
    ("1000", "He broke my fence.", "She asked me to pay 900 euros.", "500"),
    ("1000", "He broke my fence.", "I had to pay 300 euros for a new post.", "500"),
    ("1000", "He broke my fence.", "The new post cost me 300 euros.", "500"),
    ("1000", "He broke my fence.", "Can I pay 900 euros?", "500"),
    ("1000", "He broke my fence.", 'She wrote: "I will pay 900 euros for the post myself."', "500"),
    ("1000", "He broke my fence.", "I can pay in 2 parts.", "500"),
    ("1000", "He broke my fence.", "I can pay on 15 March 2026.", "500"),
    ("1000", "He broke my fence.", "I keep 400 euros for the post.", "800"),
    ("1000", "He broke my fence.", "I offer 1,200 euros.", "1000"),
    ("1000", "I would take 800.", "I offer 400 euros.", "600"),
    ("1000", "I would settle for 800 euros.", "I offer 400 euros.", "600"),
    ("1000", "I'd be happy with 800 euros.", "I offer 400 euros.", "600"),
    ("1000", "I want 800 euros.", "I offer 400 euros.", "600"),
    ("1000", "Me conformaría con 800 euros.", "I offer 400 euros.", "600"),
    ("1000", "Aceptaría 800.", "I offer 400 euros.", "600"),
    ("1000", "I want at least 800 euros.", "I offer 400 euros.", "700"),
    ("1000", "I will not accept less than 800 euros.", "I offer 400 euros.", "700"),
    ("1000", "I want 600 euros for the fence. I want 400 euros for the hedge.", "I offer 400 euros.", "700"),
    ("1000", "I accept a deduction of 200 euros.", "I offer 400 euros.", "600"),
    ("1000", "He may keep 200 euros for the post.", "I offer 400 euros.", "600"),
    ("1000", "I would pay 200 euros for the post.", "I offer 400 euros.", "600"),
    ("1000", "Renuncio a 200 euros.", "I offer 400 euros.", "600"),
    ("1000", "I would take 300 euros.", "I offer 400 euros.", "400"),
    ("1000", "He offered 900 euros.", "I offer 400 euros.", "700"),
    ("1000", "Bert offered 500 euros.", "I offer 400 euros.", "700"),
    ("1000", "Mr Claes has only offered 500 euros.", "I offer 400 euros.", "700"),
    ("1000", "I moved out and the agency offered 500 euros.", "I offer 400 euros.", "700"),
    ("1000", "My former landlord would accept 500 euros.", "I offer 400 euros.", "700"),
    ("1000", "He broke my fence.", "Happy to pay 400 euros.", "700"),
    ("1000", "He broke my fence.", "I was upset but would pay 400 euros.", "700"),
    ("1000", "He broke my fence.", "I spoke to Anna and offered 400 euros.", "700"),
    ("1000", "He broke my fence.", "Anna should pay 900 euros herself.", "500"),
    ("1000", "He broke my fence.", "Anna puede pagar 900 euros ella misma.", "500"),
    ("1000", "He broke my fence.", "My neighbour paid 900 euros.", "500"),
    ("1000", "He broke my fence.", "I would pay half.", "750"),
    ("1000", "He broke my fence.", "I offer 40 % of the claim.", "700"),
    ("1000", "He broke my fence.", "Puedo pagar la mitad.", "750"),
    ("1000", "He broke my fence.", "I will pay the full amount.", "1000"),
    ("1000", "I would accept two thirds.", "I would pay a third.", "500"),
    ("1000", "He broke my fence.", "I would pay half of the paint.", "500"),
    ("1000", "He broke my fence.", "Half the fence was rotten.", "500"),
    ("1000", "He paid me 200 euros in May.", "I paid 200 euros in May. I offer 400 euros.", "600"),
    ("1000.50", "He broke my fence.", "I offer 400,25 euros.", "700.38"),
    ("3600", "He broke my fence.", "Ofrecí 2.700,00 €.", "3150"),
    ("3600", "He broke my fence.", "I offered to pay 2'700 euros.", "3150"),
    ("3600", "He broke my fence.", "I can pay 2.7k euros.", "3150"),
    ("3600", "He broke my fence.", "Puedo abonar 2 mil euros.", "2800"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "anna", "bert", "due"), TWO_PARTIES)
def test_figure_of_two_parties_lies_midway_between_offer_and_claim(claim: str, anna: str, bert: str, due: str) -> None:
    draft = draft_resolution(case_of({ANNA: anna, BERT: bert}, amount=euros(claim)))

    assert payments(draft) == {(BERT, ANNA): Decimal(due)}


@pytest.mark.parametrize(
    ("anna", "bert", "currency", "due"),
    [
        ("He owes me 500 pounds.", "I would pay £300.", "GBP", "400"),
        ("I lent him $500.", "I can pay 300 dollars.", "USD", "400"),
        ("I claim 50,000 yen.", "I offer ¥30,000.", "JPY", "40000"),
        ("Me debe 500 francos.", "Puedo pagar 300 CHF.", "CHF", "400"),
        ("It was a bad summer.", "I offer 300 euros.", "EUR", "300"),
        ("Reclamo 500 euros.", "No debo nada.", "EUR", "250"),
    ],
)
def test_without_a_filed_sum_the_parties_words_set_claim_and_currency(
    anna: str, bert: str, currency: str, due: str
) -> None:
    amount = only_payment(draft_resolution(case_of({ANNA: anna, BERT: bert}))).amount

    assert amount == euros(due, currency)


def test_sums_in_another_currency_than_the_filed_one_move_nothing() -> None:
    case = case_of({ANNA: "I want my money.", BERT: "I offer 900 dollars."}, amount=euros(1000))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(500)}


def test_claimants_who_owe_pay_when_only_the_respondent_asks() -> None:
    case = case_of({ANNA: "I owe him 300 euros and want this closed.", BERT: "I want 500 euros."}, amount=euros(500))

    assert payments(draft_resolution(case)) == {(ANNA, BERT): Decimal(400)}


def test_evidence_speaks_for_nobody() -> None:
    papers = [(ANNA, "I would take 500 euros."), (BERT, "I owe 900 euros.")]
    case = case_of({ANNA: "He broke my fence.", BERT: "No."}, evidence=papers, amount=euros(1000))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(500)}


# --- several parties ----------------------------------------------------------------------------------------------------
def test_equal_shares_where_nothing_else_is_said_and_nobody_below_the_own_offer() -> None:
    case = case_of(
        {ANNA: "They broke it.", BERT: "I offer 400 euros.", CLEO: "I offer 100 euros.", DORA: "It was not me."},
        respondents=[BERT, CLEO, DORA],
        amount=euros(900),
    )

    # 900 less Bert's 400 leaves 500 for two: Cleo between 100 and 250, Dora between 0 and 250
    expected = {(BERT, ANNA): Decimal(400), (CLEO, ANNA): Decimal(175), (DORA, ANNA): Decimal(125)}
    assert payments(draft_resolution(case)) == expected


def test_named_debtors_are_asked_for_what_is_said_of_them() -> None:
    case = case_of(
        {
            ANNA: "Bert owes me 500 euros and Cleo owes me 300 euros.",
            BERT: "I offer 100 euros.",
            CLEO: "I offer 100 euros.",
        },
        respondents=[BERT, CLEO],
        amount=euros(800),
    )

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(300), (CLEO, ANNA): Decimal(200)}


def test_offer_to_each_goes_to_each_and_a_named_one_to_the_named() -> None:
    case = case_of(
        {ANNA: "He left.", CLEO: "I would take 80.", BERT: "I can pay Anna 100 euros and 50 euros to each of you."},
        claimants=[ANNA, CLEO],
        amount=euros(300),
    )

    paid = payments(draft_resolution(case))
    assert paid[BERT, CLEO] == Decimal(65)
    assert paid[BERT, ANNA] >= Decimal(150)
    assert sum(paid.values()) <= Decimal(300)


def test_joint_offer_is_shared_by_those_who_make_it() -> None:
    case = case_of({ANNA: "Pay.", BERT: "We offer 600 euros."}, respondents=[BERT, CLEO], amount=euros(600))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(300), (CLEO, ANNA): Decimal(300)}


# --- no figure ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "truths",
    [
        {},
        {ANNA: "", BERT: ""},
        {ANNA: "He is loud at night.", BERT: "I am not."},
        {ANNA: "asdf qwer 1234 !!! ???", BERT: "%%%%"},
        {ANNA: "My dog is 7 years old and the hedge 3 m high."},
    ],
)
def test_without_any_figure_no_money_is_proposed(truths: dict[str, str]) -> None:
    draft = draft_resolution(case_of(truths))

    assert payments(draft) == {}
    assert {term.kind for term in draft.terms} == {"act", "declaration"}
    assert all(term.due_date for term in draft.terms)


def test_a_deed_that_was_offered_becomes_a_term_with_its_words() -> None:
    case = case_of({ANNA: "The hedge is too high.", BERT: "I am willing to cut the hedge to two metres."})
    draft = draft_resolution(case)

    (act,) = [term for term in draft.terms if term.kind == "act"]
    assert "I am willing to cut the hedge to two metres" in act.text
    assert any(c.quote == "I am willing to cut the hedge to two metres." for c in draft.citations)


# --- figures that are no money --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["XXX", "XAU", "XDR", "XTS"])
def test_metals_and_test_codes_are_no_currency_and_stop_no_draft(code: str) -> None:
    texts = {ANNA: f"It is worth 5 {code}, says the paper. I ask 700 euros.", BERT: f"I offer 5 {code}."}
    case = case_of(texts, evidence=[(ANNA, f"Ring: 12 {code}")], amount=euros(1000))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(350)}


def test_decimals_the_currency_of_the_case_does_not_have_are_no_sum_of_it() -> None:
    case = case_of({ANNA: "I ask 700.", BERT: "I offer 12.50 now."}, amount=euros(1000, "JPY"))

    assert payments(draft_resolution(case)) == {(BERT, ANNA): Decimal(350)}


HUGE = "99999999999999"


@pytest.mark.parametrize("amount", [None, euros(1000), euros(HUGE)])
@pytest.mark.parametrize(
    "text",
    [
        f"I can pay ten payments of {HUGE} euros.",
        f"I offer {HUGE} euros and {HUGE} euros and {HUGE} euros.",
        f"I want {HUGE} euros. I received {HUGE} euros. I allow you a deduction of {HUGE} euros and {HUGE} euros.",
    ],
)
def test_sums_of_absurd_figures_stop_no_draft(text: str, amount: Money | None) -> None:
    people = [f"Party {letter}" for letter in "ABCDEFGHIJKL"]
    case = case_of(dict.fromkeys(people, text), claimants=people[:6], respondents=people[6:], amount=amount)
    draft = draft_resolution(case)

    assert all(term.amount is None or 0 < term.amount.amount <= LARGEST for term in draft.terms)
    assert 0 < len(draft.terms) <= 50
