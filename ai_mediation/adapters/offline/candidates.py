"""A round's candidate resolutions by rules: the same record settled by different principles, each whole, none the same as another.

Equal split, weighed by what is shown, interests first, and two other ways (less but at once; more but in stages). Figures stay between
the best offer and the lowest demand, permitted private words counted and never told (`ranges`). What both stood by in an earlier round
stays as it is in every candidate. Names, sides and the order of the parties move nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from ai_mediation.adapters.checks import MOST_TERMS, problems
from ai_mediation.adapters.offline.acts import OfferedAct, acts_asked, acts_offered
from ai_mediation.adapters.offline.amounts import money
from ai_mediation.adapters.offline.draft import (
    MODEL,
    MOST_PAYMENTS,
    PROMPT_VERSION,
    Payment,
    citations_of,
    clause,
    exchange_terms,
    payment_term,
    recitals_of,
    said_by_the_pair,
    settlement_term,
    sums_in_dispute,
    with_own_ids,
)
from ai_mediation.adapters.offline.facts import Fact, Record, common_ground, fact, open_points, read_record
from ai_mediation.adapters.offline.merits import merits_weight, weighed
from ai_mediation.adapters.offline.positions import Pair, Positions
from ai_mediation.adapters.offline.ranges import Range, open_ranges, private_words, within_claim
from ai_mediation.adapters.offline.reading import Reading, read
from ai_mediation.adapters.offline.reasoning import claim_steps, offer_steps, plan_steps, silent_parties
from ai_mediation.adapters.offline.rounds import clauses_kept, last_answered, rejected_last
from ai_mediation.adapters.offline.schedule import SOON, USUAL, Plan, Planner, months_later
from ai_mediation.adapters.offline.settlement import Award, consolidated
from ai_mediation.adapters.offline.wording import Wording, wording_for
from ai_mediation.adapters.offline.wording.candidates import CandidateWords, candidate_words
from disputes.public import CandidateDraft, CaseFile, Instalment, Party, Principle, ResolutionDraft, TermData
from kernel.money import Money

HALF = Decimal("0.5")
FEWEST_STAGES = 3
MOST_STAGES = 12
SECOND_HALF = 60  # days
TRIAL = 60  # days
MOST_ACTS = 12
Planning = Callable[[Pair, Money], Plan]
_HURRY = re.compile(
    r"(?<![^\W_])(?:as soon as possible|quickly|urgent(?:ly)?|at once|immediately|right away|this week|this month"
    r"|end of the month|month's end"
    r"|lump sum|one payment|single payment|no instal?ments|over with|lo antes posible|cuanto antes|pronto|urgente(?:mente)?|enseguida"
    r"|de inmediato|inmediatamente|esta semana|este mes|fin(?:al)? de(?:l)? mes|un solo pago|un único pago|sin plazos)(?![^\W_])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Recipe:
    """How one candidate is made: its rule's sentence, where in the range it lies, and when it is paid."""

    principle: Principle
    rule: str
    weight: Callable[[Range], Decimal]
    plan: Planning
    extras: Callable[[Sequence[Payment]], Sequence[TermData]] = lambda payments: ()


def draft_candidates(case: CaseFile, *, merits: Mapping[Pair, Decimal] | None = None) -> tuple[CandidateDraft, ...]:
    """Candidates that differ in substance, in a fixed order; one or none when the record leaves no choice.

    `merits` replaces the rules' weights of ranges by the merits (0 to 1), for whoever weighs better; the figures stay within bounds.
    """
    table = _Table(case)
    made = table.with_money(merits or {}) if table.ranges else table.without_money()
    return tuple(_distinct([one for one in made if not problems(case, one.draft)]))


def _distinct(candidates: Sequence[CandidateDraft]) -> Iterator[CandidateDraft]:
    seen: set[frozenset[object]] = set()
    for candidate in candidates:
        substance = frozenset(
            (
                term.kind,
                term.debtor_id,
                term.creditor_id,
                term.amount,
                term.due_date,
                term.instalments,
                "" if term.kind == "payment" else term.text,
            )
            for term in candidate.draft.terms
        )
        if substance not in seen:
            seen.add(substance)
            yield candidate


class _Table:
    """One case laid out for every candidate: what is said, what is open, what is kept."""

    def __init__(self, case: CaseFile) -> None:
        self.case = case
        self.words: Wording = wording_for(case.locale)
        self.say: CandidateWords = candidate_words(case.locale)
        self.joint: Reading = read(case)
        self.record: Record = read_record(self.joint, self.words)
        self.people: dict[UUID, Party] = {party.user_id: party for party in case.parties}
        self.positions, self.ranges = open_ranges(case, self.joint)
        awards_known = [one.award for one in self.ranges if one.award]
        rests_on = {award.pair: said_by_the_pair(award) for award in awards_known}
        self.planner = Planner(self.joint, rests_on)
        self.all_words = read(case, private_words(case))  # for what people want, never for what is told
        self.wishes = Planner(self.all_words, rests_on).wishes
        self.agreed = common_ground(self.record)
        self.disputed = [*sums_in_dispute(case, self.words, awards_known), *open_points(self.record)]
        self.kept_payments = _payments_kept(case)
        self.acts = acts_offered(self.record)
        self.asked = acts_asked(self.record)

    # --- with figures -------------------------------------------------------------------------------------------------
    def with_money(self, merits: Mapping[Pair, Decimal]) -> Iterator[CandidateDraft]:
        for recipe in self._recipes(merits):
            yield CandidateDraft(recipe.principle, self._draft(recipe))

    def _recipes(self, merits: Mapping[Pair, Decimal]) -> Iterator[Recipe]:
        yield Recipe("equal_split", "equal_split", lambda _: HALF, self.planner.plan)
        yield Recipe("merits", "merits", lambda one: self._merits(one, merits), self.planner.plan)
        yield self._interests()
        yield Recipe("creative", "less_now", lambda _: Decimal("0.3"), self._at_once, self._receipts)
        yield Recipe("creative", "more_later", lambda _: Decimal("0.7"), self._in_stages)

    def _merits(self, one: Range, merits: Mapping[Pair, Decimal]) -> Decimal:
        given = merits.get(one.pair)
        return merits_weight(self.record, one.pair) if given is None else min(max(given, Decimal(0)), Decimal(1))

    def _interests(self) -> Recipe:
        debtors = {one.pair[0] for one in self.ranges}
        creditors = {one.pair[1] for one in self.ranges}
        want_time = any(self.wishes[i].count > 1 for i in debtors if i in self.wishes)
        hurry = any(self._hurries(creditor) for creditor in creditors)
        if want_time and hurry:
            return Recipe("interests", "both", lambda _: HALF, self._half_soon, self._requests)
        if want_time:
            return Recipe("interests", "more_time", lambda _: Decimal("0.6"), self._in_parts_wished, self._requests)
        if hurry:
            return Recipe("interests", "sooner", lambda _: Decimal("0.4"), self._at_once, self._requests)
        return Recipe("interests", "halves", lambda _: HALF, self._in_halves, self._requests)

    def _hurries(self, party_id: UUID) -> bool:
        wish = self.wishes.get(party_id)
        if wish is not None and wish.count == 1:
            return True
        return any(
            _HURRY.search(sentence.spoken) and not sentence.spoken.endswith("?")
            for sentence in self.all_words.said_by(party_id)
            if sentence.source.kind == "message" or sentence.source.label
        )

    def _draft(self, recipe: Recipe) -> ResolutionDraft:
        payments = self._payments(recipe)
        paid = [payment_term(self.case, self.words, payment) for payment in payments]
        paid = [self.kept_payments.get(payment.pair, term) for payment, term in zip(payments, paid, strict=True)]
        clauses = self._clauses(list(self._act_terms(recipe.extras(payments))))
        if len(paid) + len(clauses) > MOST_TERMS:
            clauses = self._clauses([])
        terms = with_own_ids(self.case, (*paid, *clauses))
        told = self._reasons(recipe, payments)
        summary = [
            self.words.summary_payment(p.debtor, p.creditor, p.amount, p.plan.due_date, max(1, len(p.plan.instalments)))
            for p in payments[:6]
        ]
        if len(payments) > 6:
            summary.append(self.words.summary_more(len(payments) - 6))
        return self._whole(" ".join([*summary, self.say.rules[recipe.rule]]), terms, told)

    def _payments(self, recipe: Recipe) -> list[Payment]:
        if self.positions is None:
            return []
        raw = {one.pair: one.at(HALF if one.is_kept else recipe.weight(one)) for one in self.ranges}
        amounts = within_claim(raw, {one.pair: one.low for one in self.ranges}, self.positions.claim)
        sums = {**self._rounded(amounts, self.positions), **self._kept_sums()}
        due = [(pair, amount) for pair, amount in sums.items() if amount.amount > 0]
        if len(due) > MOST_PAYMENTS:
            due = consolidated([(pair, amount) for pair, amount in due])
        return [
            Payment(
                amount,
                self._plan(recipe, pair, amount),
                self.people[pair[0]],
                self.people[pair[1]],
            )
            for pair, amount in due
        ]

    def _kept_sums(self) -> dict[Pair, Money]:
        return {pair: term.amount for pair, term in self.kept_payments.items() if term.amount is not None}

    def _plan(self, recipe: Recipe, pair: Pair, amount: Money) -> Plan:
        term = self.kept_payments.get(pair)
        if term is not None and term.due_date is not None:
            return Plan(term.due_date, term.instalments, (), False, None)
        is_kept = any(one.pair == pair and one.is_kept for one in self.ranges)
        return (self.planner.plan if is_kept else recipe.plan)(pair, amount)

    def _rounded(self, amounts: Mapping[Pair, Decimal], positions: Positions) -> dict[Pair, Money]:
        sums = {pair: money(amount, positions.currency) for pair, amount in amounts.items()}
        total = sum((one.amount for one in sums.values()), Decimal(0))
        if positions.claim is not None and total > positions.claim:
            return {pair: money(amount, positions.currency, ROUND_DOWN) for pair, amount in amounts.items()}
        return sums

    # --- plans --------------------------------------------------------------------------------------------------------
    def _at_once(self, pair: Pair, amount: Money) -> Plan:
        return Plan(self._day(SOON), (), (), False, None)

    def _in_halves(self, pair: Pair, amount: Money) -> Plan:
        return self._parts(amount, [self._day(SOON), self._day(SECOND_HALF)])

    def _in_stages(self, pair: Pair, amount: Money) -> Plan:
        stages = min(max(FEWEST_STAGES, self._wished(pair) + 1), MOST_STAGES)
        return self._parts(amount, [months_later(self._day(SOON), month) for month in range(stages)])

    def _in_parts_wished(self, pair: Pair, amount: Money) -> Plan:
        count = max(2, min(self._wished(pair), MOST_STAGES))
        return self._parts(amount, [months_later(self._day(USUAL), month) for month in range(count)])

    def _half_soon(self, pair: Pair, amount: Money) -> Plan:
        """Half within two weeks; the other half in as many monthly parts as are left of those wished for."""
        rest = max(1, min(self._wished(pair), MOST_STAGES) - 1)
        if int(amount.amount / amount.minor_unit) < 2 * (rest + 1):
            return self._at_once(pair, amount)
        first, second = amount.split(2)
        days = [months_later(self._day(SOON), month + 1) for month in range(rest)]
        later = [Instalment(part, day) for part, day in zip(second.split(rest), days, strict=True)]
        return Plan(days[-1], (Instalment(first, self._day(SOON)), *later), (), False, None)

    def _parts(self, amount: Money, days: Sequence[date]) -> Plan:
        parts = min(len(days), max(1, int(amount.amount / amount.minor_unit)))
        if parts == 1:
            return Plan(days[0], (), (), False, None)
        instalments = tuple(Instalment(part, day) for part, day in zip(amount.split(parts), days, strict=False))
        return Plan(days[parts - 1], instalments, (), False, None)

    def _wished(self, pair: Pair) -> int:
        wish = self.wishes.get(pair[0])
        return wish.count if wish is not None else 0

    def _day(self, days: int) -> date:
        return self.case.today + timedelta(days=days)

    # --- clauses ------------------------------------------------------------------------------------------------------
    def _clauses(self, acts: Sequence[TermData]) -> list[TermData]:
        """What an earlier round left uncontested stays, with nothing of ours beside it."""
        kept = self._kept_clauses()
        if last_answered(self.case) is not None and kept:
            known = {term.text for term in kept}
            added = [act for act in acts if act.text not in known and not self._was_proposed(act)]
            return [*kept, *added]
        return [*acts, settlement_term(self.case, self.words)]

    def _kept_clauses(self) -> list[TermData]:
        """What nobody contested; word for word what every party agreed to."""
        agreed = {
            term.id: term
            for term in self.case.kept_terms
            if term.kind != "payment" and _is_ahead(term, self.case.today)
        }
        kept = [agreed.pop(term.id, term) for term in clauses_kept(self.case, self.case.today)]
        return [*kept, *agreed.values()]

    def _was_proposed(self, act: TermData) -> bool:
        """Left out by a counter: not brought in again."""
        return any(term.id == act.id for earlier in self.case.rounds for term in earlier.terms)

    def _act_terms(self, extras: Sequence[TermData]) -> Iterator[TermData]:
        for act in self.acts:
            others = self._others(act.party)
            yield from (self._act(act, other) for other in others) if len(others) == 1 else (self._act_to_all(act),)
        yield from extras

    def _act(self, act: OfferedAct, other: Party) -> TermData:
        text = self._told(self.say.act_to, act.party, other, act, self._day(USUAL))
        return self._clause("act", text, act.party, other, self._day(USUAL), f"offered-{act.quote.start}")

    def _act_to_all(self, act: OfferedAct) -> TermData:
        due = self._day(USUAL)
        text = self.words.offered_act(act.party, act.quote.shown, due)
        return clause(
            self.case, "act", text, act.party.user_id, due=due, key=f"offered-{act.quote.start}-{act.party.user_id}"
        )

    def _requests(self, payments: Sequence[Payment]) -> Sequence[TermData]:
        found = [
            self._clause(
                "act",
                self._told(self.say.answers_request, other, act.party, act, self._day(SOON)),
                other,
                act.party,
                self._day(SOON),
                f"request-{act.quote.start}",
            )
            for act in self.asked
            for other in self._others(act.party)
        ]
        return found if len(found) <= MOST_ACTS else []

    def _receipts(self, payments: Sequence[Payment]) -> Sequence[TermData]:
        day = self._day(SOON + 7)
        receipts = [
            self._clause(
                "act",
                self.say.receipt.format(
                    creditor=self.words.name(payment.creditor),
                    debtor=self.words.name(payment.debtor),
                    day=self.words.day(day),
                ),
                payment.creditor,
                payment.debtor,
                day,
                f"receipt-{payment.debtor.user_id}",
            )
            for payment in payments
        ]
        admission = clause(self.case, "declaration", self.say.no_admission, None, due=None, key="no-admission")
        return [*receipts, admission]

    def _told(self, sentence: str, debtor: Party, creditor: Party, act: OfferedAct, day: date) -> str:
        return sentence.format(
            debtor=self.words.name(debtor),
            creditor=self.words.name(creditor),
            day=self.words.day(day),
            quote=act.quote.shown,
        )

    def _clause(self, kind: str, text: str, debtor: Party, creditor: Party, due: date, key: str) -> TermData:
        made = clause(
            self.case,
            "act" if kind == "act" else "declaration",
            text,
            debtor.user_id,
            due=due,
            key=f"{key}-{debtor.user_id}-{creditor.user_id}",
        )
        return replace(made, creditor_id=creditor.user_id)

    def _others(self, party: Party) -> list[Party]:
        return [other for other in self.case.parties if other.side != party.side]

    # --- without figures ----------------------------------------------------------------------------------------------
    def without_money(self) -> Iterator[CandidateDraft]:
        offered = list(self._act_terms(()))
        review = [self._review(self._day(TRIAL + SOON))] if offered else [self._review(self._day(SECOND_HALF))]
        proposals = self._steps_of_each(self.say.written_proposal, SOON, "proposal")
        yield self._acts_only("equal_split", "proposals", [*offered, *proposals, *review])
        yield self._acts_only("merits", "exchange", [*offered, *self._exchange()])
        if offered or self.asked:
            trials = [self._trial(act, other) for act in self.asked for other in self._others(act.party)]
            tried = trials if len(trials) <= MOST_ACTS else []
            yield self._acts_only("interests", "trial", [*offered, *tried, self._review(self._day(TRIAL + SOON))])
        else:
            first = self._steps_of_each(self.say.priorities, SOON, "priorities")
            yield self._acts_only("interests", "priorities", [*first, *review])
        lists = self._steps_of_each(self.say.joint_list, USUAL, "list", once=True)
        yield self._acts_only("creative", "joint_list", [*offered, *lists, self._review(self._day(SECOND_HALF))])

    def _exchange(self) -> list[TermData]:
        return [
            replace(term, creditor_id=self._others(self.people[term.debtor_id])[0].user_id)
            if term.debtor_id is not None and len(self.case.parties) == 2
            else term
            for term in exchange_terms(self.case, self.words)
        ]

    def _steps_of_each(self, sentence: str, days: int, key: str, *, once: bool = False) -> list[TermData]:
        """One act of each towards each on the other side (`once`: of the claimants only); of many parties, towards them together."""
        doers = [party for party in self.case.parties if not once or party.side == "claimant"]
        pairs = [(one, other) for one in doers for other in self._others(one)]
        if len(pairs) <= MOST_ACTS:
            return [self._step(sentence, one, [other], days, key) for one, other in pairs]
        return [self._step(sentence, one, self._others(one), days, key) for one in doers if self._others(one)]

    def _step(self, sentence: str, debtor: Party, creditors: Sequence[Party], days: int, key: str) -> TermData:
        day = self._day(days)
        text = sentence.format(
            debtor=self.words.name(debtor), creditor=self.words.names(creditors), day=self.words.day(day)
        )
        made = self._clause("act", text, debtor, creditors[0], day, key)
        return made if len(creditors) == 1 else replace(made, creditor_id=None)

    def _trial(self, act: OfferedAct, other: Party) -> TermData:
        start, end = self._day(1), self._day(TRIAL)
        text = self.say.trial.format(
            debtor=self.words.name(other),
            creditor=self.words.name(act.party),
            start=self.words.day(start),
            end=self.words.day(end),
            quote=act.quote.shown,
        )
        return self._clause("act", text, other, act.party, end, f"trial-{act.quote.start}")

    def _review(self, day: date) -> TermData:
        return clause(
            self.case,
            "declaration",
            self.say.review.format(day=self.words.day(day)),
            None,
            due=day,
            key=f"review-{day}",
        )

    def _acts_only(self, principle: Principle, rule: str, acts: Sequence[TermData]) -> CandidateDraft:
        kept = self._kept_clauses()
        known = {term.text for term in kept}
        new = [act for act in acts if act.text not in known and not (kept and self._was_proposed(act))]
        terms = with_own_ids(self.case, (*kept, *new))
        rule_text = self.say.rules[rule]
        told = [
            [Fact(self.say.how_drafted, ())],
            [Fact(rule_text, ())],
            [Fact(self.say.acts_reason, ())],
            *self._common_reasons(),
        ]
        return CandidateDraft(principle, self._whole(self.say.summary_acts.format(rule=rule_text), terms, told))

    # --- reasons ------------------------------------------------------------------------------------------------------
    def _reasons(self, recipe: Recipe, payments: Sequence[Payment]) -> list[list[Fact]]:
        told = [[Fact(self.say.how_drafted, ())], [Fact(self.say.rules[recipe.rule], ()), Fact(self.say.bounds, ())]]
        steps = [list(self._steps(recipe, payment)) for payment in payments[:MOST_PAYMENTS]]
        return [*told, *steps, *self._common_reasons()]

    def _steps(self, recipe: Recipe, payment: Payment) -> Iterator[Fact]:
        """From the joint record, and only that; then what the rule gives."""
        award = next((one.award for one in self.ranges if one.pair == payment.pair), None)
        yield Fact(self.words.heading(payment.debtor, payment.creditor), ())
        if award is not None and self.positions is not None:
            yield from claim_steps(self.words, self.positions, award, payment.creditor)
            yield from offer_steps(self.words, self.positions, award, payment.debtor)
            yield from self._result(recipe, award)
        if recipe.rule == "merits":
            yield from weighed(self.record, payment.pair, self.say)
        yield from plan_steps(self.words, payment.plan, self.people)
        yield Fact(
            self.say.gives.format(
                debtor=self.words.name(payment.debtor),
                creditor=self.words.name(payment.creditor),
                amount=self.words.money(payment.amount),
            ),
            (),
        )

    def _result(self, recipe: Recipe, award: Award) -> Iterator[Fact]:
        if award.agreed:
            yield Fact(self.words.both_stood_by(award.amount), ())
        elif award.ceiling is None:
            yield Fact(self.words.offers_alone(), ())
        elif award.offer is None and award.owed is None:
            yield Fact(self.say.one_sided, ())

    def _common_reasons(self) -> list[list[Fact]]:
        told = []
        if silent := silent_parties(self.joint):
            told.append([Fact(self.words.silent(silent), ())])
        if (number := rejected_last(self.case)) is not None:
            told.append([Fact(self.words.rejected(number), ())])
        if clauses_kept(self.case, self.case.today):
            told.append([Fact(self.words.clauses_kept(), ())])
        return told

    def _whole(self, summary: str, terms: tuple[TermData, ...], told: Sequence[Sequence[Fact]]) -> ResolutionDraft:
        agreed, disputed = self.agreed, self.disputed
        quoted = [
            fact(term.text, [act.quote])
            for term in terms
            for act in (*self.acts, *self.asked)
            if act.quote.shown in term.text
        ]
        steps = [step for steps in told for step in steps]
        return ResolutionDraft(
            summary=summary,
            agreed_facts=tuple(one.text for one in agreed),
            disputed_facts=tuple(one.text for one in disputed),
            terms=terms,
            reasoning="\n\n".join(" ".join(step.text for step in paragraph) for paragraph in told if paragraph),
            citations=citations_of([*agreed, *disputed, *steps, *quoted]),
            model=MODEL,
            prompt_version=PROMPT_VERSION,
            recitals=recitals_of(self.case, self.words, agreed),
        )


def _payments_kept(case: CaseFile) -> dict[Pair, TermData]:
    """Payments every party agreed to in the last round, where their days are still ahead."""
    return {
        (term.debtor_id, term.creditor_id): term
        for term in case.kept_terms
        if term.kind == "payment" and term.debtor_id and term.creditor_id and _is_ahead(term, case.today)
    }


def _is_ahead(term: TermData, today: date) -> bool:
    days = [part.due_date for part in term.instalments] + ([term.due_date] if term.due_date else [])
    return all(day >= today for day in days)
