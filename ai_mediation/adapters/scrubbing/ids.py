"""National numbers of people and companies (ES, DE, FR, IT, GB, US), with their check digits where they have any.

ES: DNI, NIE, NIF of legal persons (CIF; Orden EHA/451/2008). DE: Steuer-ID (ISO 7064 mod 11,10; § 139b AO), the number of the
Personalausweis (ICAO 9303 weights). FR: NIR (key mod 97, Corsica's 2A and 2B). IT: codice fiscale (DM 23/12/1976). GB: NINO (its
form has no check digit), NHS number (mod 11). US: SSN and ITIN (the ranges never given out are not numbers), EIN (the IRS's prefixes).
"""

import re
from collections.abc import Callable, Iterator

from ai_mediation.adapters.scrubbing.figures import Figures
from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.quantities import is_amount, is_date

_BEGIN = r"(?<![\w+])(?<![.,/-])"
_END = r"(?!\w|[.,/-]\d)"
_NOT_ALNUM = re.compile(r"[\W_]")


def _bare(written: str) -> str:
    return _NOT_ALNUM.sub("", written)


# --- Spain -----------------------------------------------------------------------------------------------------------
_DNI_LETTERS = "trwagmyfpdxbnjzsqvhlcke"
_CIF_LETTERS = "jabcdefghi"


def _is_dni(number: str) -> bool:
    return _DNI_LETTERS[int(number[:-1]) % 23] == number[-1]


def _is_nie(number: str) -> bool:
    return _is_dni(f"{'xyz'.index(number[0])}{number[1:]}")


def _is_cif(number: str) -> bool:
    odd = sum(sum(divmod(2 * int(digit), 10)) for digit in number[1:8:2])
    check = -(odd + sum(int(digit) for digit in number[2:8:2])) % 10
    kind, given = number[0], number[-1]
    if kind in "pqrsnw":
        return given == _CIF_LETTERS[check]
    return given == str(check) or (kind not in "abeh" and given == _CIF_LETTERS[check])


# --- Germany ---------------------------------------------------------------------------------------------------------
def _is_tax_id(number: str) -> bool:
    """Among the first ten digits exactly one comes twice or thrice."""
    counts = sorted((number[:10].count(digit) for digit in set(number[:10])), reverse=True)
    product = 10
    for digit in number[:10]:
        product = ((int(digit) + product - 1) % 10 + 1) * 2 % 11
    return counts[0] in (2, 3) and counts[1] == 1 and (11 - product) % 10 == int(number[10])


def _is_identity_card(number: str) -> bool:
    """Nine characters and their check digit, weighted 7, 3, 1; a machine-readable line adds a D."""
    total = sum(int(character, 36) * (7, 3, 1)[index % 3] for index, character in enumerate(number[:9]))
    return any(character.isdigit() for character in number[1:9]) and total % 10 == int(number[9])


# --- France ----------------------------------------------------------------------------------------------------------
def _is_nir(number: str) -> bool:
    digits = number[:13].replace("2a", "19").replace("2b", "18")
    return digits.isdigit() and number[13:].isdigit() and 97 - int(digits) % 97 == int(number[13:])


# --- Italy -----------------------------------------------------------------------------------------------------------
_ODD = dict(
    zip(
        "0123456789abcdefghijklmnopqrstuvwxyz",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _is_codice_fiscale(number: str) -> bool:
    even = sum(int(character) if character.isdigit() else ord(character) - ord("a") for character in number[1:15:2])
    return chr((sum(_ODD[character] for character in number[0:15:2]) + even) % 26 + ord("a")) == number[15]


# --- United Kingdom ----------------------------------------------------------------------------------------------------
def _is_nino(number: str) -> bool:
    return number[:2] not in {"bg", "gb", "kn", "nk", "nt", "tn", "zz"}


def _is_nhs_number(number: str) -> bool:
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return len(set(number)) > 1 and check % 11 == int(number[9])


# --- United States -----------------------------------------------------------------------------------------------------
# what the IRS has never given out
_NO_EIN_PREFIXES = frozenset(
    ["00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97"]
)
_ITIN_GROUPS = frozenset([*range(50, 66), *range(70, 89), 90, 91, 92, *range(94, 100)])


def _is_ssn(number: str) -> bool:
    area, group, serial = number[:3], number[3:5], number[5:]
    if area.startswith("9"):
        return int(group) in _ITIN_GROUPS
    return area not in ("000", "666") and group != "00" and serial != "0000"


def _is_ein(number: str) -> bool:
    return number[:2] not in _NO_EIN_PREFIXES


_GAP = r"[ .\-]?"
_FORMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (rf"(?:\d{{8}}|\d{{1,2}}\.\d{{3}}\.\d{{3}}|\d{{2}} \d{{3}} \d{{3}}){_GAP}[a-z]", _is_dni),
    (rf"[xyz]{_GAP}(?:\d{{7}}|\d\.\d{{3}}\.\d{{3}}){_GAP}[a-z]", _is_nie),
    (rf"[abcdefghjklmnpqrsuvw]{_GAP}(?:\d{{7}}|\d{{2}}\.\d{{3}}\.\d{{2}}){_GAP}[\da-j]", _is_cif),
    (r"[1-9]\d(?P<tax>[ ]?)\d{3}(?P=tax)\d{3}(?P=tax)\d{3}", _is_tax_id),
    (r"[cfghjklmnprtvwxyz][cfghjklmnprtvwxyz0-9]{8} ?\d(?= ?d\b|[^\w]|\Z)", _is_identity_card),
    (
        r"[1-478](?P<nir>[ .\-]?)\d{2}(?P=nir)(?:0[1-9]|1[0-2]|[2-9]\d)(?P=nir)(?:\d{2}|2[ab])(?P=nir)\d{3}(?P=nir)\d{3}[ .\-]?\d{2}",
        _is_nir,
    ),
    (
        r"[a-z]{3} ?[a-z]{3} ?[0-9lmnpqrstuv]{2}[abcdehlmprst][0-9lmnpqrstuv]{2} ?[a-z][0-9lmnpqrstuv]{3} ?[a-z]",
        _is_codice_fiscale,
    ),
    (
        r"[abceghj-prstw-z][abceghj-nprstw-z](?P<nino>[ \-]?)\d{2}(?P=nino)\d{2}(?P=nino)\d{2}(?P=nino)[a-d]",
        _is_nino,
    ),
    (r"\d{3}(?P<nhs>[ \-]?)\d{3}(?P=nhs)\d{4}", _is_nhs_number),
    (r"\d{3}(?P<ssn>[ \-])\d{2}(?P=ssn)\d{4}", _is_ssn),
    (r"\d{2}-\d{7}", _is_ein),
)
_PATTERNS = tuple((re.compile(f"{_BEGIN}(?:{form}){_END}"), is_valid) for form, is_valid in _FORMS)
_SSN_CALLED = re.compile(r"(?<![^\W_])(?:ssn|itin|social security(?: number| no\.?)?)\s?(?:is|:|#|no\.?)?\s{0,2}\Z")
_NINE_DIGITS = re.compile(r"\d(?<!\w.)\d{8}(?!\w)")
_LONGEST_CALL = 32


def find_ids(figures: Figures) -> Iterator[Finding]:
    """Numbers of every form whose check digits or ranges are right, and nine digits that are called a social security number."""
    text = figures.whole
    for pattern, is_valid in _PATTERNS:
        for match in pattern.finditer(figures.text):
            number = _bare(match.group())
            if is_valid(number):
                start, end = figures.place(*match.span())
                if not number.isdigit() or not (is_amount(text, start, end) or is_date(match.group())):
                    yield Finding(Kind.ID, start, end)
    for match in _NINE_DIGITS.finditer(figures.text):
        start, end = figures.place(*match.span())
        if _SSN_CALLED.search(text[max(0, start - _LONGEST_CALL) : start]) and _is_ssn(match.group()):
            yield Finding(Kind.ID, start, end)
