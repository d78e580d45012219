"""The claim form: every entry stands where it says, whoever filled it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_mediation.adapters.claim_form import Claimed, ClaimForm, claim_form
from ai_mediation.adapters.offline.claims import read_claim_form
from ai_mediation.tests.cases import case_of, euros, source
from ai_mediation.tests.files import file_of
from ai_mediation.tests.test_offline_properties import texts, wild

pytestmark = pytest.mark.unit
ANNA, BERT = "Anna Berg", "Bert Claes"
TEXT = source("truth", ANNA, "I paid 900 euros on 3 May 2025. I paid 900 euros twice.\nHe never\nanswered me.")


def one(quote: str, start: int = 0, end: int = 0, source_id: str = str(TEXT.id)) -> ClaimForm:
    return claim_form([Claimed("fact", source_id, start, end, quote)], [TEXT])


def test_an_entry_at_its_place_is_kept() -> None:
    (entry,) = one("900 euros", 7, 16).entries

    assert (entry.start, entry.end, entry.quote) == (7, 16, "900 euros")


def test_a_wrong_place_is_put_right_by_the_nearest_same_words() -> None:
    (entry,) = one("900 euros", 41, 47).entries

    assert (entry.start, TEXT.text[entry.start : entry.end]) == (39, "900 euros")


def test_words_broken_into_other_lines_are_found() -> None:
    (entry,) = one("He never answered me.").entries

    assert entry.quote == "He never\nanswered me."


def test_words_of_another_source_are_found_there() -> None:
    (entry,) = one("900 euros", 7, 16, "another").entries

    assert (entry.source_id, entry.quote) == (TEXT.id, "900 euros")


@pytest.mark.parametrize(
    ("quote", "source_id"),
    [
        ("950 euros", str(TEXT.id)),
        ("", str(TEXT.id)),
        ("  ", str(TEXT.id)),
        ("9" * 700, str(TEXT.id)),
    ],
)
def test_what_stands_nowhere_is_dropped_and_counted(quote: str, source_id: str) -> None:
    assert one(quote, 0, 5, source_id) == ClaimForm((), dropped=1)


def form_of(text: str, *, name: str = ANNA) -> ClaimForm:
    case = case_of({name: text}, amount=euros(1000))
    return read_claim_form(file_of(case, name))


def test_rules_tell_facts_days_sums_wishes_and_reservations_apart() -> None:
    form = form_of(
        "The fence fell on 3 May 2025. It cost 300 euros. I want 800 euros. I will not accept an apology without money."
    )
    kinds = [(entry.kind, entry.quote) for entry in form.entries]

    assert kinds == [
        ("date", "3 May 2025"),
        ("fact", "The fence fell on 3 May 2025."),
        ("amount", "300 euros"),
        ("fact", "It cost 300 euros."),
        ("amount", "800 euros"),
        ("wish", "I want 800 euros."),
        ("reservation", "I will not accept an apology without money."),
    ]
    assert [entry.day for entry in form.of("date")] == [date(2025, 5, 3)]
    assert [(e.meaning, e.money) for e in form.of("amount")] == [("cost", euros(300)), ("asks", euros(800))]


def test_rules_read_spanish() -> None:
    form = form_of("La valla cayó el 3 de mayo de 2025. Quiero que repare la valla. Me reservo otras acciones.")

    assert [(entry.kind, entry.quote) for entry in form.entries] == [
        ("date", "3 de mayo de 2025"),
        ("fact", "La valla cayó el 3 de mayo de 2025."),
        ("wish", "Quiero que repare la valla."),
        ("reservation", "Me reservo otras acciones."),
    ]


def test_a_caucus_and_other_peoples_texts_are_not_read() -> None:
    case = case_of({ANNA: "He broke it.", BERT: "I did not."})
    file = file_of(case, ANNA, caucus=(("party", "I would take 450 euros."),))
    file = type(file)(**{**file.__dict__, "sources": case.sources})

    assert [entry.quote for entry in read_claim_form(file).entries] == ["He broke it."]


@settings(max_examples=100, deadline=None)
@given(st.one_of(texts, wild), st.one_of(texts, wild))
def test_every_entry_of_any_text_stands_where_it_says(truth: str, message: str) -> None:
    case = case_of({ANNA: truth}, messages=[(ANNA, message)], evidence=[(ANNA, message)], amount=euros(500))
    file = file_of(case, ANNA)
    texts_by_id = {s.id: s.text for s in file.sources}
    form = read_claim_form(file)

    assert form.dropped == 0 or len(form.entries) == 200
    assert all(texts_by_id[e.source_id][e.start : e.end] == e.quote for e in form.entries)
