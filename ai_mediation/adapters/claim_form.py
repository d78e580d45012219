"""The claim form: what one party says, entry by entry, each with the exact place it stands in.

Whoever fills it, rules or a model, every entry passes `placed`: a quotation that is not in the source is no entry.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from disputes.public import Source, SourceKind
from kernel.money import Money

EntryKind = Literal["fact", "date", "amount", "wish", "reservation"]
MOST_ENTRIES = 200
LONGEST_QUOTE = 600
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Entry:
    """`quote` is `text[start:end]` of the source. `meaning` says what an amount is to its party: asks, offers, owes, …"""

    kind: EntryKind
    source: SourceKind
    source_id: UUID
    start: int
    end: int
    quote: str
    meaning: str = ""
    money: Money | None = None
    day: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "source": self.source,
            "source_id": str(self.source_id),
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "meaning": self.meaning,
            "amount": self.money.as_json() if self.money else None,
            "date": self.day.isoformat() if self.day else None,
        }


@dataclass(frozen=True)
class ClaimForm:
    """What a party's own texts hold. `dropped` counts entries whose quotation stands nowhere in them."""

    entries: tuple[Entry, ...]
    dropped: int = 0

    def of(self, kind: EntryKind) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.kind == kind)

    def as_json(self) -> dict[str, Any]:
        return {"entries": [entry.as_json() for entry in self.entries], "dropped": self.dropped}


@dataclass(frozen=True)
class Claimed:
    """An entry as a model gives it: nothing of it is believed before `placed` has found it."""

    kind: EntryKind
    source_id: str
    start: int
    end: int
    quote: str
    meaning: str = ""
    money: Money | None = None
    day: date | None = None


def claim_form(claimed: Iterable[Claimed], sources: Sequence[Source]) -> ClaimForm:
    """The entries whose quotations stand in the sources, at the places where they stand; the others are counted."""
    by_id = {str(source.id): source for source in sources}
    kept: list[Entry] = []
    dropped = 0
    for one in claimed:
        entry = placed(one, by_id)
        if entry is None or len(kept) == MOST_ENTRIES:
            dropped += 1
        else:
            kept.append(entry)
    return ClaimForm(tuple(dict.fromkeys(kept)), dropped)


def placed(claimed: Claimed, sources: Mapping[str, Source]) -> Entry | None:
    """The entry where its quotation really stands: as given, else found by searching the words there and in the other sources."""
    if not claimed.quote.strip() or len(claimed.quote) > LONGEST_QUOTE:
        return None
    named = sources.get(claimed.source_id)
    others = [source for source in sources.values() if source is not named]
    found = ((source, _span(source.text, claimed)) for source in ([named] if named else []) + others)
    source, span = next(((source, span) for source, span in found if span is not None), (None, None))
    if source is None or span is None:
        return None
    start, end = span
    return Entry(
        claimed.kind,
        source.kind,
        source.id,
        start,
        end,
        source.text[start:end],
        claimed.meaning,
        claimed.money,
        claimed.day,
    )


def _span(text: str, claimed: Claimed) -> tuple[int, int] | None:
    if 0 <= claimed.start < claimed.end <= len(text) and text[claimed.start : claimed.end] == claimed.quote:
        return claimed.start, claimed.end
    near = _nearest(text, claimed.quote, claimed.start)
    if near is not None:
        return near, near + len(claimed.quote)
    words = _BLANKS.split(claimed.quote.strip())
    match = re.search(r"\s+".join(map(re.escape, words)), text)  # the same words, broken into lines elsewhere
    return match.span() if match else None


def _nearest(text: str, quote: str, start: int) -> int | None:
    """Where the quotation stands nearest to where it was said to stand."""
    places: list[int] = []
    at = text.find(quote)
    while at >= 0 and len(places) < MOST_ENTRIES:
        places.append(at)
        at = text.find(quote, at + 1)
    return min(places, key=lambda place: abs(place - start), default=None)
