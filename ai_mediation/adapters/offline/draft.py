"""The whole draft: a pure function of the case file. The same case file gives the same draft, word for word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ai_mediation.adapters.offline.acts import OfferedAct, acts_offered
from ai_mediation.adapters.offline.facts import Fact, common_ground, fact, open_points, read_record
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.positions import read_positions
from ai_mediation.adapters.offline.reading import Reading, read
from ai_mediation.adapters.offline.reasoning import explain, offer_quotes
from ai_mediation.adapters.offline.rounds import clauses_kept, last_answered, payment_before
from ai_mediation.adapters.offline.schedule import SOON, USUAL, Plan, Planner
from ai_mediation.adapters.offline.sentences import Sentence
from ai_mediation.adapters.offline.settlement import Award, awards, consolidated
from ai_mediation.adapters.offline.wording import Wording, wording_for
from disputes.public import CaseFile, Citation, Party, ResolutionDraft, TermData
from kernel.money import Money

MODEL = "offline-rules"
PROMPT_VERSION = "offline-1"


MOST_PAYMENTS = 20  # above it, payments between many parties are consolidated


@dataclass(frozen=True)
class Payment:
    """One payment as planned."""

    amount: Money
    plan: Plan
    debtor: Party
    creditor: Party

    @property
    def pair(self) -> tuple[UUID, UUID]:
        return (self.debtor.user_id, self.creditor.user_id)


def draft_resolution(case: CaseFile) -> ResolutionDraft:
    """A proposal drafted by fixed rules. Never raises on what parties wrote; never names a fact the record does not hold.

    Every term is plain text. Amounts lie between the debtor's best offer and the creditor's claim; due dates lie after
    `case.today`; every sentence about the record has citations that resolve, except what rests on the filing itself.
    """
    words, reading = wording_for(case.locale), read(case)
    positions = read_positions(reading)
    found = awards(positions) if positions else []
    planner = Planner(reading, {award.pair: said_by_the_pair(award) for award in found})
    payments = _payments(reading, found, planner)
    record = read_record(reading, words)
    agreed, disputed = common_ground(record), [*sums_in_dispute(case, words, found), *open_points(record)]
    acts = acts_offered(record)
    terms = with_own_ids(case, _terms(case, words, payments, acts))
    reasons = explain(reading, words, positions, [(award, planner.plan(award.pair, award.amount)) for award in found])
    return ResolutionDraft(
        summary=_summary(case, words, payments, terms),
        agreed_facts=tuple(one.text for one in agreed),
        disputed_facts=tuple(one.text for one in disputed),
        terms=terms,
        reasoning="\n\n".join(paragraph.text for paragraph in reasons.paragraphs),
        citations=citations_of([*agreed, *disputed, *reasons.sentences, *act_facts(words, case, acts)]),
        model=MODEL,
        prompt_version=PROMPT_VERSION,
        recitals=recitals_of(case, words, agreed),
    )


def citations_of(facts: Sequence[Fact]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(citation for one in facts for citation in one.citations))


def _payments(reading: Reading, found: Sequence[Award], planner: Planner) -> list[Payment]:
    people = {party.user_id: party for party in reading.case.parties}
    due = [(award.pair, award.amount) for award in found]
    if len(due) > MOST_PAYMENTS:
        due = consolidated(due)
    return [Payment(money, planner.plan(pair, money), people[pair[0]], people[pair[1]]) for pair, money in due]


def said_by_the_pair(award: Award) -> list[tuple[UUID, Sentence]]:
    """What the two say in offering and accepting, the latest first; what one of them only demands is not among it."""
    parts = [*(award.offer.statements if award.offer else ())]
    parts += award.ask.statements if award.ask and award.ask.final else ()
    said = [(part.author.user_id, part.sentence) for part in parts if part.author.user_id in award.pair]
    return said[::-1]


def sums_in_dispute(case: CaseFile, words: Wording, found: Sequence[Award]) -> Iterator[Fact]:
    people = {party.user_id: party for party in case.parties}
    for award in found[:MOST_PAYMENTS]:
        if award.ceiling is not None and award.floor < award.ceiling and not award.agreed:
            debtor, creditor = people[award.pair[0]], people[award.pair[1]]
            yield fact(words.sum_is_open(debtor, creditor, award.floor, award.ceiling), offer_quotes(award))


# --- terms ------------------------------------------------------------------------------------------------------------
def _terms(
    case: CaseFile, words: Wording, payments: Sequence[Payment], acts: Sequence[OfferedAct]
) -> tuple[TermData, ...]:
    paid = [payment_term(case, words, payment) for payment in payments]
    kept = clauses_kept(case, case.today)
    if last_answered(case) is not None and kept:
        return (*paid, *kept)
    offered = [act_term(case, words, number, act) for number, act in enumerate(acts)]
    if not paid and not offered:
        return tuple(exchange_terms(case, words))
    return (*paid, *offered, settlement_term(case, words))


def with_own_ids(case: CaseFile, terms: Sequence[TermData]) -> tuple[TermData, ...]:
    """A counter may carry any id; one that another clause has already is replaced."""
    seen: set[UUID] = set()
    own = []
    for number, term in enumerate(terms):
        own.append(replace(term, id=term_id(case, "again", str(number))) if term.id in seen else term)
        seen.add(own[-1].id)
    return tuple(own)


def payment_term(case: CaseFile, words: Wording, payment: Payment) -> TermData:
    plan, amount = payment.plan, payment.amount
    before = payment_before(last_answered(case), payment.pair)
    return TermData(
        id=before.id if before else term_id(case, "payment", *map(str, payment.pair)),
        kind="payment",
        debtor_id=payment.debtor.user_id,
        creditor_id=payment.creditor.user_id,
        amount=amount,
        due_date=plan.due_date,
        condition=words.acceleration() if plan.instalments else "",
        text=words.payment(payment.debtor, payment.creditor, amount, plan.due_date, plan.instalments),
        instalments=plan.instalments,
    )


def act_term(case: CaseFile, words: Wording, number: int, act: OfferedAct) -> TermData:
    due = case.today + timedelta(days=USUAL)
    text = words.offered_act(act.party, act.quote.shown, due)
    return clause(case, "act", text, act.party.user_id, due=due, key=f"offered-{number}")


def act_facts(words: Wording, case: CaseFile, acts: Sequence[OfferedAct]) -> list[Fact]:
    due = case.today + timedelta(days=USUAL)
    return [fact(words.offered_act(act.party, act.quote.shown, due), [act.quote]) for act in acts]


def settlement_term(case: CaseFile, words: Wording) -> TermData:
    return clause(case, "declaration", words.settlement(plain(case.title)), None, due=None, key="settlement")


def exchange_terms(case: CaseFile, words: Wording) -> Iterator[TermData]:
    """Where no sum can be proposed: who relies on what, in writing, by a day; and nobody gives anything up."""
    first, second = case.today + timedelta(days=SOON), case.today + timedelta(days=USUAL)
    for party in case.parties:
        yield clause(
            case, "act", words.exchange(party, first), party.user_id, due=first, key=f"exchange-{party.user_id}"
        )
    yield clause(case, "declaration", words.answer(second), None, due=second, key="answer")


def clause(
    case: CaseFile, kind: Literal["act", "declaration"], text: str, debtor: UUID | None, *, due: date | None, key: str
) -> TermData:
    return TermData(
        id=term_id(case, kind, key),
        kind=kind,
        debtor_id=debtor,
        creditor_id=None,
        amount=None,
        due_date=due,
        condition="",
        text=text,
    )


def term_id(case: CaseFile, *parts: str) -> UUID:
    """The same clause of the same dispute has the same id in every draft."""
    return uuid5(case.dispute_id, "|".join(("term", *parts)))


# --- summary and background -------------------------------------------------------------------------------------------
def _summary(case: CaseFile, words: Wording, payments: Sequence[Payment], terms: Sequence[TermData]) -> str:
    told = [
        words.summary_payment(p.debtor, p.creditor, p.amount, p.plan.due_date, max(1, len(p.plan.instalments)))
        for p in payments[:6]
    ]
    if len(payments) > 6:
        told.append(words.summary_more(len(payments) - 6))
    if any(term.text == words.settlement(plain(case.title)) for term in terms):
        told.append(words.summary_settled())
    elif not payments:
        told.append(words.summary_no_money())
    told.append(words.how_drafted(award=case.mode == "arbitration"))
    return " ".join(told)


def recitals_of(case: CaseFile, words: Wording, agreed: Sequence[Fact]) -> tuple[str, ...]:
    claimants = [party for party in case.parties if party.side == "claimant"]
    respondents = [party for party in case.parties if party.side == "respondent"]
    filed = case.filed_at.astimezone(_zone(case.timezone)).date()
    return (
        words.filed(claimants, respondents, plain(case.title), filed),
        words.filed_sum(case.amount),
        *(words.background_fact(one.text) for one in agreed),
        words.wish_to_settle(),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
