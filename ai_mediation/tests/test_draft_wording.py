"""A document's free passages in a model's words: nothing that they say may change, and only they are shown to it."""

import json
from typing import Any

import pytest

from ai_mediation.adapters.drafting.wording import Passage, Passages, checked, passages_question, worded
from ai_mediation.adapters.mediator.grounds import RefusedAnswerError
from ai_mediation.tests.stub_provider import StubProvider
from kernel.ids import new_id

MARA, TOBIAS = "Mara Engel", "Tobias Krug"
NAMES = (MARA, TOBIAS)
PASSAGE = "Mara Engel handed the flat over on 31 August 2025, and Tobias Krug kept 1,450 euros of the two deposits."
CLEARER = "On 31 August 2025 Mara Engel handed over the flat, and Tobias Krug kept 1,450 euros of the two deposits."
INPUTS = {
    "parties": [{"name": MARA, "role": "claimant"}, {"name": TOBIAS, "role": "respondent"}],
    "recitals": [PASSAGE],
    "terms": [{"text": "Tobias Krug pays Mara Engel 900 euros.", "debtor": TOBIAS, "creditor": MARA}],
}


def test_other_words_for_the_same_are_taken() -> None:
    assert checked(CLEARER, PASSAGE, NAMES) == CLEARER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1,450", "1,540"),
        ("1,450 euros of ", ""),
        ("31 August", "30 August"),
        ("31 August", "31 July"),
        ("the two", "the three"),
        ("the two", "the"),
        ("kept", "did not keep"),
        ("kept", "never kept"),
        (TOBIAS, "the landlord"),
        (TOBIAS, "Mr Krug"),
        (MARA, TOBIAS),
        (TOBIAS, "Rolf Krug"),
        ("deposits.", "deposits. Read https://evil.example"),
        ("deposits.", "<b>deposits</b>."),
        ("deposits.", "deposits. " + "All of it is said again. " * 20),
        (CLEARER, " "),
    ],
)
def test_what_says_something_else_is_refused(old: str, new: str) -> None:
    assert old in CLEARER
    with pytest.raises(RefusedAnswerError):
        checked(CLEARER.replace(old, new), PASSAGE, NAMES)


def test_names_that_trade_places_are_refused() -> None:
    with pytest.raises(RefusedAnswerError):
        checked(PASSAGE.replace(MARA, "X").replace(TOBIAS, MARA).replace("X", TOBIAS), PASSAGE, NAMES)


@pytest.mark.parametrize("numbers", [(), (1,), (1, 1), (1, 2, 3), (2, 3)])
def test_every_passage_must_be_there_once(numbers: tuple[int, ...]) -> None:
    question = passages_question((PASSAGE, PASSAGE), NAMES, tone="", locale="en", asked_by_id=new_id())
    assert question.read is not None
    with pytest.raises(RefusedAnswerError):
        question.read(Passages(passages=[Passage(number=number, text=CLEARER) for number in numbers]))


@pytest.mark.db
def test_only_the_free_passages_are_sent_and_no_name_among_them(db: None, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda asked: json.dumps({"passages": [{"number": 1, "text": said_back(asked)}]})

    made = worded("settlement_agreement", INPUTS, tone="friendly", locale="en", asked_by_id=new_id())

    assert (made.inputs, made.model, made.count) == ({**INPUTS, "recitals": [CLEARER]}, "stub-o", 1)
    (sent,) = stub_provider.requests
    assert b"900 euros" not in sent.body
    assert not [word for word in b"Mara Engel Tobias Krug".split() if word in sent.body]
    assert b"friendly" in sent.body


@pytest.mark.db
@pytest.mark.parametrize(
    "change",
    [
        {"recitals": []},
        {"recitals": [f"{PASSAGE} [who?]"]},
        {"recitals": ["x" * 4500] * 2},
        {"recitals": [PASSAGE] * 21},
    ],
)
def test_what_cannot_be_worded_is_not_asked(db: None, stub_provider: StubProvider, change: dict[str, Any]) -> None:
    made = worded("settlement_agreement", {**INPUTS, **change}, tone="", locale="en", asked_by_id=new_id())
    assert (made.inputs, made.model, made.question) == ({**INPUTS, **change}, "", None)
    assert stub_provider.requests == []


def said_back(asked: Any) -> str:
    """What a careful model would answer, in the placeholders that it was shown."""
    mara, tobias = "PERSON_1", "PERSON_2"
    assert mara in asked.text
    assert tobias in asked.text
    return CLEARER.replace(MARA, mara).replace(TOBIAS, tobias)
