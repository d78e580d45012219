"""What a draft must not do with the parties' words: tell one twice, pass over a day they name, or ask for more than is claimed."""

import pytest

from ai_mediation.adapters.offline.draft import draft_resolution
from ai_mediation.tests.cases import case_of, euros, shipped
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
