"""What every draft must pass before it leaves, whoever made it: arithmetic, days, debtor and creditor, citations, plain text."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from disputes.public import CaseFile, ResolutionDraft, TermData

MOST_TERMS = 50
LONGEST_TEXT = 4000
_MARKUP = re.compile(r"[<>{}\[\]`]|https?:|www\.|javascript:", re.IGNORECASE)


def problems(case: CaseFile, draft: ResolutionDraft) -> list[str]:
    """What is wrong with a draft, in words for logs; empty when it may be proposed. Names no private text."""
    return [*_term_problems(case, draft.terms), *_fact_problems(case, draft), *_text_problems(draft)]


def _term_problems(case: CaseFile, terms: Sequence[TermData]) -> Iterator[str]:
    people = {party.user_id for party in case.parties}
    if not 0 < len(terms) <= MOST_TERMS or len({term.id for term in terms}) != len(terms):
        yield "terms: too many, none, or the same id twice"
    for number, term in enumerate(terms, start=1):
        if not {term.debtor_id, term.creditor_id} - {None} <= people:
            yield f"term {number}: a stranger"
        if term.debtor_id is not None and term.debtor_id == term.creditor_id:
            yield f"term {number}: owed to oneself"
        if not term.text.strip() or max(len(term.text), len(term.condition)) > LONGEST_TEXT:
            yield f"term {number}: no text, or too long"
        days = [part.due_date for part in term.instalments] + ([term.due_date] if term.due_date else [])
        if any(day < case.today or day.year > case.today.year + 50 for day in days):
            yield f"term {number}: an impossible day"
        yield from (f"term {number}: {problem}" for problem in _kind_problems(term, several=len(people) > 2))
    if case.amount is not None and _total(terms, case.amount.currency) > case.amount.amount:
        yield "terms: more than is claimed"


def _kind_problems(term: TermData, *, several: bool) -> Iterator[str]:
    if term.kind == "payment":
        if term.amount is None or term.amount.amount <= 0 or term.debtor_id is None or term.creditor_id is None:
            yield "a payment without sum, debtor or creditor"
        elif (
            term.instalments
            and sum((part.amount.amount for part in term.instalments), Decimal(0)) != term.amount.amount
        ):
            yield "instalments that do not add up"
        elif any(part.amount.amount <= 0 or part.amount.currency != term.amount.currency for part in term.instalments):
            yield "an instalment that is no sum"
        return
    if term.amount is not None or term.instalments:
        yield "money in what is no payment"
    if term.kind == "act" and (term.debtor_id is None or (term.creditor_id is None and not several)):
        yield "an act without debtor or creditor"


def _total(terms: Sequence[TermData], currency: str) -> Decimal:
    return sum((t.amount.amount for t in terms if t.amount and t.amount.currency == currency), Decimal(0))


def _fact_problems(case: CaseFile, draft: ResolutionDraft) -> Iterator[str]:
    texts: dict[tuple[str, UUID], str] = {(source.kind, source.id): source.text for source in case.sources}
    for citation in draft.citations:
        text = texts.get((citation.source, citation.source_id))
        if text is None or text[citation.start : citation.end] != citation.quote or not citation.quote.strip():
            yield "a citation that points nowhere"
    cited = {citation.claim for citation in draft.citations}
    if any(fact not in cited for fact in draft.agreed_facts):
        yield "a fact without a citation"


def _text_problems(draft: ResolutionDraft) -> Iterator[str]:
    told = [draft.summary, draft.reasoning, *draft.agreed_facts, *draft.disputed_facts, *draft.recitals]
    told += [f"{term.text} {term.condition}" for term in draft.terms]
    if any(_MARKUP.search(text) for text in told):
        yield "markup or an address in the text"
