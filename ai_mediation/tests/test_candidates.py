"""A round's candidates: whole, checked, different in substance, within what the parties opened, and blind to who is who."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_mediation.adapters.checks import problems
from ai_mediation.adapters.offline.candidates import draft_candidates
from ai_mediation.tests.cases import FILED, answered, case_of, euros, id_of, payments, response, shipped
from ai_mediation.tests.test_offline_properties import NAMES, RENAMED, case_files, check_draft, said_by, texts
from disputes.public import CandidateDraft, CaseFile, Permitted, ResolutionDraft, Understanding

pytestmark = pytest.mark.unit
ANNA, BERT, CLEO = "Anna Berg", "Bert Claes", "Cleo Diaz"
FENCE = case_of({ANNA: "He broke my fence.", BERT: "I offer 400 euros."}, amount=euros(1000))


def due(case: CaseFile) -> list[tuple[str, Decimal]]:
    return [(c.principle, payments(c.draft)[BERT, ANNA]) for c in draft_candidates(case)]


def permitting(case: CaseFile, *lines: tuple[str, str]) -> CaseFile:
    return replace(case, permitted=tuple(Permitted(id_of(name), text, FILED) for name, text in lines))


def test_four_principles_give_five_different_candidates() -> None:
    assert due(FENCE) == [
        ("equal_split", Decimal(700)),
        ("merits", Decimal(600)),
        ("interests", Decimal(700)),
        ("creative", Decimal(580)),
        ("creative", Decimal(820)),
    ]


@pytest.mark.parametrize("name", ["deposit", "flatmates", "invoice"])
def test_shipped_cases_have_four_or_more_candidates_that_pass_every_check(name: str) -> None:
    _, case = shipped(name)
    found = draft_candidates(case)

    assert len(found) >= 4
    assert len({c.principle for c in found}) >= 3
    for candidate in found:
        check_draft(case, candidate.draft)
        assert problems(case, candidate.draft) == []


def test_what_is_shown_weighs_more_than_words_alone() -> None:
    paper = "Invoice: fence 1000.00 EUR"
    bare = case_of({ANNA: "I paid 1000 euros for the fence.", BERT: "I offer 400 euros."}, amount=euros(1000))
    shown = case_of(
        {ANNA: "I paid 1000 euros for the fence.", BERT: "I offer 400 euros."},
        evidence=[(ANNA, paper)],
        amount=euros(1000),
    )
    defended = case_of(
        {ANNA: "I paid 1000 euros for the fence.", BERT: "I offer 400 euros. The paint cost me 90 euros."},
        evidence=[(ANNA, paper), (BERT, "Receipt 90.00 EUR")],
        amount=euros(1000),
    )

    by_merits = [dict(due(case)).get("merits") for case in (bare, shown)]
    assert by_merits == [Decimal(600), Decimal(800)]
    assert "merits" not in dict(due(defended))  # one half: the same as the equal split


# --- interests --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("anna", "bert", "rule", "amount", "parts"),
    [
        ("He broke it.", "I offer 400 euros.", "nobody has to pay", 700, 2),
        ("He broke it.", "I offer 400 euros. I can pay in four parts.", "the paying side wants time", 760, 4),
        ("I want it as soon as possible.", "I offer 400 euros.", "wants it over soon", 640, 0),
        (
            "I want it as soon as possible.",
            "I offer 400 euros. I can pay in four parts.",
            "one side wants it soon",
            700,
            4,
        ),
    ],
)
def test_what_the_parties_want_shapes_the_third(anna: str, bert: str, rule: str, amount: int, parts: int) -> None:
    case = case_of({ANNA: anna, BERT: bert}, amount=euros(1000))
    (interests,) = [c for c in draft_candidates(case) if c.principle == "interests"]
    (payment,) = [t for t in interests.draft.terms if t.kind == "payment"]

    assert rule in interests.draft.summary
    assert (payment.amount, len(payment.instalments)) == (euros(amount), parts)


# --- private words ----------------------------------------------------------------------------------------------------
def everything(found: tuple[CandidateDraft, ...]) -> str:
    return "\n".join(said_by(c.draft) + repr(c.draft.citations) for c in found)


def test_a_permitted_line_counts_as_the_ask_and_is_never_told() -> None:
    case = permitting(FENCE, (ANNA, "I would take 800 euros. MARKER-71"))
    found = draft_candidates(case)

    assert [amount for _, amount in due(case)] == [600, Decimal("533.33"), 600, 520, 680]
    told = everything(found)
    assert "MARKER" not in told
    assert "800" not in told
    assert not re.search(r"caucus|in private|in confidence|told me", told)


def test_a_correction_counts_and_is_never_told() -> None:
    case = replace(
        FENCE, understandings=(Understanding(id_of(BERT), "You offer 400.", "I would pay 500 euros. MARKER-36"),)
    )

    assert [amount for _, amount in due(case)][:2] == [750, Decimal("666.67")]
    assert "MARKER" not in everything(draft_candidates(case))


def test_candidates_say_the_same_of_private_words_whether_there_are_any_or_not() -> None:
    def without_figures(case: CaseFile) -> list[str]:
        return [re.sub(r"\d", "#", c.draft.reasoning) for c in draft_candidates(case)]

    hidden = permitting(FENCE, (ANNA, "I would take 900 euros."))
    assert [re.sub(r"€#+\.##", "€", text) for text in without_figures(hidden)] == [
        re.sub(r"€#+\.##", "€", text) for text in without_figures(FENCE)
    ]


@pytest.mark.parametrize(
    ("anna", "bert", "low", "high"),
    [
        ("I would take 800 euros.", "", 400, 800),
        ("", "I could pay 600 euros.", 600, 1000),
        ("I would take 800 euros.", "I could pay 600 euros.", 600, 800),
        ("I would take 500 euros.", "I could pay 900 euros.", 500, 900),  # they cross: what lies between is open
        ("I would take 300 euros.", "", 400, 400),  # an open offer that covers the demand is taken as made
        ("", "I could pay 1200 euros.", 1000, 1000),  # no private offer goes beyond what is openly asked
    ],
)
def test_private_words_narrow_the_range_and_never_pass_the_other_sides(
    anna: str, bert: str, low: int, high: int
) -> None:
    case = permitting(FENCE, *[(name, text) for name, text in ((ANNA, anna), (BERT, bert)) if text])
    amounts = [amount for _, amount in due(case)]

    assert low <= min(amounts)
    assert max(amounts) <= high
    assert amounts[0] == Decimal(low + high) / 2


def test_lines_that_nobody_permitted_are_not_in_the_case_and_change_nothing() -> None:
    assert draft_candidates(permitting(FENCE, (ANNA, "It was a long summer."))) == draft_candidates(FENCE)


# --- rounds -----------------------------------------------------------------------------------------------------------
def test_a_payment_both_stood_by_stays_in_every_candidate() -> None:
    first = next(c.draft for c in draft_candidates(FENCE) if c.principle == "merits")
    case = replace(FENCE, rounds=(answered(1, first, response(ANNA, "accept"), response(BERT, "accept")),))

    assert {amount for _, amount in due(case)} == {Decimal(600)}


def test_kept_clauses_stay_with_their_ids() -> None:
    first = draft_candidates(FENCE)[3].draft
    changed = tuple(replace(t, amount=euros(500)) if t.kind == "payment" else t for t in first.terms)
    case = replace(
        FENCE, rounds=(answered(1, first, response(ANNA, "accept"), response(BERT, "counter", terms=changed)),)
    )
    kept = {(t.id, t.text) for t in first.terms if t.kind != "payment"}

    found = draft_candidates(case)
    assert found
    for candidate in found:
        assert kept <= {(t.id, t.text) for t in candidate.draft.terms}
        assert 500 <= payments(candidate.draft)[BERT, ANNA] <= 580


def test_what_every_party_agreed_to_stays_word_for_word() -> None:
    first = draft_candidates(FENCE)[3].draft
    payment, receipt = first.terms[0], first.terms[1]
    reworded = replace(receipt, text="Anna shall write that the money came.")
    case = replace(
        FENCE,
        rounds=(answered(1, first, response(ANNA, "accept"), response(BERT, "reject")),),
        kept_terms=(replace(payment, text="As we said: 580 euros."), reworded),
    )
    found = draft_candidates(case)

    assert found
    for candidate in found:
        assert {replace(payment, text="As we said: 580 euros."), reworded} <= set(candidate.draft.terms)


# --- disputes about deeds ---------------------------------------------------------------------------------------------
def test_deeds_asked_for_and_offered_make_different_candidates() -> None:
    case = case_of(
        {
            ANNA: "The hedge is too high. I want him to cut the hedge to two metres.",
            BERT: "I am willing to trim the roses.",
        }
    )
    found = {c.principle: c.draft for c in draft_candidates(case)}

    assert list(found) == ["equal_split", "merits", "interests", "creative"]
    assert all(any("trim the roses" in t.text for t in draft.terms) for draft in found.values())
    (trial,) = [t for t in found["interests"].terms if "cut the hedge" in t.text]
    assert (trial.debtor_id, trial.creditor_id) == (id_of(BERT), id_of(ANNA))
    assert any(c.quote == "I want him to cut the hedge to two metres." for c in found["interests"].citations)
    assert all(term.amount is None for draft in found.values() for term in draft.terms)


def test_nothing_said_still_gives_a_choice_of_next_steps() -> None:
    assert len(draft_candidates(case_of({}))) == 4


# --- any case ---------------------------------------------------------------------------------------------------------
@st.composite
def cases_with_private_words(draw: st.DrawFn) -> CaseFile:
    case = draw(case_files())
    people = [party.user_id for party in case.parties]
    lines = draw(st.lists(st.tuples(st.sampled_from(people), texts), max_size=3))
    corrected = draw(st.lists(st.tuples(st.sampled_from(people), texts), max_size=2, unique_by=lambda pair: pair[0]))
    return replace(
        case,
        permitted=tuple(Permitted(user_id, text, FILED) for user_id, text in lines),
        understandings=tuple(Understanding(user_id, "", text) for user_id, text in corrected),
    )


@settings(max_examples=80, deadline=None)
@given(cases_with_private_words())
def test_any_case_gives_candidates_that_pass_every_check_and_differ(case: CaseFile) -> None:
    found = draft_candidates(case)

    assert found
    for candidate in found:
        check_draft(case, candidate.draft)
        assert problems(case, candidate.draft) == []
    assert len({frozenset(_terms(c.draft)) for c in found}) == len(found)
    assert draft_candidates(case) == found


def _terms(draft: ResolutionDraft) -> set[tuple[Any, ...]]:
    return {
        (
            t.debtor_id,
            t.creditor_id,
            t.kind,
            str(t.amount),
            t.due_date,
            tuple(map(str, t.instalments)),
            _nameless(t.text),
        )
        for t in draft.terms
    }


def _nameless(text: str) -> str:
    """The text without names, sorted: "A and B" and "B and A" say the same."""
    for name in (*RENAMED, *RENAMED.values(), *OTHERS.values()):
        text = text.replace(name, "•")
    return text


# Women, men; Germany, Nigeria, China, Pakistan, Mexico, Ukraine.
OTHERS = {
    "Anna Berg": "Chukwuemeka Okonkwo", "Bert Claes": "Xiuying Zhang", "Cleo Diaz": "Muhammad Iqbal", "Dora Ebel": "Guadalupe Hernández",
    "Emil Falk": "Oksana Shevchenko", "Fina Gual": "Jürgen Müller",
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(cases_with_private_words(), st.sampled_from([RENAMED, OTHERS]), st.randoms(use_true_random=False))
def test_other_names_and_another_order_mirror_every_candidate_exactly(
    case: CaseFile, names: dict[str, str], random: Any
) -> None:
    def other(user_id: UUID | None) -> Any:
        return {id_of(name): id_of(new) for name, new in names.items()}.get(user_id) if user_id else None

    people = [replace(p, user_id=other(p.user_id), full_name=names[p.full_name]) for p in case.parties]
    random.shuffle(people)
    mirrored = replace(
        case,
        parties=tuple(people),
        sources=tuple(replace(s, author_id=other(s.author_id)) for s in case.sources),
        permitted=tuple(replace(line, user_id=other(line.user_id)) for line in case.permitted),
        understandings=tuple(replace(one, user_id=other(one.user_id)) for one in case.understandings),
    )

    assert [(c.principle, _terms(c.draft)) for c in draft_candidates(mirrored)] == [
        (c.principle, {(other(debtor), other(creditor), *rest) for debtor, creditor, *rest in _terms(c.draft)})
        for c in draft_candidates(case)
    ]


@settings(max_examples=60, deadline=None)
@given(texts, texts, st.integers(2, 99999))
def test_two_people_who_trade_places_trade_terms(one: str, two: str, claim: int) -> None:
    """Anna's words from Bert's seat and Bert's from Anna's: what Bert was to pay Anna, Anna now pays Bert."""
    case = case_of({ANNA: one, BERT: two}, amount=euros(claim))
    traded = case_of({BERT: one, ANNA: two}, claimants=(BERT,), respondents=(ANNA,), amount=euros(claim))
    swap = {id_of(ANNA): id_of(BERT), id_of(BERT): id_of(ANNA), None: None}

    assert [_terms(c.draft) for c in draft_candidates(traded)] == [
        {(swap[debtor], swap[creditor], *rest) for debtor, creditor, *rest in _terms(c.draft)}
        for c in draft_candidates(case)
    ]


def test_names_used_here_are_those_of_the_generated_cases() -> None:
    assert set(NAMES) == set(OTHERS) == set(RENAMED)


def test_more_offered_than_is_claimed_is_no_more_than_the_claim() -> None:
    openly = case_of({ANNA: "They broke my fence.", BERT: "It was old.", CLEO: "I offer 100 euros."}, amount=euros(100))
    case = replace(openly, understandings=(Understanding(id_of(BERT), "", "I offer 200 euros."),))
    found = draft_candidates(case)
    assert {sum(payments(one.draft).values()) for one in found} == {Decimal(100)}
