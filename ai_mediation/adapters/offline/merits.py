"""How well what each side claims is shown: admitted, named by both, named in a document, or words alone.

The weight of a range by the merits: one third where the claim rests on words alone, two thirds where all its sums are shown; what the
paying side shows of its own counts against it by half as much.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from ai_mediation.adapters.offline.cues import Meaning
from ai_mediation.adapters.offline.facts import Fact, Record, fact
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.positions import Pair
from ai_mediation.adapters.offline.quotes import Quote, quote_statement
from ai_mediation.adapters.offline.statements import Statement
from ai_mediation.adapters.offline.wording.candidates import CandidateWords
from kernel.money import Money

MOST_ITEMS = 12
_CLAIMS = {Meaning.COST, Meaning.PAID, Meaning.UNPAID, Meaning.TAKE}
_DEFENDS = {Meaning.COST, Meaning.PAID, Meaning.WITHHOLD}
THIRD, SIXTH = Decimal(1) / 3, Decimal(1) / 6


@dataclass(frozen=True)
class Item:
    """One sum a party relies on. `paper` is the line of its own document that names it."""

    statement: Statement
    paper: Quote | None
    by_both: bool

    @property
    def is_shown(self) -> bool:
        return self.by_both or self.paper is not None


def items_of(record: Record, party_id: UUID, *, claims: bool) -> list[Item]:
    """The distinct sums a party relies on, the first dozen."""
    wanted = _CLAIMS if claims else _DEFENDS
    found: dict[Money, Item] = {}
    for statement in record.statements:
        if statement.author.user_id == party_id and statement.meaning in wanted and statement.money not in found:
            paper = record.papers.get((party_id, statement.money))
            by_both = len(record.by_sum.get(statement.money, ())) > 1
            found[statement.money] = Item(statement, paper, by_both)
    return list(found.values())[:MOST_ITEMS]


def share_shown(items: list[Item]) -> Decimal:
    """The part of the sums relied on, by amount, that is shown; nothing where nothing is relied on."""
    total = sum((item.statement.money.amount for item in items), Decimal(0))
    shown = sum((item.statement.money.amount for item in items if item.is_shown), Decimal(0))
    return shown / total if total else Decimal(0)


def merits_weight(record: Record, pair: Pair) -> Decimal:
    """Between one sixth and two thirds."""
    debtor, creditor = pair
    claimed = share_shown(items_of(record, creditor, claims=True))
    claimed = max(claimed, _claim_itself(record, pair))
    defended = share_shown(items_of(record, debtor, claims=False))
    return THIRD + THIRD * claimed - SIXTH * defended


def _claim_itself(record: Record, pair: Pair) -> Decimal:
    """The sum as filed counts as shown when a document of the creditor's names it or the other side names it too."""
    claim = record.case.amount
    if claim is None:
        return Decimal(0)
    debtor_side = next((party.side for party in record.case.parties if party.user_id == pair[0]), "")
    named = record.by_sum.get(claim, {}).get(debtor_side) is not None
    return Decimal(1) if named or (pair[1], claim) in record.papers else Decimal(0)


def weighed(record: Record, pair: Pair, say: CandidateWords) -> Iterator[Fact]:
    """What was weighed, sum by sum, with the words it rests on; what cannot be quoted is not told."""
    for party_id, claims in ((pair[1], True), (pair[0], False)):
        for item in items_of(record, party_id, claims=claims)[:4]:
            told = _told(record, item, say)
            if told is not None:
                yield told


def _told(record: Record, item: Item, say: CandidateWords) -> Fact | None:
    quote = quote_statement(item.statement)
    if quote is None:
        return None
    words = record.words
    parts = {
        "name": words.name(item.statement.author),
        "amount": words.money(item.statement.money),
        "said": _quoted(words.locale, quote.shown),
    }
    if item.paper is not None:
        label = plain(item.paper.source.label) or _quoted(words.locale, item.paper.shown)
        return fact(say.shown_by_paper.format(**parts, paper=label), [quote, item.paper])
    return fact((say.named_by_both if item.by_both else say.word_alone).format(**parts), [quote])


def _quoted(locale: str, text: str) -> str:
    return f"«{text}»" if locale == "es" else f"“{text}”"
