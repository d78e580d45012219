"""Why the figure is what it is: each step said in words, with the quotation it rests on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from ai_mediation.adapters.offline.amounts import money
from ai_mediation.adapters.offline.cues import Meaning
from ai_mediation.adapters.offline.facts import Fact, fact
from ai_mediation.adapters.offline.positions import Ask, Offer, Positions
from ai_mediation.adapters.offline.quotes import Quote, quote_sentence, quote_statement
from ai_mediation.adapters.offline.reading import Reading
from ai_mediation.adapters.offline.rounds import Stand, clauses_kept, rejected_last
from ai_mediation.adapters.offline.schedule import Plan
from ai_mediation.adapters.offline.settlement import Award
from ai_mediation.adapters.offline.statements import Statement
from ai_mediation.adapters.offline.wording import Wording
from disputes.public import Party
from kernel.money import Money

MOST_PAYMENTS = 20  # explained one by one
Say = Callable[[Party, Money, str], str]


@dataclass(frozen=True)
class Reasons:
    paragraphs: tuple[Fact, ...]
    sentences: tuple[Fact, ...]


def explain(
    reading: Reading, words: Wording, positions: Positions | None, payments: Sequence[tuple[Award, Plan]]
) -> Reasons:
    """The reasoning in paragraphs, and its sentences with their citations."""
    case = reading.case
    people = {party.user_id: party for party in case.parties}
    paragraphs = [[Fact(words.how_drafted(award=case.mode == "arbitration"), ())], [Fact(words.rules(), ())]]
    if silent := silent_parties(reading):
        paragraphs.append([Fact(words.silent(silent), ())])
    if positions is not None:
        paragraphs += [
            [*_steps(words, positions, award, people), *plan_steps(words, plan, people)]
            for award, plan in payments[:MOST_PAYMENTS]
        ]
    if not payments:
        paragraphs.append([Fact(words.no_figure(), ())])
    if (number := rejected_last(case)) is not None:
        paragraphs.append([Fact(words.rejected(number), ())])
    if clauses_kept(case, case.today):
        paragraphs.append([Fact(words.clauses_kept(), ())])
    return Reasons(
        tuple(Fact(" ".join(step.text for step in steps), ()) for steps in paragraphs),
        tuple(step for steps in paragraphs for step in steps),
    )


def silent_parties(reading: Reading) -> list[Party]:
    spoken = {party.user_id for party, sentence in reading.sentences if sentence.source.kind != "description"}
    return [party for party in reading.case.parties if party.user_id not in spoken]


def offer_quotes(award: Award) -> list[Quote | None]:
    """What both ends of the range rest on."""
    parts = [*(award.offer.statements if award.offer else ()), *(award.ask.statements if award.ask else ())]
    parts += award.conceded.statements if award.conceded else ()
    return [quote_statement(statement) for statement in parts]


def _steps(words: Wording, positions: Positions, award: Award, people: dict[UUID, Party]) -> Iterator[Fact]:
    debtor, creditor = people[award.pair[0]], people[award.pair[1]]
    yield Fact(words.heading(debtor, creditor), ())
    yield from claim_steps(words, positions, award, creditor)
    yield from offer_steps(words, positions, award, debtor)
    yield Fact(_result(words, award), ())


def claim_steps(words: Wording, positions: Positions, award: Award, creditor: Party) -> Iterator[Fact]:
    if positions.claim is None or award.ceiling is None:
        return
    yield Fact(words.claim(money(positions.claim, positions.currency), filed=positions.claim_is_filed), ())
    if award.conceded:
        yield _step(words.allows, creditor, award.conceded, positions)
    if award.confirmed:
        yield _step(words.paid_already, creditor, award.confirmed, positions)
    if award.ask:
        yield _ask_step(words, award.ask, creditor, positions)
    else:
        yield from _at_least(words, positions, creditor)
    if award.divided:
        yield Fact(words.share_of_claim(award.ceiling), ())
    elif award.ceiling.amount != positions.claim:
        yield Fact(words.still_claimed(award.ceiling), ())


def _at_least(words: Wording, positions: Positions, creditor: Party) -> Iterator[Fact]:
    """A wish for "at least" a sum is told, because it was said, and moves nothing."""
    floors = [s for s in positions.statements if s.meaning is Meaning.FLOOR and s.author == creditor]
    if floors:
        yield _quoted(words.at_least, creditor, floors[-1].money, floors[-1:])


def _ask_step(words: Wording, ask: Ask, creditor: Party, positions: Positions) -> Fact:
    amount = money(ask.amount, positions.currency)
    if ask.stand is not None:
        return _stand_step(words, creditor, amount, ask.stand)
    return _quoted(words.content_with if ask.final else words.asks, creditor, amount, ask.statements)


def offer_steps(words: Wording, positions: Positions, award: Award, debtor: Party) -> Iterator[Fact]:
    if award.owed:
        yield _step(words.owes, debtor, award.owed, positions)
    if award.offer is None:
        yield Fact(words.no_offer(debtor), ())
    elif award.offer.stand is not None:
        yield _stand_step(words, debtor, award.floor, award.offer.stand)
    elif award.offer != award.owed:
        yield _step(words.offers, debtor, award.offer, positions)


def _stand_step(words: Wording, party: Party, amount: Money, stand: Stand) -> Fact:
    say = words.stood_by if stand.said else words.let_stand
    return Fact(say(party, amount, stand.number), ())


def _step(say: Say, party: Party, offer: Offer, positions: Positions) -> Fact:
    return _quoted(say, party, money(offer.amount, positions.currency), offer.statements)


def _quoted(say: Say, party: Party, amount: Money, statements: Sequence[Statement]) -> Fact:
    quotes = list(dict.fromkeys(filter(None, map(quote_statement, statements))))
    shown = "; ".join(quote.shown for quote in quotes)
    return fact(say(party, amount, shown), quotes)


def _result(words: Wording, award: Award) -> str:
    if award.ceiling is None:
        return words.offers_alone()
    if award.agreed:
        return words.both_stood_by(award.amount)
    if award.floor < award.ceiling:
        return words.midway(award.floor, award.ceiling, award.amount)
    return words.offer_covers(award.amount)


def plan_steps(words: Wording, plan: Plan, people: dict[UUID, Party]) -> Iterator[Fact]:
    if plan.countered and plan.spacing:
        yield Fact(words.parts_countered(len(plan.instalments), plan.spacing), ())
    for author_id, sentence in plan.wishes:
        quote = quote_sentence(sentence)
        if quote is not None:
            yield fact(words.parts_wished(people[author_id], quote.shown), [quote])
