"""Text that people send: normal, visible, bounded."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.text import TextError, clean_text

pytestmark = pytest.mark.unit


def refusal(value: str, *, max_length: int = 100, multiline: bool = False) -> str:
    with pytest.raises(TextError) as error:
        clean_text(value, max_length=max_length, multiline=multiline)
    assert str(error.value)
    return error.value.code


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  plain \u00a0", "plain"),
        ("e\u0301", "é"),
        ("\u212b", "Å"),
        ("", ""),
        (" \u2003 ", ""),
        ("שלום 👩‍👩‍👧 ‏x", "שלום 👩‍👩‍👧 ‏x"),  # joiners and marks that scripts need stay
    ],
)
def test_text_is_normalised_and_trimmed(value: str, text: str) -> None:
    assert clean_text(value, max_length=100) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029"])
def test_text_line_ends_become_one_kind_and_are_no_part_of_a_single_line(end: str) -> None:
    assert clean_text(f"a{end}b", max_length=9, multiline=True) == "a\nb"
    assert refusal(f"a{end}b") == "control_characters"


@pytest.mark.parametrize(
    "character",
    [
        *("\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x85", "\x9f", "\ud800", "\udfff"),
        *("\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\ufeff", "\U000e0001", "\U000e007f"),
    ],
)
@pytest.mark.parametrize("multiline", [True, False])
def test_text_with_a_character_that_hides_or_reorders_is_refused(character: str, multiline: bool) -> None:
    assert refusal(f"a{character}b", multiline=multiline) == "control_characters"


def test_text_tab_is_for_several_lines_only() -> None:
    assert clean_text("a\tb", max_length=9, multiline=True) == "a\tb"
    assert refusal("a\tb") == "control_characters"


def test_text_length_counts_what_is_kept() -> None:
    assert clean_text("x" * 10, max_length=10) == "x" * 10
    assert clean_text(" " * 20 + "x" * 10, max_length=10) == "x" * 10
    assert clean_text("e\u0301" * 10, max_length=10) == "é" * 10
    assert refusal("x" * 11, max_length=10) == "max_length"
    assert refusal("\u0958" * 6, max_length=10) == "max_length"  # two characters each once normalised
    assert refusal("x" * 1_000_000, max_length=10) == "max_length"


@given(st.text(), st.booleans(), st.integers(0, 40))
def test_text_cleaned_is_refused_or_good_and_clean_already(value: str, multiline: bool, limit: int) -> None:
    try:
        text = clean_text(value, max_length=limit, multiline=multiline)
    except TextError:
        return
    assert len(text) <= limit
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert not {unicodedata.category(character) for character in text if character not in "\n\t"} & {
        "Cc",
        "Cs",
        "Zl",
        "Zp",
    }
    assert multiline or not set("\n\t") & set(text)
    text.encode()
    assert clean_text(text, max_length=limit, multiline=multiline) == text
