"""Bank accounts and payment cards: only numbers whose check digits are right."""

import re
from collections.abc import Iterator

from ai_mediation.adapters.scrubbing.figures import Figures
from ai_mediation.adapters.scrubbing.findings import Finding, Kind

# ISO 13616, SWIFT's registry: how long each country's IBAN is
_COUNTRIES = {
    15: "no",
    16: "be",
    18: "dk fi fk fo gl nl sd",
    19: "mk si",
    20: "at ba ee kz lt lu mn xk",
    21: "ch hr li lv",
    22: "bg bh cr de gb ge ie me rs va",
    23: "ae gi il iq om so ti tl",
    24: "ad cz es md pk ro sa se sk tn vg",
    25: "ly pt st",
    26: "is tr",
    27: "bi dj fr gr it mc mr sm",
    28: "al az by cy do gt hn hu lb ni pl sv",
    29: "br eg ps qa ua",
    30: "jo kw mu ye",
    31: "mt sc",
    32: "lc",
    33: "ru",
}
_LENGTHS = {country: length for length, countries in _COUNTRIES.items() for country in countries.split()}
# at the first check digit, so that the search is for digits; folded text has no others than these ten
_IBAN = re.compile(r"[0-9](?:(?<=[a-z][a-z].)|(?<=[a-z][a-z][ .-].))(?=[0-9](?:[ \-.]{0,2}[^\W_]){11})")
_CHARACTER = re.compile(r"[ \-.]{0,2}([a-z0-9])")
_CARD = re.compile(
    r"[2-6](?<![\w+.,/-].)(?:\d{3}(?P<four>[ .-])\d{4}(?P=four)\d{4}(?P=four)\d{1,7}"
    r"|(?<=3)\d{3}(?P<six>[ .-])\d{6}(?P=six)\d{4,5}|\d{12,18})"
    r"(?!\w|[.,/-]\d)"
)


def find_ibans(text: str) -> Iterator[Finding]:
    """Folded text. Written in one piece or in groups; mod 97 and the country's length are right."""
    ended = 0
    for match in _IBAN.finditer(text):
        start = match.start() - (2 if text[match.start() - 1].isalpha() else 3)
        if start >= ended and not text[start - 1 : start].isalnum() and (end := _end_of_iban(text, start)):
            ended = end
            yield Finding(Kind.IBAN, start, end)


def _end_of_iban(text: str, start: int) -> int | None:
    length = _LENGTHS.get(text[start : start + 2])
    characters: list[str] = []
    position = start
    while length and len(characters) < length and (match := _CHARACTER.match(text, position)):
        characters.append(match.group(1))
        position = match.end()
    if len(characters) != length or text[position : position + 1].isalnum():
        return None
    number = int("".join(str(int(character, 36)) for character in characters[4:] + characters[:4]))
    return position if number % 97 == 1 else None


def find_cards(figures: Figures) -> Iterator[Finding]:
    """13 to 19 digits as cards are printed or in one piece, with the first digit of a card scheme and Luhn's check."""
    for match in _CARD.finditer(figures.text):
        digits = "".join(character for character in match.group() if character.isdigit())
        if 13 <= len(digits) <= 19 and passes_luhn(digits):
            yield Finding(Kind.CARD, *figures.place(*match.span()))


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0
