"""The claim form by rules: facts, days, sums, wishes and reservations of one party's own texts.

A caucus is not read: what is said there may be used only where its party allows it line by line.
"""

import re
from collections.abc import Iterator
from datetime import date

from ai_mediation.adapters.claim_form import Claimed, ClaimForm, claim_form
from ai_mediation.adapters.offline.acts import is_act_asked
from ai_mediation.adapters.offline.cues import Meaning
from ai_mediation.adapters.offline.dates import dates_in
from ai_mediation.adapters.offline.facts import is_admission, is_denial
from ai_mediation.adapters.offline.reading import Reading, read
from ai_mediation.adapters.offline.schedule import parts_wished
from ai_mediation.adapters.offline.sentences import Sentence, sentences_of
from ai_mediation.adapters.offline.statements import Statement
from disputes.public import CaseFile, PartyFile, Source

MOST_FACTS = 80
LONGEST_FACT = 500  # characters
MEANINGS = {
    Meaning.OWE: "owes",
    Meaning.GIVE: "offers",
    Meaning.OFFER: "proposes",
    Meaning.ACCEPT: "would_settle_at",
    Meaning.TAKE: "asks",
    Meaning.FLOOR: "at_least",
    Meaning.UNPAID: "unpaid",
    Meaning.CONCEDE: "allows",
    Meaning.WITHHOLD: "keeps",
    Meaning.PAID: "paid",
    Meaning.RECEIVED: "received",
    Meaning.COST: "cost",
    Meaning.REFUSE: "refuses",
    Meaning.REPORTED: "reports",
    Meaning.NOTED: "names",
}
_WISHES = {Meaning.TAKE, Meaning.FLOOR, Meaning.ACCEPT, Meaning.OFFER, Meaning.GIVE}
_RESERVES = {Meaning.REFUSE, Meaning.WITHHOLD, Meaning.FLOOR}
_WISH = re.compile(
    r"(?<![^\W_])(?:(?:i|we)(?:'d| would)? (?:\w+ )?(?:want|wish|ask|would like|'d like|like|hope|need|propose|suggest"
    r"|prefer|would accept|demand|insist)|what i want|my (?:wish|aim|goal)|i'd (?:like|prefer|accept)"
    r"|quiero|queremos|pido|pedimos|deseo|deseamos|quisiera|quisiéramos|me gustaría|nos gustaría|solicito|reclamo|exijo"
    r"|propongo|prefiero|me parecería bien|preferiría|aceptaría|necesito|espero)(?![^\W_])",
    re.IGNORECASE,
)
_RESERVATION = re.compile(
    r"(?<![^\W_])(?:(?:i|we) (?:\w+ )?reserve|reserving|without prejudice|only if|only when|provided that|on condition"
    r"|unless|as long as|(?:do not|don't|don’t|will not|won't|won’t|cannot|can't|can’t|never) (?:accept|agree|pay|waive|give up)"
    r"|me reservo|nos reservamos|sin perjuicio|solo si|sólo si|siempre que|a condición|salvo que|a menos que|mientras no"
    r"|no (?:acepto|aceptamos|aceptaré|pagaré|renuncio))(?![^\W_])",
    re.IGNORECASE,
)


def case_of(file: PartyFile) -> CaseFile:
    """One party's own texts as the readers of records take them."""
    filed = min((source.created_at for source in file.sources), default=None)
    return CaseFile(
        dispute_id=file.dispute_id,
        title=file.title,
        description="",
        category="",
        amount=file.amount,
        locale=file.locale,
        timezone=file.timezone,
        filed_at=filed,  # type: ignore[arg-type]  # only drafts tell the day of filing
        today=file.today,
        parties=file.parties,
        sources=own_sources(file),
        rounds=(),
        mode="mediation",
    )


def own_sources(file: PartyFile) -> tuple[Source, ...]:
    """The party's own texts; whatever else a file should hold is not read."""
    return tuple(source for source in file.sources if source.author_id == file.party.user_id)


def read_claim_form(file: PartyFile) -> ClaimForm:
    """By fixed rules from the party's own texts; the same file gives the same form."""
    reading = read(case_of(file))
    return claim_form(_claimed(reading), own_sources(file))


def _claimed(reading: Reading) -> Iterator[Claimed]:
    by_sentence: dict[tuple[str, int], list[Statement]] = {}
    for statement in reading.statements:
        key = (str(statement.sentence.source.id), statement.sentence.start)
        by_sentence.setdefault(key, []).append(statement)
    told = 0
    for _, sentence in reading.sentences:
        said = by_sentence.get((str(sentence.source.id), sentence.start), [])
        yield from _sums(sentence, said)
        yield from _days(sentence, sentence.start)
        if is_wish(sentence, said):
            yield _whole("wish", sentence, "admits" if is_admission(sentence) else "")
        elif is_reservation(sentence, said):
            yield _whole("reservation", sentence)
        elif told < MOST_FACTS and not sentence.spoken.endswith("?") and len(sentence.text) <= LONGEST_FACT:
            told += 1
            yield _whole("fact", sentence, "admits" if is_admission(sentence) else "")
    for source in reading.case.sources:
        if source.kind == "evidence":
            for line in list(sentences_of(source))[:MOST_FACTS]:
                yield from _days(line, line.start)


def is_wish(sentence: Sentence, said: list[Statement]) -> bool:
    if sentence.spoken.endswith("?"):
        return False
    if (
        any(statement.meaning in _WISHES for statement in said)
        or is_act_asked(sentence)
        or parts_wished(sentence.spoken)
    ):
        return True
    return _WISH.search(sentence.spoken) is not None and not _RESERVATION.search(sentence.spoken)


def is_reservation(sentence: Sentence, said: list[Statement]) -> bool:
    if any(statement.meaning in _RESERVES for statement in said):
        return True
    return is_denial(sentence) or _RESERVATION.search(sentence.spoken) is not None


def _sums(sentence: Sentence, said: list[Statement]) -> Iterator[Claimed]:
    for statement in said:
        start, end = sentence.start + statement.mention.start, sentence.start + statement.mention.end
        yield Claimed(
            "amount",
            str(sentence.source.id),
            start,
            end,
            sentence.source.text[start:end],
            MEANINGS[statement.meaning],
            statement.money,
        )


def _days(sentence: Sentence, offset: int) -> Iterator[Claimed]:
    for mention in list(dates_in(sentence.text))[:6]:
        day = _day(mention.year, mention.month, mention.day)
        start, end = offset + mention.start, offset + mention.end
        yield Claimed("date", str(sentence.source.id), start, end, sentence.source.text[start:end], day=day)


def _day(year: int | None, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year else None
    except ValueError:
        return None


def _whole(kind: str, sentence: Sentence, meaning: str = "") -> Claimed:
    return Claimed(
        kind,  # type: ignore[arg-type]  # one of the kinds
        str(sentence.source.id),
        sentence.start,
        sentence.end,
        sentence.text,
        meaning,
    )
