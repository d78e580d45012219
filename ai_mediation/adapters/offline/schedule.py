"""When: the days parties offer to pay by, else due dates counted from the day of the draft; and instalments.

Nothing is ever due in the past.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean
from uuid import UUID

from ai_mediation.adapters.offline.dates import days_ahead
from ai_mediation.adapters.offline.numbers import read_count
from ai_mediation.adapters.offline.reading import PRIVATE, Reading
from ai_mediation.adapters.offline.rounds import (
    comments,
    instalments_asked,
    last_answered,
    payment_before,
    payments_countered,
    spacing_in,
)
from ai_mediation.adapters.offline.sentences import Sentence
from disputes.public import CaseFile, Instalment
from kernel.money import Money

Pair = tuple[UUID, UUID]
SOON = 14  # days, where the debtor offers to pay at once
USUAL = 30  # days
EARLIEST = 5  # days a party must have at least when a month's end is asked for
MOST_PARTS = 36
LATEST = 3650  # days; a date beyond ten years is none of a settlement

_COUNT = re.compile(
    r"(?<![^\W_])(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve|dos|tres|cuatro|cinco|seis|siete"
    r"|ocho|nueve|diez|doce)\s"
    r"(?:(?:equal|monthly|weekly|iguales|mensuales|partial|separate)\s){0,2}"
    r"(?:parts|payments|instal?lments|rates|partes|pagos|plazos|cuotas|mensualidades|veces)(?![^\W_])",
    re.IGNORECASE,
)
_OBJECTION = re.compile(
    r"(?<![^\W_])(?:no instal?lments|not in (?:instal?lments|parts)|without instal?lments|in one (?:payment|sum"
    r"|go)|one single payment|(?:a )?single payment"
    r"|lump sum|all at once|sin plazos|no a plazos|no quiero plazos|un solo pago|un único pago"
    r"|de una (?:sola )?vez|en un pago)(?![^\W_])",
    re.IGNORECASE,
)
_NO_COUNT = re.compile(r"(?<![^\W_])(?:not|no|never|n't|n’t|refuse|without|sin|ni)(?![^\W_])", re.IGNORECASE)
_SOON = re.compile(
    r"(?<![^\W_])(?:at once|immediately|right away|straight away|today|tomorrow|now|this week|within (?:a|one"
    r"|two) weeks?|enseguida|de inmediato|inmediatamente"
    r"|hoy|mañana|ahora|esta semana|ya mismo)(?![^\W_])",
    re.IGNORECASE,
)
_THIS_MONTH = re.compile(
    r"(?<![^\W_])(?:this month|end of the month|month's end|este mes"
    r"|fin(?:al)? de(?:l)? mes)(?![^\W_])",
    re.IGNORECASE,
)
# What stands right before the day that something is paid by, or that instalments begin on.
_PAID_BY = re.compile(
    r"(?<![^\W_])(?:by|on|until|before|no later than|not later than|due|antes del?|hasta|para|a más tardar"
    r"|el)(?: the| el| día| de)?\s\Z",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    r"(?<![^\W_])(?:(?:start|begin|commenc)(?:ing|s)?|from|as of|first (?:\w+ )?(?:on|by|due)|a partir|desde"
    r"|empezando|comenzando|(?:el |la )?primer[oa]? (?:\w+ )?(?:el|antes))"
    r"(?: on| from| in| with| the| del| de| el| día){0,2}\s\Z",
    re.IGNORECASE,
)
_NO_DAY = re.compile(r"(?<![^\W_])(?:cannot|can't|can’t|won't|won’t|unable|tampoco|nunca)(?![^\W_])", re.IGNORECASE)
_BEFORE_A_DAY = 40  # characters
_PART_WORDS = frozenset(
    [
        "parts",
        "payments",
        "payment",
        "instalments",
        "installments",
        "rates",
        "partes",
        "pagos",
        "plazos",
        "cuotas",
        "mensualidades",
        "veces",
        "lump",
        "sum",
        "once",
        "pago",
        "vez",
        "go",
    ]
)
_PAY_WORDS = frozenset(
    [
        "pay",
        "return",
        "refund",
        "repay",
        "transfer",
        "pagar",
        "pagaré",
        "pago",
        "devolver",
        "devolveré",
        "abonar",
        "abonaré",
    ]
)


@dataclass(frozen=True)
class Plan:
    """When a payment falls due. `wishes` are the sentences it follows; `answered` says that a counter set the parts."""

    due_date: date
    instalments: tuple[Instalment, ...]
    wishes: tuple[tuple[UUID, Sentence], ...]
    countered: bool
    spacing: tuple[int, str] | None


class Planner:
    """Plans the payments of one case from what both sides say of parts and dates; the latest counters come first."""

    def __init__(self, reading: Reading, rests_on: Mapping[Pair, Sequence[tuple[UUID, Sentence]]]) -> None:
        """`rests_on`: the sentences in which a pair offers and accepts, with who says each."""
        self.case = reading.case
        self.rests_on = rests_on
        self.days: dict[tuple[UUID, int, bool], date | None] = {}  # each sentence is searched once, not for every pair
        self.last = last_answered(self.case)
        self.wishes = _latest_wishes(reading)
        self.prompt = {party.user_id for party, sentence in reading.sentences if _is_prompt_offer(sentence)}

    def plan(self, pair: Pair, amount: Money) -> Plan:
        wishes = [self.wishes[party_id] for party_id in pair if party_id in self.wishes]
        asked = instalments_asked(self.case, pair)
        before = payment_before(self.last, pair)
        parts = _parts(asked, wishes, len(before.instalments) if before else 0)
        parts = min(parts, max(1, int(amount.amount / amount.minor_unit)))
        first = self._first_due(pair, parts, wishes)
        if parts == 1:
            return Plan(first, (), (), bool(asked), None)
        spacing = _spacing(self.case, pair)
        days = [_later(first, spacing, step) for step in range(parts)]
        instalments = tuple(Instalment(part, day) for part, day in zip(amount.split(parts), days, strict=True))
        followed = () if asked else tuple((wish.author_id, wish.sentence) for wish in wishes)
        return Plan(days[-1], instalments, followed, bool(asked), spacing)

    def _first_due(self, pair: Pair, parts: int, wishes: "Sequence[_Wish]") -> date:
        today = self.case.today
        countered = _dates_countered(self.case, pair)
        if countered:
            return _not_past(_mean_date(countered), today)
        kept = _date_kept(self.case, pair, parts)
        if kept is not None:
            return kept
        named = self._day_named(pair, parts, wishes)
        if named is not None:
            return named
        if parts > 1 and any(wish.this_month for wish in wishes):
            end = today.replace(day=monthrange(today.year, today.month)[1])
            return end if (end - today).days >= EARLIEST else today + timedelta(days=SOON)
        return today + timedelta(days=SOON if parts > 1 or pair[0] in self.prompt else USUAL)

    def _day_named(self, pair: Pair, parts: int, wishes: "Sequence[_Wish]") -> date | None:
        """The day the debtor, else the creditor, offers to pay or be paid by; of instalments the day they begin on."""
        said = list(self.rests_on.get(pair, ()))
        if parts > 1:
            said = [*((wish.author_id, wish.sentence) for wish in wishes if wish.count > 1), *said]
        for party_id in pair:
            for author_id, sentence in said:
                if author_id == party_id and (day := self._day_in(sentence, beginning=parts > 1)):
                    return day
        return None

    def _day_in(self, sentence: Sentence, *, beginning: bool) -> date | None:
        key = (sentence.source.id, sentence.start, beginning)
        if key not in self.days:
            self.days[key] = _day_after(_BEGINNING if beginning else _PAID_BY, sentence, self.case.today)
        return self.days[key]


# --- wishes -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Wish:
    author_id: UUID
    sentence: Sentence
    count: int  # 1: wants one payment
    this_month: bool


def _latest_wishes(reading: Reading) -> dict[UUID, _Wish]:
    """The latest wish of each party, from truths and joint messages."""
    latest: dict[UUID, _Wish] = {}
    for party, sentence in reading.sentences:
        spoken = sentence.spoken
        is_told = sentence.source.kind != "description" or sentence.source.label == PRIVATE
        worth_a_look = is_told and not sentence.words.isdisjoint(_PART_WORDS)
        count = parts_wished(spoken) if worth_a_look else 0
        if count:
            latest[party.user_id] = _Wish(party.user_id, sentence, count, _THIS_MONTH.search(spoken) is not None)
    return latest


def parts_wished(spoken: str) -> int:
    """In how many parts the sentence wants something paid; 1 for one payment, 0 when it says nothing of it."""
    if _OBJECTION.search(spoken):
        return 1
    match = _COUNT.search(spoken)
    if (
        match is None
        or spoken.rstrip().endswith("?")
        or _NO_COUNT.search(spoken[max(0, match.start() - 60) : match.start()])
    ):
        return 0
    return min(read_count(match.group(1)) or 0, MOST_PARTS)


def _parts(asked: Sequence[int], wishes: Sequence[_Wish], before: int) -> int:
    """Counters decide; then what the last round had; then the parties' wishes unless one of them wants a single payment."""
    if asked:
        return _between(asked)
    if before:
        return before
    counts = [wish.count for wish in wishes]
    return 1 if not counts or 1 in counts else _between(counts)


def _between(counts: Sequence[int]) -> int:
    return min(MOST_PARTS, max(1, round(mean(counts))))


# --- dates ------------------------------------------------------------------------------------------------------------
def _date_kept(case: CaseFile, pair: Pair, parts: int) -> date | None:
    """The last answered round's first date, where nobody changed it, the number of parts is the same and it is not near."""
    before = payment_before(last_answered(case), pair)
    if before is None or max(1, len(before.instalments)) != parts:
        return None
    old = _first_date(before.instalments, before.due_date)
    return old if old is not None and (old - case.today).days >= EARLIEST else None


def _dates_countered(case: CaseFile, pair: Pair) -> list[date]:
    """First due dates that counters changed."""
    earlier = last_answered(case)
    before = payment_before(earlier, pair)
    old = _first_date(before.instalments, before.due_date) if before else None
    dates = [_first_date(term.instalments, term.due_date) for _, term in payments_countered(earlier, pair)]
    return [day for day in dates if day is not None and day != old]


def _first_date(instalments: Sequence[Instalment], due_date: date | None) -> date | None:
    return min((part.due_date for part in instalments), default=due_date)


def _day_after(pattern: re.Pattern[str], sentence: Sentence, today: date) -> date | None:
    """The first day ahead that follows what `pattern` says, unless the sentence says that it cannot be."""
    spoken = sentence.spoken
    if _NO_DAY.search(spoken) or spoken.endswith("?"):
        return None
    for day, start in sorted(days_ahead(spoken, today), key=lambda found: found[1]):
        if (day - today).days <= LATEST and pattern.search(spoken[max(0, start - _BEFORE_A_DAY) : start]):
            return day
    return None


def _mean_date(dates: Sequence[date]) -> date:
    return date.fromordinal(round(mean(day.toordinal() for day in dates)))


def _not_past(day: date, today: date) -> date:
    return min(max(day, today + timedelta(days=1)), today + timedelta(days=LATEST))


def _is_prompt_offer(sentence: Sentence) -> bool:
    spoken = sentence.spoken
    if sentence.words.isdisjoint(_PAY_WORDS):
        return False
    return bool(_SOON.search(spoken) and not _NO_COUNT.search(spoken) and not spoken.endswith("?"))


def _spacing(case: CaseFile, pair: Pair) -> tuple[int, str]:
    """The interval a counter names, or the one between the dates it gives; a month otherwise."""
    named = [found for found in map(spacing_in, comments(case)) if found]
    if named:
        return named[-1]
    gaps = [gap for _, term in payments_countered(last_answered(case), pair) for gap in _gaps(term.instalments)]
    return (max(1, round(mean(gaps))), "day") if gaps else (1, "month")


def _gaps(instalments: Iterable[Instalment]) -> list[int]:
    days = sorted(part.due_date for part in instalments)
    return [(after - before).days for before, after in pairwise(days)]


def _later(day: date, spacing: tuple[int, str], step: int) -> date:
    number, unit = spacing
    if unit == "month":
        return months_later(day, number * step)
    return day + timedelta(days=number * step * (7 if unit == "week" else 1))


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one when the month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
