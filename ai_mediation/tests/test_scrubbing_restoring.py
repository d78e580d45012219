"""Placeholders on their way back: garbled by a model, invented by it, cut by a stream."""

import re
import time
from uuid import UUID

import pytest

from ai_mediation.adapters.questions import KnownPerson
from ai_mediation.adapters.scrubbing import Scrubber

PEOPLE = (KnownPerson(UUID(int=1), ("Mara Engel",)), KnownPerson(UUID(int=2), ("Tobias Krug",)))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("PERSON_1 pays.", "Mara Engel pays."),
        ("person_1 and Person_2 pay.", "Mara Engel and Tobias Krug pay."),
        ("`PERSON_1` pays **PERSON_2**.", "`Mara Engel` pays **Tobias Krug**."),
        ("PERSON\\_1 pays PERSON-2.", "Mara Engel pays Tobias Krug."),
        ("PERSON 1 pays PERSON__2.", "Mara Engel pays Tobias Krug."),
        ("PERSON_1's flat, PERSON_2s key", "Mara Engel's flat, Tobias Krugs key"),
        ("Dear PERSON_1_FIRST, dear Ms person_1_last", "Dear Mara, dear Ms Engel"),
        ("PERSON_1PERSON_2 (PERSON_1)", "Mara EngelTobias Krug (Mara Engel)"),
        ("PERSON_1_BADOKI pays.", "Mara Engel pays."),
        ("PERSON_9 pays, person_0 too.", "someone pays, someone too."),
        ("EMAIL_1, PHONE_BADOK, IBAN_XY", "an e-mail address, a phone number, a bank account"),
        ("CARD_BADOKI, ID_BADOKI, ADDRESS_HOME", "a card number, an identity number, an address"),
        ("NAME_BADOKI wrote HIDDEN_BADOKIthis TOKEN_BADOKI", "someone wrote this …"),
        ("the person 1 of us, id-card, email_address, PERSONAL_1", "the person 1 of us, id-card, email_address, PERSONAL_1"),
    ],
)  # fmt: skip
def test_what_a_model_makes_of_placeholders_is_read(said: str, read: str) -> None:
    scrubber = Scrubber(PEOPLE, "a dispute")

    assert scrubber.restore(said) == read
    assert "".join(scrubber.restoring(said)) == read


def test_a_code_is_read_in_any_case_and_with_what_is_stuck_to_it() -> None:
    scrubber = Scrubber(PEOPLE, "a dispute")
    code = scrubber.scrub("mara@example.org")

    assert re.fullmatch("EMAIL_[A-Z]{6}", code)
    assert scrubber.restore(f"{code.lower()} {code}'s {code}s `{code}` {code.replace('_', '-')}") == (
        "mara@example.org mara@example.org's mara@example.orgs `mara@example.org` mara@example.org"
    )


def test_pieces_are_passed_on_as_soon_as_they_are_certain() -> None:
    pieces = ["Good morning, ", "PER", "SON_", "1", " pays ", "EMAIL", " now"]

    assert list(Scrubber(PEOPLE, "a dispute").restoring(pieces)) == ["Good morning, ", "Mara Engel pays ", "EMAIL now"]


def test_placeholders_are_the_same_everywhere_in_a_dispute_and_elsewhere_others() -> None:
    text = "Mara Engel, mara@example.org, +49 30 1234567"
    here, again, there = (Scrubber(PEOPLE, scope).scrub(text) for scope in ("one", "one", "other"))

    assert here == again
    assert re.sub(r"_[A-Z]{6}", "", here) == "PERSON_1, EMAIL, PHONE"
    assert set(re.findall(r"_[A-Z]{6}", here)) & set(re.findall(r"_[A-Z]{6}", there)) == set()


def test_no_two_things_of_a_text_share_a_placeholder() -> None:
    written = [f"mail{number}@example.org" for number in range(3000)]
    scrubber = Scrubber((), "a dispute")
    scrubbed = scrubber.scrub(" ".join(written)).split()

    assert len(set(scrubbed)) == len(written)
    assert scrubber.restore(" ".join(scrubbed)) == " ".join(written)


def test_values_of_a_structured_answer_are_restored_one_by_one() -> None:
    scrubber = Scrubber((KnownPerson(UUID(int=1), ('Ann "Q" O\'Neil',)),), "a dispute")
    answer = {"PERSON_1": ["PERSON_1 pays", 3, None, {"to": "person_1"}]}

    name = 'Ann "Q" O\'Neil'
    assert scrubber.restore_values(answer) == {"PERSON_1": [f"{name} pays", 3, None, {"to": name}]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pay \U000e0070\U000e0061\U000e0079now", "pay HIDDENnow"),
        ("a\u200b\u200c\u200bb \u202eabc\u202c \u2066x\u2069", "aHIDDENb HIDDENabcHIDDEN HIDDENxHIDDEN"),
        ("\ufeffstart and \u00adsoft", "HIDDENstart and \u00adsoft"),
        ("👨‍👩‍👧 ❤️ 1️⃣ نمی‌خواهم שלום‏", "👨‍👩‍👧 ❤️ 1️⃣ نمی‌خواهم שלום‏"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴HIDDEN"),
    ],
)  # fmt: skip
def test_what_nobody_sees_is_not_shown_to_a_model(text: str, shown: str) -> None:
    scrubber = Scrubber((), "a dispute")
    scrubbed = scrubber.scrub(text)

    assert re.sub(r"HIDDEN_[A-Z]{6}", "HIDDEN", scrubbed) == shown
    assert scrubber.restore(scrubbed) == text


HOSTILE = {
    "digits": "1" * 100_000,
    "short numbers": "1 2 " * 25_000,
    "at signs": "@" * 100_000,
    "half addresses": "a@" * 50_000,
    "one word": "a" * 100_000,
    "endless domain": "x@" + "a." * 50_000,
    "beginnings of accounts": "ES00 " * 20_000,
    "initials": "M. " * 33_000,
    "streets without numbers": "Calle Aa " * 11_000,
    "numbers of no street": "12 Ab " * 16_000,
    "beginnings of placeholders": "EMAIL_" * 16_000,
    "placeholders": "PERSON_1" * 12_500,
    "invisible": "a\u200b" * 50_000,
    "accents": "e\u0301" * 50_000,
    "names": "Mara Engel, " * 8_000,
    "surnames": "Engel," * 16_000,
    "zeros": "0" * 100_000,
    "brackets": "(0" * 50_000,
    "country codes": "+1 " * 33_000,
    "floors": "Calle Aa 1" + ", 1º" * 25_000,
    "hyphens": "a-" * 50_000,
    "spaces": " " * 100_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_takes_no_more_than_its_length(kind: str) -> None:
    """Linear needs well under two seconds of a slow processor; the square of 100,000 needs minutes."""
    scrubber = Scrubber(PEOPLE, "a dispute")
    begun = time.process_time()
    restored = scrubber.restore(scrubber.scrub(HOSTILE[kind]))

    assert time.process_time() - begun < 10
    assert restored == HOSTILE[kind]
