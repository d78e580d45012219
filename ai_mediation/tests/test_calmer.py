"""A calmer wording: the heat goes, every figure stays, and nothing is changed that needed no change."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_mediation.adapters.offline.temper import calmer_wording, is_heated

pytestmark = pytest.mark.unit

TONED_DOWN = [
    ("en", "You are a liar and a thief!!! Pay me 500 euros by 3 May or I will destroy you.",
     "I am upset about how this has gone. Pay me 500 euros by 3 May."),
    ("en", "PAY ME MY 1,450.00 EUR NOW YOU IDIOT!!!", "Pay me my 1,450.00 EUR now."),
    ("en", "You are a thief who kept my 900 euros. Oh great, another excuse. Your stupid invoice of 300 euros is fake.",
     "You kept my 900 euros. Your invoice of 300 euros is fake."),
    ("en", "Are you f***ing kidding me? The damn oven was 11 years old, you moron. It cost 240.50 euros.",
     "Are you kidding me? The oven was 11 years old. It cost 240.50 euros."),
    ("en", "Shut up. How dare you!", "I am upset about how this has gone."),
    ("en", "You are a liar.", "I see what happened differently."),
    ("en", "I will ruin you.", "I will consider what further steps are open to me."),
    ("es", "¡Eres un sinvergüenza y un ladrón! Devuélveme los 900 € antes del 3 de mayo o te voy a hundir.",
     "Me ha disgustado la forma en que ha ido este asunto. Devuélveme los 900 € antes del 3 de mayo."),
    ("es", "ERES UN MENTIROSO, NO ME HAS PAGADO LOS 3.600,00 EUR DE LA FACTURA",
     "No me has pagado los 3.600,00 EUR de la factura"),
    ("es", "Joder, la maldita lavadora costó 240 euros, imbécil.", "La lavadora costó 240 euros."),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "text", "calm"), TONED_DOWN)
def test_heat_goes_and_figures_stay(locale: str, text: str, calm: str) -> None:
    wording = calmer_wording(text, locale)

    assert wording.text == calm
    assert wording.is_changed
    assert wording.found
    assert not is_heated(wording.text)


@pytest.mark.parametrize(
    "text",
    [
        "I would like my deposit of 900 euros back by 1 June, please.",
        "If you do not pay by 1 June I will go to court.",
        "Great, thanks! See you at 10:30.",
        "Le pido que pague los 3.600 euros en dos plazos.",
        "No estoy de acuerdo con usted: la factura es de 300 €.",
        "The IBAN is DE89 3704 0044 0532 0130 00, the sum 500 EUR.",
        "",
    ],
)
def test_what_needs_no_change_comes_back_as_it_was_and_says_so(text: str) -> None:
    for locale, words in (("en", "Nothing in this message"), ("es", "Nada en este mensaje")):
        wording = calmer_wording(text, locale)
        assert (wording.text, wording.is_changed, wording.found) == (text, False, ())
        assert wording.explanation.startswith(words)


def test_what_was_toned_down_is_told_in_the_writers_language() -> None:
    assert calmer_wording("Pay 5 euros, idiot!!", "en").explanation == (
        "Toned down: shouting (capitals, exclamation marks) and insults. "
        "Figures and dates are as you wrote them; read it before you send it."
    )
    assert calmer_wording("Joder, pague 5 euros, idiota.", "es").explanation.startswith(
        "Se ha suavizado: palabras malsonantes e insultos."
    )


@pytest.mark.parametrize("text", ["I will ruin you by 3 May 2027.", "Shut up about the 500 euros."])
def test_heat_that_cannot_be_parted_from_a_figure_is_left_to_the_writer_and_said(text: str) -> None:
    wording = calmer_wording(text, "en")

    assert (wording.text, wording.is_changed) == (text, False)
    assert wording.explanation.startswith("This message is heated, but")


HEATED = [
    "You are a liar!", "you idiot", "SHOUTING AT YOU LOUDLY", "I will destroy you", "pay {} euros or else", "damn", "{} EUR",
    "by {} May 2025", "Eres un ladrón", "te vas a enterar", "joder", "\n", "and", "who kept {},50 €", "Oh great,", "what a joke", "?!?!",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HEATED), st.integers(0, 99999)), max_size=12), st.sampled_from(["en", "es"]))
def test_no_number_is_ever_lost_added_or_moved(parts: list[tuple[str, int]], locale: str) -> None:
    text = " ".join(part.format(number) for part, number in parts)
    wording = calmer_wording(text, locale)

    assert re.findall(r"\d+", wording.text) == re.findall(r"\d+", text)
    assert bool(wording.text.strip()) == bool(text.strip())


@pytest.mark.parametrize("piece", ["you idiot, ", "a", "or ", "!?", "DAMN ", "you are a ", ". ", "nothing but "])
def test_long_texts_take_no_longer_than_they_must(piece: str) -> None:
    text = (piece * 20_000)[:20_000]

    assert calmer_wording(text, "en").text
