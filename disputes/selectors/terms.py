"""Terms as the API, the database and the drafter see them: one reading and one writing for all."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from disputes.enums import TermKind
from disputes.errors import InvalidTermsError
from disputes.selectors.case_file import Instalment, TermData
from kernel.ids import new_id
from kernel.money import Money, MoneyError

MAX_TERMS = 50
MAX_INSTALMENTS = 60
MAX_TEXT = 4000


def term_json(term: TermData) -> dict[str, Any]:
    """A term as api.md writes it."""
    return {
        "id": str(term.id),
        "kind": term.kind,
        "debtor_id": str(term.debtor_id) if term.debtor_id else None,
        "creditor_id": str(term.creditor_id) if term.creditor_id else None,
        "amount": term.amount.as_json() if term.amount else None,
        "due_date": term.due_date.isoformat() if term.due_date else None,
        "condition": term.condition,
        "text": term.text,
        "instalments": [
            {"amount": part.amount.as_json(), "due_date": part.due_date.isoformat()} for part in term.instalments
        ],
    }


def read_term(value: Mapping[str, Any]) -> TermData:
    """A stored or validated term as a value. Raises InvalidTermsError."""
    try:
        return TermData(
            id=UUID(str(value["id"])) if value.get("id") else new_id(),
            kind=value["kind"],
            debtor_id=UUID(str(value["debtor_id"])) if value.get("debtor_id") else None,
            creditor_id=UUID(str(value["creditor_id"])) if value.get("creditor_id") else None,
            amount=_money(value.get("amount")),
            due_date=_day(value.get("due_date")),
            condition=value.get("condition") or "",
            text=value.get("text") or "",
            instalments=tuple(
                Instalment(_money(part["amount"]) or Money.parse(None), _day(part["due_date"]) or date.min)
                for part in value.get("instalments") or ()
            ),
        )
    except (MoneyError, KeyError, ValueError, TypeError) as error:
        raise InvalidTermsError(_("A term cannot be read: %(error)s") % {"error": error}) from error


def _money(value: Any) -> Money | None:
    return value if isinstance(value, Money) or value is None else Money.parse(value)


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) or value is None else date.fromisoformat(value)


def check_terms(terms: Iterable[TermData], *, party_ids: frozenset[UUID], today: date) -> None:
    """Terms that can be promised: known people, sums that add up, days ahead.

    Raises InvalidTermsError that says which term (counted from 1) and what is wrong with it.
    """
    terms = tuple(terms)
    if not 0 < len(terms) <= MAX_TERMS:
        raise InvalidTermsError(
            _("A proposal has 1 to %(count)d terms; this has %(given)d.") % {"count": MAX_TERMS, "given": len(terms)}
        )
    if len({term.id for term in terms}) != len(terms):
        raise InvalidTermsError(_("Two terms carry the same id."))
    for number, term in enumerate(terms, start=1):
        if problem := _problem(term, party_ids, today):
            raise InvalidTermsError(
                _("Term %(number)d: %(problem)s") % {"number": number, "problem": problem}, term=number
            )


def _problem(term: TermData, party_ids: frozenset[UUID], today: date) -> str:
    people = {person for person in (term.debtor_id, term.creditor_id) if person is not None}
    if not people <= party_ids:
        return _("debtor and creditor must be parties of this dispute.")
    if term.kind not in TermKind.values:
        return _("the kind is one of %(kinds)s.") % {"kinds": ", ".join(TermKind.values)}
    if term.debtor_id is not None and term.debtor_id == term.creditor_id:
        return _("nobody owes something to themselves.")
    if not term.text.strip() and term.kind != "payment":
        return _("an act or declaration needs its text.")
    if len(term.text) > MAX_TEXT or len(term.condition) > MAX_TEXT:
        return _("text and condition have at most %(count)d characters.") % {"count": MAX_TEXT}
    days = [part.due_date for part in term.instalments] + ([term.due_date] if term.due_date else [])
    if any(day < today or day.year > today.year + 50 for day in days):
        return _("a due date lies in the past, or more than fifty years ahead.")
    return _payment_problem(term) if term.kind == "payment" else _no_money_problem(term)


def _no_money_problem(term: TermData) -> str:
    return _("only a payment has an amount or instalments.") if term.amount or term.instalments else ""


def _payment_problem(term: TermData) -> str:
    if term.amount is None or term.amount.amount <= 0:
        return _("a payment needs an amount greater than zero.")
    if term.debtor_id is None or term.creditor_id is None:
        return _("a payment names who pays and who is paid.")
    if len(term.instalments) > MAX_INSTALMENTS:
        return _("at most %(count)d instalments are possible.") % {"count": MAX_INSTALMENTS}
    if any(part.amount.currency != term.amount.currency or part.amount.amount <= 0 for part in term.instalments):
        return _("every instalment is greater than zero and in the term's own currency.")
    if term.instalments and sum(part.amount.amount for part in term.instalments) != term.amount.amount:
        return _("the instalments do not add up to the amount.")
    return ""
