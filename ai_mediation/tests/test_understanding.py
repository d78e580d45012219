"""What a party is told its position is: its own words, nothing added, in its language."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_mediation.adapters.offline.second_person import turned
from ai_mediation.adapters.offline.understanding import LONGEST, summarize
from ai_mediation.tests.cases import case_of, euros, shipped
from ai_mediation.tests.files import file_of
from ai_mediation.tests.test_offline_properties import texts, wild

pytestmark = pytest.mark.unit
ANNA, BERT = "Anna Berg", "Bert Claes"


def test_a_claimant_reads_its_position_in_plain_english() -> None:
    text = (
        "I lent Bert my drill on 3 May 2025. He broke it. I paid 300 euros for a new one. I want 300 euros. I would accept 250 euros."
        " I accept that it was old. I will not accept a used drill."
    )
    case = case_of({ANNA: text}, amount=euros(300))

    assert summarize(file_of(case, ANNA)) == (
        "You are the claimant in “A matter between neighbours”; on the other side Bert Claes.\n\n"
        "You say that you lent Bert your drill on 3 May 2025; that he broke it; that you paid 300 euros for a new one.\n\n"
        "You ask for €300.00. You would accept €250.00.\n\n"
        "You say that you accept that it was old. You dispute or reserve: “I will not accept a used drill”."
    )


def test_a_respondent_reads_its_position_in_spanish() -> None:
    text = "La factura llegó tarde. Reconozco que debo 200 euros. Ofrezco pagar 400 euros en dos plazos. No acepto los intereses."
    case = case_of({ANNA: "Quiero mi dinero.", BERT: text}, amount=euros(1000), locale="es")

    assert summarize(file_of(case, BERT)) == (
        "Usted es la parte reclamada en el asunto «A matter between neighbours»; en la otra parte: Anna Berg."
        " La cantidad en disputa se cifró, al presentarla, en 1.000,00\xa0€.\n\n"
        "Usted expone: «La factura llegó tarde».\n\n"
        "Usted reconoce deber 200,00\xa0€. Usted ofrece pagar 400,00\xa0€.\n\n"
        "Usted discute o se reserva: «No acepto los intereses»."
    )


def test_deeds_asked_for_are_told_and_missing_figures_too() -> None:
    case = case_of({ANNA: "The hedge is three metres high. I want him to cut the hedge to two metres."})

    assert summarize(file_of(case, ANNA)).split("\n\n")[2] == (
        "You ask the other side for this: “I want him to cut the hedge to two metres”."
        " You have not named a sum that you ask for, offer or would accept."
    )


def test_insults_are_left_out_and_that_is_said() -> None:
    case = case_of({ANNA: "He is a liar and a thief. The fence cost 300 euros."}, amount=euros(300))
    told = summarize(file_of(case, ANNA))

    assert "liar" not in told
    assert "that the fence cost 300 euros" in told
    assert told.endswith(
        "Remarks about the other person are left out here; nothing of your statement is changed by that."
    )


def test_a_caucus_is_not_in_the_summary() -> None:
    case = case_of({ANNA: "He broke my fence."}, amount=euros(1000))

    assert "450" not in summarize(file_of(case, ANNA, caucus=(("party", "I would take 450 euros."),)))


def test_who_said_nothing_reads_that() -> None:
    told = summarize(file_of(case_of({BERT: "I offer 400 euros."}), ANNA))

    assert "You have not made a statement" in told
    assert "You have not said what you want" in told


NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@settings(max_examples=100, deadline=None)
@given(st.one_of(texts, wild), st.one_of(texts, wild), st.sampled_from(["en", "es"]))
def test_no_figure_is_told_that_the_party_did_not_name(text: str, other: str, locale: str) -> None:
    case = case_of({ANNA: text, BERT: other}, amount=euros("731.19"), locale=locale)
    file = file_of(case, ANNA)
    told = summarize(file)
    known = {re.sub(r"\D", "", number) for number in NUMBER.findall(f"{text} 731.19")}
    said = {re.sub(r"\D", "", number) for number in NUMBER.findall(told)}

    assert {number.rstrip("0") for number in said} <= {number.rstrip("0") for number in known}
    assert len(told) <= LONGEST
    assert not re.search(r"[<>{}\[\]`]|https?:", told)


@pytest.mark.parametrize(
    ("name", "person"), [("deposit", "Mara Engel"), ("flatmates", "Jonas Beck"), ("invoice", "Inés Romero")]
)
def test_shipped_parties_get_a_summary_of_their_own_words(name: str, person: str) -> None:
    _, case = shipped(name)
    told = summarize(file_of(case, person))

    assert told.startswith(("You are the ", "Usted es la "))
    assert 200 < len(told) < 1500


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("I painted my rooms.", "you painted your rooms"),
        ("I'd paid him before.", "you had paid him before"),
        ("I'd pay 120 euros.", "you would pay 120 euros"),
        ("The oven was mine.", "the oven was yours"),
        ("Tobias told me that I am wrong.", "Tobias told you that you are wrong"),
        ("But he gave it to me.", "he gave it to you"),
        ("We both signed.", None),
        ("You broke my fence.", None),
        ('He said "I will pay".', None),
        ("Only then did I see it.", None),
    ],
)
def test_sentences_are_turned_round_where_that_is_safe(said: str, back: str | None) -> None:
    assert turned(said) == back
