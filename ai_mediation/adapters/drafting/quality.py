"""How good a draft is: checks with names, each a share from 0 to 1, and what they object to in words.

The score is their mean by weight: completeness 30 %, no blanks left 20 %, amounts 15 %, dates 15 %, policy 15 %, readability 5 %.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ai_mediation.adapters.compliance.analysis import Analysis
from ai_mediation.adapters.compliance.wordlist import Words
from ai_mediation.adapters.drafting.placeholders import placeholders_in
from kernel.errors import FieldError
from kernel.money import Money, MoneyError

WEIGHTS = {"completeness": 30, "blanks": 20, "amounts": 15, "dates": 15, "policy": 15, "readability": 5}
LONG_SENTENCE = 45  # words; contracts are allowed more than the 25 of plain-language guides
_COST = {"high": 0.5, "medium": 0.2, "low": 0.05}


@dataclass(frozen=True)
class NamedCheck:
    """One check; `warnings` say what costs it its share."""

    name: str
    score: float
    warnings: tuple[str, ...] = ()


def checks_of(
    *,
    text: str,
    data: Mapping[str, Any],
    schema: Mapping[str, Any],
    missing: Sequence[FieldError],
    analysis: Analysis | None,
    today: date,
) -> tuple[NamedCheck, ...]:
    """All checks of one draft; without an `analysis` no policy was there to read it against, and that check is left out."""
    found = [
        _completeness(data, schema, missing),
        _blanks(data, missing),
        _check("amounts", list(_amounts(data))),
        _check("dates", list(_dates(data, today))),
        _policy(analysis) if analysis is not None else None,
        _readability(text),
    ]
    return tuple(check for check in found if check is not None)


def score_of(checks: Sequence[NamedCheck]) -> Decimal:
    """0 to 1, three decimals."""
    weight = sum(WEIGHTS[check.name] for check in checks)
    total = sum(WEIGHTS[check.name] * check.score for check in checks)
    return Decimal(str(round(total / weight, 3)))


def _completeness(data: Mapping[str, Any], schema: Mapping[str, Any], missing: Sequence[FieldError]) -> NamedCheck:
    needed = max(1, len(schema.get("required", ())) + sum(_required_inside(data)))
    warnings = tuple(_("Missing: %(place)s.") % {"place": error.pointer.removeprefix("/inputs")} for error in missing)
    return NamedCheck("completeness", max(0.0, 1 - len(missing) / needed), warnings)


def _required_inside(value: Any) -> Iterator[int]:
    """Rows of lists count as one thing each that can be missing."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _required_inside(item)
    elif isinstance(value, list):
        yield len(value)


def _blanks(data: Mapping[str, Any], missing: Sequence[FieldError]) -> NamedCheck:
    blanks = list(dict.fromkeys(placeholders_in(dict(data))))
    if not blanks and not missing:
        return NamedCheck("blanks", 1.0)
    shown = ", ".join(blanks[:5])
    words = ngettext(
        "%(count)d blank is still to be filled in: %(shown)s",
        "%(count)d blanks are still to be filled in: %(shown)s",
        len(blanks),
    )
    return NamedCheck("blanks", 0.0, (words % {"count": len(blanks), "shown": shown},) if blanks else ())


def _check(name: str, warnings: list[str]) -> NamedCheck:
    return NamedCheck(name, max(0.0, 1 - 0.5 * len(warnings)), tuple(warnings))


def _amounts(data: Mapping[str, Any]) -> Iterator[str]:
    """Instalments add up to their sum, and who pays and is paid is a party."""
    names = {str(party.get("name")) for party in _rows(data.get("parties"))}
    for number, term in enumerate(_rows(data.get("terms")), 1):
        parts = [_money(part.get("amount")) for part in _rows(term.get("instalments"))]
        whole = _money(term.get("amount"))
        if parts and whole is not None and all(parts):
            total = sum((part.amount for part in parts if part), Decimal(0))
            if total != whole.amount or any(part and part.currency != whole.currency for part in parts):
                facts = {
                    "number": number,
                    "total": f"{total} {whole.currency}",
                    "sum": f"{whole.amount} {whole.currency}",
                }
                yield _("Term %(number)d: the instalments come to %(total)s, not %(sum)s.") % facts
        if term.get("kind") == "payment" and whole is None and not parts:
            yield _("Term %(number)d is a payment without a sum.") % {"number": number}
        for role in ("debtor", "creditor"):
            name = term.get(role)
            if name and names and name not in names:
                yield _("Term %(number)d names “%(name)s”, who is none of the parties.") % {
                    "number": number,
                    "name": name,
                }
        if term.get("debtor") and term.get("debtor") == term.get("creditor"):
            yield _("Term %(number)d: debtor and creditor are the same.") % {"number": number}


def _dates(data: Mapping[str, Any], today: date) -> Iterator[str]:
    """Nothing falls due before the agreement, and instalments come in order."""
    made = _day(data.get("date")) or today
    for number, term in enumerate(_rows(data.get("terms")), 1):
        days = [day for part in _rows(term.get("instalments")) if (day := _day(part.get("due_date")))]
        if days != sorted(days):
            yield _("Term %(number)d: the instalments are not in the order of their dates.") % {"number": number}
        for day in [*days[:1], *filter(None, [_day(term.get("due_date"))])]:
            if day < made:
                facts = {"number": number, "day": day.isoformat(), "made": made.isoformat()}
                yield _("Term %(number)d falls due on %(day)s, before the agreement of %(made)s.") % facts
    if made > today.replace(year=today.year + 1, day=min(today.day, 28)):
        yield _("The agreement is dated more than a year from now.")


def _policy(analysis: Analysis) -> NamedCheck:
    cost = sum(_COST[finding.severity] for finding in analysis.findings)
    return NamedCheck("policy", max(0.0, 1 - cost), tuple(finding.message for finding in analysis.findings))


def _readability(text: str) -> NamedCheck:
    words = Words(text)
    sentences = [clause for clause in words.clauses if clause.last - clause.first >= 4]
    long = [clause for clause in sentences if clause.last - clause.first + 1 > LONG_SENTENCE]
    share = 1 - len(long) / len(sentences) if sentences else 1.0
    if share >= 0.8:
        return NamedCheck("readability", 1.0)
    facts = {"count": len(long), "most": LONG_SENTENCE}
    return NamedCheck("readability", share, (_("%(count)d sentences have more than %(most)d words.") % facts,))


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _money(value: Any) -> Money | None:
    try:
        return Money.parse(value)
    except MoneyError:
        return None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
