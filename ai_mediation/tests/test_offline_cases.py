"""The shipped cases: what must come out of them, and that every sentence about the record is covered."""

import re
from decimal import Decimal

import pytest

from ai_mediation.adapters.offline.draft import draft_resolution
from ai_mediation.tests.cases import payments, shipped

pytestmark = pytest.mark.unit
ALL = ["deposit", "flatmates", "invoice"]


def everything_said(name: str) -> str:
    draft = draft_resolution(shipped(name)[1])
    terms = [f"{term.text} {term.condition} {term.amount}" for term in draft.terms]
    quotes = [f"{citation.claim} {citation.quote}" for citation in draft.citations]
    return "\n".join(
        [draft.summary, draft.reasoning, *draft.agreed_facts, *draft.disputed_facts, *draft.recitals, *terms, *quotes]
    )


def test_deposit_is_settled_midway_between_the_offer_and_the_claim_less_what_mara_allows() -> None:
    assert payments(draft_resolution(shipped("deposit")[1])) == {("Tobias Krug", "Mara Engel"): Decimal(1080)}


def test_flatmates_each_get_their_part_and_petra_alone_the_electricity() -> None:
    paid = payments(draft_resolution(shipped("flatmates")[1]))

    assert paid == {("Jonas Beck", "Petra Novak"): Decimal(264), ("Jonas Beck", "Aylin Demir"): Decimal(60)}


def test_invoice_is_settled_midway_and_in_the_two_parts_both_want() -> None:
    draft = draft_resolution(shipped("invoice")[1])

    assert payments(draft) == {("Claire Whitfield", "Inés Romero"): Decimal(3150)}
    assert len(draft.terms[0].instalments) == 2


@pytest.mark.parametrize("name", ALL)
def test_shipped_case_keeps_what_it_promises(name: str) -> None:
    script, case = shipped(name)
    expect = script["expect"]
    paid = payments(draft_resolution(case))
    if "payment_to" in expect:
        full = {person["key"]: person["full_name"] for person in script["parties"]}[expect["payment_to"]]
        low, high = map(Decimal, expect["amount_between"])
        assert all(creditor == full and low <= amount <= high for (_, creditor), amount in paid.items())
    assert not [secret for secret in expect.get("never_public", ()) if secret in everything_said(name)]


@pytest.mark.parametrize("name", ALL)
def test_citations_lead_to_what_they_quote_and_to_nothing_but_the_joint_record(name: str) -> None:
    _, case = shipped(name)
    draft = draft_resolution(case)
    texts = {(source.kind, source.id): source.text for source in case.sources}

    assert draft.citations
    for citation in draft.citations:
        assert texts[citation.source, citation.source_id][citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("name", ALL)
def test_every_fact_and_every_quotation_in_the_reasoning_has_a_citation(name: str) -> None:
    draft = draft_resolution(shipped(name)[1])
    claims = {citation.claim for citation in draft.citations}
    quoted = re.findall(r"\(“([^”]+)”\)|\(«([^»]+)»\)", draft.reasoning)
    told = {re.sub(r"\s+", " ", citation.quote).rstrip(".;") for citation in draft.citations}

    assert {*draft.agreed_facts, *draft.disputed_facts} <= claims
    assert quoted
    assert all((english or spanish) in told for english, spanish in quoted)


@pytest.mark.parametrize("name", ALL)
def test_it_says_that_no_language_model_was_used(name: str) -> None:
    _, case = shipped(name)
    draft = draft_resolution(case)
    plain_words = (
        "No language model was used" if case.locale == "en" else "No se ha utilizado ningún modelo de lenguaje"
    )

    assert (draft.model, draft.prompt_version) == ("offline-rules", "offline-1")
    assert plain_words in draft.summary
    assert plain_words in draft.reasoning


def test_the_draft_speaks_the_disputes_language() -> None:
    draft = draft_resolution(shipped("invoice")[1])

    assert draft.terms[0].text.startswith(
        "Claire Whitfield pagará a Inés Romero la cantidad de 3.150,00\xa0€ en dos plazos"
    )
    assert " shall " not in everything_said("invoice")


def test_deposit_draft_reads_as_written() -> None:
    """The wording of record; a change here is read by a person first."""
    draft = draft_resolution(shipped("deposit")[1])

    assert draft.terms[0].text == "Tobias Krug shall pay Mara Engel the sum of €1,080.00 no later than 5 December 2025."
    assert draft.agreed_facts == (
        "Mara Engel acknowledges: “I accept that the stain is mine and would pay 120 euros for it.”",
    )
    assert "Midway between €830.00 and €1,330.00 lies €1,080.00." in draft.reasoning
