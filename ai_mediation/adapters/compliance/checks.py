# ruff: noqa: SIM905 - lists of words are read as words
"""Checks that words alone cannot make: sums, days, rates, who the parties are. Each answers with the places that are wrong.

A check for something that must be there answers `MISSING` when it is not.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ai_mediation.adapters.compliance.phrases import hits, parse_phrase
from ai_mediation.adapters.compliance.wordlist import Clause, Words
from ai_mediation.adapters.offline.amounts import Mention, mentions_in
from ai_mediation.adapters.offline.dates import dates_in


@dataclass(frozen=True)
class Place:
    """Characters `start` to `end` of the text; `start == end == 0` says that something is nowhere."""

    start: int
    end: int


MISSING = Place(0, 0)
Check = Callable[[Words, float | None], Iterator[Place]]


def instalments_add_up(text: Words, limit: float | None) -> Iterator[Place]:
    """ "900 EUR in 3 instalments of 250 EUR": number times part is not the whole. A cent per part is rounding."""
    for match in _INSTALMENTS.finditer(text.text):
        clause = _clause_at(text, match.start())
        sums = _sums(text.text_of(clause))
        if len(sums) != 2 or sums[0].currency != sums[1].currency:
            continue
        whole, part = max(m.amount for m in sums), min(m.amount for m in sums)
        count = _count(match.group(1))
        if count and abs(count * part - whole) > count * Decimal("0.01"):
            yield Place(clause.start, clause.end)


def days_exist(text: Words, limit: float | None) -> Iterator[Place]:
    """A day that no calendar has, such as 31 June or 2027-02-30."""
    for mention in dates_in(text.text):
        if mention.day > calendar.monthrange(mention.year or 2024, mention.month)[1]:
            yield Place(mention.start, mention.end)
    for match in _NUMERIC_DAY.finditer(text.text):
        year, month, day = (int(part) for part in match.groups())
        if year and (not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]):
            yield Place(*match.span())


def interest_at_most(text: Words, limit: float | None) -> Iterator[Place]:
    """A rate for being late above `limit` per cent a year; rates per month, week or day are counted up to a year."""
    for clause in text.clauses:
        words = text.text_of(clause)
        if not _LATE.search(words):
            continue
        for match in _RATE.finditer(words):
            rate = _decimal(match.group(1))
            if rate is not None and rate * _per_year(words, match.end()) > Decimal(str(limit or 0)):
                yield Place(clause.start, clause.end)
                break


def two_parties_named(text: Words, limit: float | None) -> Iterator[Place]:
    """Who is bound: at least two names or parts ("the Buyer", "la arrendataria") must stand in the text."""
    named = {match.group() for match in _NAME.finditer(text.text) if not _is_heading(match.group())}
    parts = {part for part in _PARTS if any(word.startswith(part) for word in text.vocabulary)}
    if len(named) < 2 and len(parts) < 2:
        yield MISSING


def sum_named(text: Words, limit: float | None) -> Iterator[Place]:
    """A text that speaks of paying names a sum with its currency."""
    if not any(_sums(text.text_of(clause)) for clause in text.clauses):
        yield MISSING


def time_named(text: Words, limit: float | None) -> Iterator[Place]:
    """A text that speaks of doing something says until when: a day, a number of days, or at once."""
    if any(True for _ in dates_in(text.text)) or _NUMERIC_DAY.search(text.text) or _SLASH_DAY.search(text.text):
        return
    if not any(True for phrase in _SOON for _ in hits(phrase, text)):
        yield MISSING


CHECKS: dict[str, Check] = {
    "instalments_add_up": instalments_add_up,
    "days_exist": days_exist,
    "interest_at_most": interest_at_most,
    "two_parties_named": two_parties_named,
    "sum_named": sum_named,
    "time_named": time_named,
}

_INSTALMENTS = re.compile(
    r"\b(\d{1,3}|two|three|four|five|six|ten|twelve|dos|tres|cuatro|cinco|seis|diez|doce)\s+"
    r"(?:[^\W\d_]+\s+){0,2}(?:instal?lments|payments|plazos|cuotas|pagos|mensualidades)\b",
    re.IGNORECASE,
)
_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twelve": 12,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "diez": 10, "doce": 12,
}  # fmt: skip
_NUMERIC_DAY = re.compile(r"(?<![\w.-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\w-])")
_SLASH_DAY = re.compile(r"(?<![\w/.])\d{1,2}[/.]\d{1,2}[/.]\d{4}(?![\w/])")
_LATE = re.compile(
    r"\b(?:interest|late|overdue|default|penalt\w+|inter[eé]s\w*|mora|demora|recargo|penaliza\w+)\b", re.I
)
_RATE = re.compile(r"(\d{1,5}(?:[.,]\d{1,4})?)\s{0,2}(?:%|per\s?cent\b|por\s(?:ciento|100)\b)", re.I)
_PERIOD = re.compile(
    r"(?P<d>\bday\b|\bdaily\b|\bd[ií]a\b|\bdiario\b)|(?P<w>\bweek\b|\bweekly\b|\bsemana\b|\bsemanal\b)"
    r"|(?P<m>\bmonth\b|\bmonthly\b|\bmes\b|\bmensual\b)|(?P<y>\byear\b|\bannum\b|\bannual\b|\byearly\b|\baño\b|\banual\b)",
    re.I,
)
_NAME = re.compile(
    r"\b[A-ZÁÉÍÓÚÑÄÖÜ][\w’'-]+(?:[ \t]+(?:de|del|la|van|von|y|&)(?=[ \t]))?(?:[ \t]+[A-ZÁÉÍÓÚÑÄÖÜ][\w.’'-]*){1,3}"
)
_HEADINGS = frozenset(
    "agreement settlement contract full final general terms agreed facts background signatures signature case "
    "text default acuerdo contrato transaccional antecedentes estipulaciones firmas firma expediente general".split()
)
_PARTS = (
    "claimant", "respondent", "buyer", "seller", "landlord", "tenant", "creditor", "debtor", "employer", "employee",
    "customer", "supplier", "contractor", "lender", "borrower", "licensor", "licensee", "plaintiff", "defendant", "lessor", "lessee",
    "reclamante", "reclamada", "reclamado", "comprador", "vendedor", "arrendador", "arrendatari", "acreedor", "deudor",
    "empleador", "trabajador", "cliente", "proveedor", "contratista", "prestamista", "prestatari", "demandante", "demandad",
)  # fmt: skip
_SOON = tuple(
    map(
        parse_phrase,
        (
            "within ..6 day*|week*|month*|hour*", "immediately|forthwith|today|tomorrow", "upon|on|at ..3 sign*|signature|delivery|receipt",
            "at_once", "by|before|until ..3 end", "en ..2 plazo", "dentro ..3 dia*|semana*|mes*", "inmediata*|hoy|manana",
            "a|tras|con|desde ..2 firma|entrega|recepcion", "antes ..2 de", "en ..2 # dia*|semana*|mes*", "each|every month|week",
            "cada mes|semana", "mensual*|semanal*|monthly|weekly",
        ),
    )
)  # fmt: skip


def _clause_at(text: Words, start: int) -> Clause:
    return next(clause for clause in text.clauses if clause.start <= start < clause.end)


def _sums(words: str) -> list[Mention]:
    return [mention for mention in mentions_in(words, None, in_words=True) if mention.currency is not None]


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.get(word.casefold(), 0)


def _decimal(number: str) -> Decimal | None:
    try:
        return Decimal(number.replace(",", "."))
    except InvalidOperation:
        return None


def _per_year(words: str, after: int) -> Decimal:
    """How often the period that is named after the rate fits in a year; a rate without one is a yearly one."""
    found = _PERIOD.search(words, after, after + 40)
    if found is None:
        return Decimal(1)
    return {"d": Decimal(365), "w": Decimal(52), "m": Decimal(12), "y": Decimal(1)}[str(found.lastgroup)]


def _is_heading(name: str) -> bool:
    return any(word.casefold() in _HEADINGS for word in name.split())
