"""What of a streamed answer is shown while it is written: whole sentences that passed, and nothing that is taken back."""

from collections.abc import Iterator

import pytest

from ai_mediation.adapters.assistant.asking import chat_question
from ai_mediation.adapters.mediator.replies import reply_question
from ai_mediation.adapters.offline.sentences import last_end
from ai_mediation.adapters.providers.calls import ProviderFailure
from ai_mediation.adapters.questions import Question
from ai_mediation.adapters.showing import shown
from ai_mediation.tests.cases import id_of
from ai_mediation.tests.test_mediator_questions import CASE, turn

pytestmark = pytest.mark.unit
SIZES = [1, 7, 1000]
PROPER = "I hear you, Anna Berg. You want 900 euros on 3 May.\n\nWhat matters most to you?"


def in_pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def room() -> Question[str]:
    return reply_question(turn("joint", "What now?"), CASE, "en")


def seen(question: Question[str], text: str, size: int) -> tuple[list[str], str]:
    """The pieces shown, and why there are no more of them."""
    given: list[str] = []
    try:
        given.extend(shown(question, in_pieces(text, size)))
    except ProviderFailure as refusal:
        return given, str(refusal)
    return given, ""


@pytest.mark.parametrize("size", SIZES)
def test_a_proper_answer_is_shown_whole_sentence_by_sentence(size: int) -> None:
    given, why = seen(room(), PROPER, size)

    assert why == ""
    assert "".join(given) == PROPER
    if size < 1000:
        assert given == ["I hear you, Anna Berg.", " You want 900 euros on 3 May.", "\n\nWhat matters most to you?"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "refused",
    [
        "He told me that he would pay 777 euros. ",
        "Ask Doctor Kovacs about it. ",
        "Confirm at https://evil.example/pay today. ",
        "Write to evil.example today. ",
        "This is <b>final</b>. ",
        "See [here](javascript:alert(1)). ",
        "Nobody sees this:\u200b yes. ",
        "word " * 400 + ". ",
    ],
)
def test_the_sentence_that_is_refused_and_what_follows_it_are_never_shown(refused: str, size: int) -> None:
    given, why = seen(room(), f"{PROPER} {refused}Good bye.", size)

    assert why == "wrong_schema: RefusedAnswerError"
    assert "".join(given) in ("", PROPER)
    if size < 1000:
        assert len(given) == 3


@pytest.mark.parametrize("size", SIZES)
def test_a_sentence_that_does_not_end_is_shown_when_the_answer_ends(size: int) -> None:
    assert seen(room(), "What now", size) == (["What now"], "")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Go to https://evil.example/?d=5. Now.", "Go to … Now."),
        ("Go to evil.example/pay or mailto:a@evil.example, or tel:123. Now.", "Go to … or … or … Now."),
        ("![seal](https://evil.example/s.png) Yes. **No**. `code`", "[seal]… Yes. No. code"),
        (
            '<b>Hi. There</b> <img src="data:text/html,x"> [Click. me](javascript:a) now.',
            'bHi. There/b img src="… [Click. me]… now.',
        ),
        ("A < b and c > d stay. So do 5 [and] (6).", "A < b and c > d stay. So do 5 [and] (6)."),
        ("It is so [7]. Or not [1].", "It is so. Or not."),
    ],
)
def test_of_an_assistants_answer_no_link_and_no_markup_is_shown(said: str, text: str, size: int) -> None:
    question = chat_question("What now?", None, person_id=id_of("x"), locale="en")
    assert question.read is not None
    given = "".join(shown(question, in_pieces(said, size)))

    assert given == str(question.read(said)) == text


@pytest.mark.parametrize(
    ("text", "position", "end"),
    [
        ("One. Two", 0, 5),
        ("One.", 0, 0),
        ("One. ", 0, 0),
        ("One. Two. Three", 5, 10),
        ("Ask Dr. No", 0, 0),
        ("It costs 4.50 euros; fine", 0, 0),
        ("Line\n\nnext", 0, 6),
        ("Really?! “Yes.” No", 0, 16),
    ],
)
def test_a_sentence_ends_where_nothing_to_come_can_change_it(text: str, position: int, end: int) -> None:
    assert last_end(text, position) == end
