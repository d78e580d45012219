"""The scrubber's promises, for whatever text: it comes back as it was, nothing known leaves, pieces read like the whole."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_mediation.adapters.questions import KnownPerson
from ai_mediation.adapters.scrubbing import Scrubber
from ai_mediation.adapters.scrubbing.folding import View

PEOPLE = tuple(
    KnownPerson(UUID(int=number), (name,))
    for number, name in enumerate(
        ["Mara Engel", "Tobias Krug", "Inés Romero García", "Will May", "José García", "王小明", "D'Angelo O'Brien"]
    )
)
FRAGMENTS = [
    *(
        "PERSON_1",
        "PERSON",
        "person",
        "PERSON_",
        "PERSON 1",
        "_",
        "1",
        "9",
        "0",
        "EMAIL_",
        "BADOKI",
        "BADOKIBA",
        "BA",
        "ba",
        "NAME_",
        "_FIRST",
    ),
    *(
        "LAST",
        "HIDDEN_",
        "hidden",
        "TOKEN_",
        "ID_",
        "CARD-BADOKI",
        "ＰＥＲＳＯＮ_１",
        "РERSON_1",
        "PERſON_1",
        "ſ",
        "\u212a",
        "王小明",
        "王",
    ),
    *(
        "Mara",
        "Engel",
        "Krug",
        "Tobias",
        "Will",
        "May",
        "García",
        "MARA",
        "M.",
        "I.",
        "s",
        "'s",
        "`",
        "é",
        "@",
        "-",
        "\\_",
        ".",
        ",",
    ),
    *(
        " ",
        "\n",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "\U000e0041",
        "e\u0301",
        "\u202e",
        "Mara Engel",
        "a@b.co",
        "+49 30 1234567",
    ),
    *("12345678Z", "ES9121000418450200051332", "4111 1111 1111 1111", "Calle Mayor 5", "14 Elm Street"),
]
PIECES = st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3))
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    scrubber = Scrubber(PEOPLE, "a dispute")
    scrubbed = [scrubber.scrub(text) for text in texts]

    assert [scrubber.restore(text) for text in scrubbed] == texts


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 80), max_size=8))
def test_pieces_read_like_the_whole_wherever_they_are_cut(text: str, cuts: list[int]) -> None:
    scrubber = Scrubber(PEOPLE, "a dispute")
    for whole in (scrubber.scrub(text), text):
        ends = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
        pieces = [whole[start:end] for start, end in pairwise(ends)]

        assert "".join(scrubber.restoring(pieces)) == scrubber.restore(whole)
        assert "".join(scrubber.restoring(whole)) == scrubber.restore(whole)


NAMES = st.sampled_from(
    [
        "Mara Engel",
        "mara engel",
        "MARA",
        "Engel",
        "Tobias",
        "krug",
        "Inés",
        "INES",
        "Romero",
        "王小明",
        "Inés Romero García",
    ]
)
FILLING = st.text(alphabet=st.characters(exclude_categories=["L", "Cs"]), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(FILLING, NAMES), min_size=1, max_size=6), FILLING)
def test_no_known_name_leaves_whatever_stands_around_it(words: list[tuple[str, str]], end: str) -> None:
    text = "".join(before + name for before, name in words) + end
    scrubbed = View(Scrubber(PEOPLE, "a dispute").scrub(text)).folded

    for name in ("mara", "engel", "tobias", "krug", "ines", "romero", "王小明"):
        assert name not in scrubbed


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_placeholders_depend_on_content_and_scope_alone(text: str) -> None:
    assert Scrubber(PEOPLE, "a dispute").scrub(text) == Scrubber(PEOPLE, "a dispute").scrub(text)
