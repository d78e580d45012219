"""What the record shows as common ground and what stays open; every sentence with the words it rests on."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar
from uuid import UUID

from ai_mediation.adapters.offline.amounts import mentions_in
from ai_mediation.adapters.offline.cues import Meaning
from ai_mediation.adapters.offline.dates import MONTH_WORDS, DateMention, dates_in
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.quotes import Quote, is_quotable, quote_sentence, quote_statement
from ai_mediation.adapters.offline.reading import Reading
from ai_mediation.adapters.offline.sentences import Sentence, sentences_of
from ai_mediation.adapters.offline.statements import Statement
from ai_mediation.adapters.offline.wording.protocol import Wording
from disputes.public import CaseFile, Citation, Party, Source
from kernel.money import Money

MOST_PAPERS = 40
MOST_DATED = 400  # sentences that are compared for the days they name
LONGEST_PAPER = 20_000  # characters
MOST_OF_ONE = 3  # facts of a kind, of one party
MOST = 8  # facts of a kind; of one party at most a fair share of them
_ADMITS = re.compile(
    r"(?<![^\W_])(?:(?:i|we) (?:\w+ )?(?:accept|admit|acknowledge|concede|recogni[sz]e|confirm) (?:that|it|the"
    r"|this|my|our)|that is (?:right|true|correct)|that's (?:right|true)"
    r"|it is true that|(?:was|is) my (?:fault|mistake)|i was wrong"
    r"|reconozco|reconocemos|admito|admitimos|acepto que|aceptamos que|es (?:cierto|verdad)(?: que)?"
    r"|fue culpa mía|confirmo que)(?![^\W_])",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"(?<![^\W_])(?:(?:i|we) (?:\w+ )?(?:deny|dispute|reject|contest)|(?:i|we) (?:do not|don't|don’t) (?:owe"
    r"|accept|agree)|(?:i|we) owe (?:\w+ )?nothing|is not true|is untrue|is false|is wrong"
    r"|niego|negamos|rechazo|rechazamos|no (?:le |les )?debo|no debemos|no es (?:cierto|verdad)|es falso"
    r"|no acepto|no estoy de acuerdo)(?![^\W_])",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_NEGATED = re.compile(r"(?:not|never|n't|n’t|cannot|no|nunca|si|if|whether)\s(?:\w+\s){0,2}\Z", re.IGNORECASE)
# every acknowledgement and denial holds one of these words
_TELLING = frozenset(
    [
        "accept",
        "admit",
        "acknowledge",
        "concede",
        "recognise",
        "recognize",
        "confirm",
        "right",
        "true",
        "correct",
        "fault",
        "mistake",
        "wrong",
        "reconozco",
        "reconocemos",
        "admito",
        "admitimos",
        "acepto",
        "aceptamos",
        "cierto",
        "verdad",
        "culpa",
        "confirmo",
        "deny",
        "dispute",
        "reject",
        "contest",
        "owe",
        "agree",
        "untrue",
        "false",
        "niego",
        "negamos",
        "rechazo",
        "rechazamos",
        "debo",
        "debemos",
        "falso",
        "acuerdo",
    ]
)
_UNCONFIRMED = {
    Meaning.COST,
    Meaning.PAID,
    Meaning.RECEIVED,
    Meaning.WITHHOLD,
    Meaning.REPORTED,
    Meaning.UNPAID,
    Meaning.NOTED,
}
_Said = TypeVar("_Said", Sentence, Statement)
_NEUTRAL = {Meaning.NOTED, Meaning.COST, Meaning.PAID, Meaning.RECEIVED, Meaning.UNPAID}


@dataclass(frozen=True)
class Fact:
    text: str
    citations: tuple[Citation, ...]


def fact(text: str, quotes: Iterable[Quote | None]) -> Fact:
    return Fact(text, tuple(quote.supports(text) for quote in quotes if quote is not None))


@dataclass(frozen=True)
class Record:
    """The citable sentences and sums of the parties, with the language they are told in."""

    case: CaseFile
    words: Wording
    sentences: tuple[tuple[Party, Sentence], ...]
    statements: tuple[Statement, ...]
    by_sum: Mapping[Money, Mapping[str, Statement | None]]  # by side the first neutral, citable mention
    papers: Mapping[tuple[UUID, Money], Quote]


def read_record(reading: Reading, words: Wording) -> Record:
    sentences = tuple(pair for pair in reading.sentences if pair[1].source.kind != "description")
    by_sum: dict[Money, dict[str, Statement | None]] = {}
    for statement in reading.statements:
        sides = by_sum.setdefault(statement.money, {})
        citable = statement.meaning in _NEUTRAL and statement.sentence.source.kind != "description"
        sides[statement.author.side] = sides.get(statement.author.side) or (statement if citable else None)
    return Record(reading.case, words, sentences, reading.statements, by_sum, _sums_in_papers(reading.case))


def common_ground(record: Record) -> list[Fact]:
    """Acknowledgements first, then sums and dates both sides name; nothing quoted from what stands among the open points."""
    acknowledged = _fairly(record.sentences, _acknowledgement(record))
    still_open = {_place(citation) for one in open_points(record) for citation in one.citations}
    named = [*_sums_named_by_both(record), *_dates_named_by_both(record)]
    return _distinct([*acknowledged, *(one for one in named if still_open.isdisjoint(map(_place, one.citations)))])


def open_points(record: Record) -> list[Fact]:
    """Denials, then sums only one side names and does not acknowledge."""
    denied = _fairly(record.sentences, _denial(record))
    unconfirmed = _fairly(((s.author, s) for s in record.statements), _unconfirmed(record))
    return _distinct([*denied, *unconfirmed])


def _place(citation: Citation) -> tuple[UUID, int]:
    return (citation.source_id, citation.start)


def _fairly(said: Iterable[tuple[Party, _Said]], told: Callable[[Party, _Said], Fact | None]) -> Iterator[Fact]:
    """At most three of each party, so that nobody's flood of words crowds out the others; what comes after is not read."""
    counts: dict[UUID, int] = {}
    for author, words in said:
        count = counts.get(author.user_id, 0)
        if count < MOST_OF_ONE and (one := told(author, words)) is not None:
            counts[author.user_id] = count + 1
            yield one


def _distinct(facts: Sequence[Fact]) -> list[Fact]:
    seen: dict[str, Fact] = {}
    for one in facts:
        seen.setdefault(one.text, one)
    return list(seen.values())[:MOST]


# --- acknowledged and denied ------------------------------------------------------------------------------------------
def _acknowledgement(record: Record) -> Callable[[Party, Sentence], Fact | None]:
    acknowledged = _acknowledging(record)

    def told(author: Party, sentence: Sentence) -> Fact | None:
        quote = quote_sentence(sentence) if acknowledged(sentence) else None
        return fact(record.words.acknowledges(author, quote.shown), [quote]) if quote else None

    return told


def _acknowledging(record: Record) -> Callable[[Sentence], bool]:
    """What owns a debt or admits something, and denies nothing in the same breath."""
    owing = {id(s.sentence) for s in record.statements if s.meaning is Meaning.OWE}

    def is_one(sentence: Sentence) -> bool:
        admits = id(sentence) in owing or _says(sentence, _ADMITS)
        return admits and not _says(sentence, _DENIES, negatable=False)

    return is_one


def _denial(record: Record) -> Callable[[Party, Sentence], Fact | None]:
    def told(author: Party, sentence: Sentence) -> Fact | None:
        quote = quote_sentence(sentence) if _says(sentence, _DENIES, negatable=False) else None
        return fact(record.words.denies(author, quote.shown), [quote]) if quote else None

    return told


def is_admission(sentence: Sentence) -> bool:
    """Whether its author owns or admits something, and denies nothing in the same breath."""
    return _says(sentence, _ADMITS) and not _says(sentence, _DENIES, negatable=False)


def is_denial(sentence: Sentence) -> bool:
    """Whether its author denies or disputes something."""
    return _says(sentence, _DENIES, negatable=False)


def _says(sentence: Sentence, pattern: re.Pattern[str], *, negatable: bool = True) -> bool:
    if sentence.words.isdisjoint(_TELLING) or not is_quotable(sentence):
        return False  # what cannot be quoted is not told
    spoken = sentence.spoken
    match = pattern.search(spoken)
    if match is None or spoken.endswith("?"):
        return False
    return not (negatable and (_NEGATED.search(spoken[: match.start()]) or _NEGATED.search(match.group() + " ")))


# --- sums -------------------------------------------------------------------------------------------------------------
def _sums_named_by_both(record: Record) -> Iterator[Fact]:
    sums = dict.fromkeys(s.money for s in record.statements if s.meaning in _NEUTRAL)
    for money in sums:
        first = record.by_sum[money].get("claimant")
        second = record.by_sum[money].get("respondent")
        if first and second:
            quotes = [quote_statement(first), quote_statement(second)]
            if all(quotes):
                shown = [(s.author, q.shown) for s, q in zip((first, second), quotes, strict=True) if q]
                yield fact(record.words.both_name_sum(money, shown), quotes)


def _unconfirmed(record: Record) -> Callable[[Party, Statement], Fact | None]:
    acknowledged = _acknowledging(record)

    def told(author: Party, statement: Statement) -> Fact | None:
        if (
            statement.meaning not in _UNCONFIRMED
            or acknowledged(statement.sentence)
            or _is_named_by_others(record, statement)
        ):
            return None
        if statement.money == record.case.amount:
            return None  # the claim itself, which stands among the open points already
        quote = quote_statement(statement)
        if quote is None:
            return None
        paper = record.papers.get((author.user_id, statement.money))
        label = plain(paper.source.label) if paper else ""
        return fact(record.words.states_alone(author, quote.shown, label), [quote, paper])

    return told


def _is_named_by_others(record: Record, statement: Statement) -> bool:
    return len(record.by_sum[statement.money]) > 1


def _sums_in_papers(case: CaseFile) -> dict[tuple[UUID, Money], Quote]:
    """For each party and sum the first line of the party's own evidence that names it."""
    found: dict[tuple[UUID, Money], Quote] = {}
    currency = case.amount.currency if case.amount else None
    papers = [source for source in case.sources if source.kind == "evidence" and source.author_id is not None]
    for source in papers[:MOST_PAPERS]:
        for sentence in sentences_of(replace(source, text=source.text[:LONGEST_PAPER])):
            _add_sums(found, source, sentence, currency)
    return found


def _add_sums(found: dict[tuple[UUID, Money], Quote], source: Source, sentence: Sentence, currency: str | None) -> None:
    line = quote_sentence(sentence)
    if line is None or source.author_id is None:
        return
    for mention in mentions_in(sentence.text, currency, in_words=False):
        if mention.currency is not None:
            money = Money(mention.amount, mention.currency)
            found.setdefault((source.author_id, money), Quote(source, line.start, line.end))


# --- dates ------------------------------------------------------------------------------------------------------------
def _dates_named_by_both(record: Record) -> Iterator[Fact]:
    by_day: dict[tuple[int, int], dict[str, tuple[Party, Sentence, DateMention]]] = {}
    dated = (
        pair for pair in record.sentences if not pair[1].words.isdisjoint(MONTH_WORDS) and _DIGIT.search(pair[1].spoken)
    )
    for author, sentence in islice(dated, MOST_DATED):
        for mention in dates_in(sentence.text):
            by_day.setdefault((mention.month, mention.day), {}).setdefault(author.side, (author, sentence, mention))
    for sides in by_day.values():
        if len(sides) == 2:
            yield from _date_fact(record, list(sides.values()))


def _date_fact(record: Record, named: Sequence[tuple[Party, Sentence, DateMention]]) -> Iterator[Fact]:
    years = {mention.year for _, _, mention in named if mention.year}
    quotes = [quote_sentence(sentence) for _, sentence, _ in named]
    if len(years) > 1 or not all(quotes):
        return
    first = named[0][2]
    shown = [(author, quote.shown) for (author, _, _), quote in zip(named, quotes, strict=True) if quote]
    yield fact(record.words.both_name_day(first.day, first.month, next(iter(years), None), shown), quotes)
