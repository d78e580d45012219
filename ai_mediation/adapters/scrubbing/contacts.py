"""E-mail addresses and telephone numbers."""

import re
from collections.abc import Iterator

from ai_mediation.adapters.scrubbing.figures import Figures
from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.quantities import is_amount, is_date

_AT = re.compile(r"[@\[(](?:(?<=@)|\s?(?:at|arroba|chez)\s?[\])]\s?)")
_LOCAL = re.compile(r"[\w.%+'&=/!#$*?^~-]{1,64}\Z")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?+(?:\.|\s?[\[(]\s?(?:dot|punto|point|punkt)\s?[\])]\s?)){1,6}[^\W\d_][\w-]{0,22}[^\W\d_]"
)
_LOCAL_MOST = 64
_SHORTEST_UNGROUPED = 9


def find_emails(text: str) -> Iterator[Finding]:
    """Folded text. Addresses with letters of any script, and the common ways to hide the at sign."""
    ended = 0
    for at in _AT.finditer(text):
        stop = at.start() - (at.group() != "@" and text[at.start() - 1 : at.start()] == " ")
        begin = max(ended, stop - _LOCAL_MOST)
        local = _LOCAL.search(text[begin:stop])
        domain = _DOMAIN.match(text, at.end())
        if local and domain and (start := begin + _begins(local)) < stop:
            ended = domain.end()
            yield Finding(Kind.EMAIL, start, ended)


def _begins(local: re.Match[str]) -> int:
    """Quotes and punctuation before an address are not part of it."""
    written = local.group()
    return local.start() + len(written) - len(written.lstrip("'.!?*=/#~^&$"))


_EDGE = r"(?<![\w+.,/-].)"  # behind the first character: so the search is for that
_END = r"(?!\w|[.,/-]\d)"
_GAP = r"[ .\-/]?"
_PHONES = re.compile(
    "|".join(
        [
            # + or 00, country code, 6 to 13 digits in groups
            r"[+0](?:(?<=\+)(?<![\w+].)|(?<=0)(?<![\w+.,/-].)0) ?[1-9](?:(?:[ .\-/]| ?\(0? ?|\) ?| ?- ?)?\d){6,14}+(?!\d)",
            # (030) 123456 · (020) 7946 0018 · (212) 555-0123 · 1 (212) 555-0123
            rf"[1(](?<![\w+].)(?:(?<=\()|[ .-]\()\d{{2,5}}\)\s?(?:[ .\-/]?\d){{5,9}}+{_END}",
            # GB, DE, FR, IT: a leading 0 and another digit, 7 to 12 in all
            rf"0{_EDGE}[1-9](?:(?:[ .\-/]| [/-] )?\d){{5,10}}+{_END}",
            # US: 212-555-0123 · 1 212 555 0123
            rf"[1-9]{_EDGE}(?:(?<=1)[ .-][2-9]|(?<!1))\d{{2}}(?P<us>[ .-]?)[2-9]\d{{2}}(?P=us)\d{{4}}{_END}",
            # ES: 912345678 · 612 345 678 · 91 234 56 78 · 912 34 56 78 · 91 2345678
            rf"[6789]{_EDGE}(?:\d{{8}}|\d{{2}}[ -]\d{{3}}[ -]\d{{3}}|\d{{2}}[ -]\d{{2}}[ -]\d{{2}}[ -]\d{{2}}"
            rf"|\d[ -]\d{{3}}[ -]\d{{2}}[ -]\d{{2}}|\d{{2}}[ -]\d{{6}}|\d[ -]\d{{7}}){_END}",
            # IT, mobile: 347 123 4567 · 347 1234567
            rf"3{_EDGE}[2-9]\d{_GAP}\d{{3}}{_GAP}\d{{3,4}}{_END}",
        ]
    )
)
# behind a word for a telephone any number of 6 digits and more is one
_CALLED = re.compile(
    r"(?<![^\W_])(?:tel|telf|tlf|tlfno|telefono|telefon|telefonnummer|rufnummer|telephone|phone|phone number|mobile|mobil|movil|mob|cell|"
    r"cellulare|cellphone|portable|handy|handynummer|fax|whatsapp|fijo|numero de telefono|numero di telefono)(?![^\W_])"
    r"\.?\s?(?:no\.?|nr\.?|number|is|es|ist|est|e)?\s?:?\s{0,2}\Z"
)
_NUMBER = re.compile(r"[+(\d](?<![\w+].)(?:(?<=\d)|\(?\d)(?:[ .\-/()]{0,2}\d){5,14}+(?!\d)")
_LONGEST_CALL = 40
_ORDERED = re.compile(
    r"(?:invoice|factura|rechnung|rechnungsnummer|facture|fattura|order|pedido|bestellung|commande|ordine|ref|reference|referencia|"
    r"expediente|aktenzeichen|contrato|contract|vertrag|case|policy|poliza|serial|imei|tracking|receipt|ticket|albaran|numero|number|"
    r"no|nr|n°|#|id)\.?\s?(?:no\.?|nr\.?|n°|number|de)?\s?[:#]?\s?\Z"
)


def find_phones(figures: Figures) -> Iterator[Finding]:
    """International numbers, the national forms of ES, DE, FR, IT, GB and US, and any longer number that is called a telephone's."""
    text = figures.whole
    for match in _PHONES.finditer(figures.text):
        start, end = figures.place(*match.span())
        if not is_amount(text, start, end) and not is_date(match.group()) and not _is_other_number(text, start, end):
            yield Finding(Kind.PHONE, start, end)
    for match in _NUMBER.finditer(figures.text):
        start, end = figures.place(*match.span())
        is_called = _CALLED.search(text[max(0, start - _LONGEST_CALL) : start]) is not None
        if is_called and not is_amount(text, start, end) and not is_date(match.group()):
            yield Finding(Kind.PHONE, start, end)


def _is_other_number(text: str, start: int, end: int) -> bool:
    """A number in one piece behind "invoice no." is what it says; a short one that merely begins with 0 is nobody's telephone."""
    number = text[start:end]
    if number.isdigit() and number.startswith("0") and len(number) < _SHORTEST_UNGROUPED:
        return True
    return " " not in number and _ORDERED.search(text[max(0, start - _LONGEST_CALL) : start]) is not None
