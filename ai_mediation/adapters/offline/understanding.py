"""What a party is told its position is, before anything is proposed: neutral, plain, to that party alone, from its own texts."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from ai_mediation.adapters.claim_form import ClaimForm, Entry
from ai_mediation.adapters.offline.acts import is_act_asked
from ai_mediation.adapters.offline.claims import case_of, own_sources, read_claim_form
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.positions import read_positions
from ai_mediation.adapters.offline.quotes import is_fit
from ai_mediation.adapters.offline.reading import read
from ai_mediation.adapters.offline.second_person import turned
from ai_mediation.adapters.offline.sentences import Sentence, sentences_of
from ai_mediation.adapters.offline.temper import is_heated
from ai_mediation.adapters.offline.wording import Wording, wording_for
from ai_mediation.adapters.offline.wording.summary import SummaryWords, summary_words
from disputes.public import PartyFile
from kernel.money import Money

LONGEST = 3000  # characters of a summary
LONGEST_SAID = 280  # of one sentence said back
MOST_FACTS = 6
MOST_OTHERS = 3
Role = Literal["pays", "is_paid"]


def summarize(file: PartyFile, form: ClaimForm | None = None) -> str:
    """Two or three short paragraphs. Never a sum, day or name that the party's texts, the filing or the list of parties do not hold."""
    form = form if form is not None else read_claim_form(file)
    return _Summary(file, form).text()


class _Summary:
    def __init__(self, file: PartyFile, form: ClaimForm) -> None:
        self.file = file
        self.form = form
        self.say: SummaryWords = summary_words(file.locale)
        self.words: Wording = wording_for(file.locale)
        self.sentences = {(s.source.id, s.start): s for source in own_sources(file) for s in sentences_of(source)}
        self.english = self.words.locale == "en"
        self.role = _role(file)
        self.left_out = False

    def text(self) -> str:
        paragraphs = [[self._who()], list(self._told()), list(self._wanted()), list(self._kept())]
        if self.left_out:
            paragraphs.append([self.say.only_heated])
        kept = [" ".join(parts) for parts in paragraphs if parts]
        while len("\n\n".join(kept)) > LONGEST and len(kept) > 2:
            kept.pop()
        return "\n\n".join(kept)[:LONGEST]

    # --- who ----------------------------------------------------------------------------------------------------------
    def _who(self) -> str:
        me = self.file.party
        others = [party for party in self.file.parties if party.side != me.side]
        title = plain(self.file.title)
        about = self.say.titled.format(title) if title else self.say.untitled
        sentence = self.say.claimant if me.side == "claimant" else self.say.respondent
        is_told = self.role == "is_paid" and me.side == "claimant"  # among what is asked
        filed = self.say.filed.format(self.words.money(self.file.amount)) if self.file.amount and not is_told else ""
        return f"{sentence.format(about=about, others=self.words.names(others) or '—')} {filed}".strip()

    # --- what happened ------------------------------------------------------------------------------------------------
    def _told(self) -> Iterator[str]:
        if not any(source.kind != "evidence" for source in own_sources(self.file)):
            yield self.say.nothing
        facts = [entry for entry in self.form.of("fact") if entry.source != "evidence" and not entry.meaning]
        yield from self._said(
            _weightiest(self._shown(facts), self.form, MOST_FACTS), self.say.says_turned, self.say.says
        )
        papers = [plain(source.label) for source in own_sources(self.file) if source.kind == "evidence"]
        if named := [paper for paper in dict.fromkeys(papers) if paper][:6]:
            yield self.say.papers.format(self._list([self.say.quote.format(paper) for paper in named]))

    def _shown(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if is_heated(entry.quote):
                self.left_out = True
            elif is_fit(entry.quote) and len(entry.quote) <= LONGEST_SAID:
                yield entry

    def _said(self, entries: Iterable[Entry], turned_as: str, quoted_as: str) -> Iterator[str]:
        """Runs of sentences that can be turned round, and of sentences that are quoted, one sentence for each run."""
        for is_turned, run in groupby(
            ((self._turned(entry), entry) for entry in entries), key=lambda one: bool(one[0])
        ):
            if is_turned:
                first, *others = [text for text, _ in run if text]
                yield turned_as.format("; ".join((first, *(self.say.that.format(other) for other in others))))
            else:
                yield quoted_as.format("; ".join(self._quoted(entry) for _, entry in run))

    def _turned(self, entry: Entry) -> str | None:
        back = turned(entry.quote) if self.english else None
        return plain(back, longest=LONGEST_SAID) if back else None

    def _quoted(self, entry: Entry) -> str:
        return self.say.quote.format(plain(entry.quote, longest=LONGEST_SAID).rstrip(".;!"))

    # --- what is wanted -----------------------------------------------------------------------------------------------
    def _wanted(self) -> Iterator[str]:
        figures = list(self._figures())
        yield from figures
        wishes = [entry for entry in self._shown(self.form.of("wish")) if not self._names_sum(entry)]
        deeds = [entry for entry in wishes if self._is_deed(entry)]
        if deeds:
            yield self.say.asks_deed.format("; ".join(self._quoted(entry) for entry in deeds[:MOST_OTHERS]))
        others = [entry for entry in wishes if entry not in deeds][:MOST_OTHERS]
        if others:
            yield self.say.wishes.format("; ".join(self._quoted(entry) for entry in others))
        if not figures:
            yield self.say.no_figure
            if not wishes:
                yield self.say.no_wish

    def _figures(self) -> Iterator[str]:
        receiving = self.role == "is_paid"
        asked = list(self._sums(("asks",), self.say.asks if receiving else self.say.cost))
        yield from asked or (self._asks_filed() if receiving else ())
        yield from self._sums(("at_least",), self.say.asks_at_least)
        settles = self.say.would_settle_receiving if receiving else self.say.would_settle_paying
        yield from self._sums(("would_settle_at",), settles)
        yield from self._sums(("proposes",), settles if receiving else self.say.offers)
        yield from self._sums(("owes",), self.say.owes)
        yield from self._sums(("offers",), self.say.allows if receiving else self.say.offers)
        yield from self._sums(("allows",), self.say.allows if receiving else self.say.cost)
        yield from self._sums(("keeps",), self.say.keeps)

    def _asks_filed(self) -> Iterator[str]:
        """Who filed a sum asks for it, alone or with the others of the same side."""
        if self.file.amount is None or self.file.party.side != "claimant":
            return
        money, me = self.words.money(self.file.amount), self.file.party
        others = [party for party in self.file.parties if party.side == me.side and party.user_id != me.user_id]
        if others:
            yield self.say.asks_filed_together.format(self.words.names(others), money)
        else:
            yield self.say.asks_filed.format(money)

    def _sums(self, meanings: Sequence[str], sentence: str) -> Iterator[str]:
        sums = _sums_of(self.form, meanings)
        if sums:
            yield sentence.format(self._list([self.words.money(money) for money in sums]))

    def _names_sum(self, entry: Entry, meaning: str = "") -> bool:
        return any(
            amount.source_id == entry.source_id
            and entry.start <= amount.start < entry.end
            and (not meaning or amount.meaning == meaning)
            for amount in self.form.of("amount")
        )

    def _is_deed(self, entry: Entry) -> bool:
        sentence: Sentence | None = self.sentences.get((entry.source_id, entry.start))
        return sentence is not None and is_act_asked(sentence)

    # --- what is owned and what is kept -------------------------------------------------------------------------------
    def _kept(self) -> Iterator[str]:
        admitted = [e for e in self.form.entries if e.meaning == "admits" and not self._names_sum(e, "owes")]
        yield from self._said(list(self._shown(admitted))[:MOST_OTHERS], self.say.says_turned, self.say.admits)
        reserved = list(self._shown(self.form.of("reservation")))[:MOST_OTHERS]
        if reserved:
            yield self.say.reserves.format("; ".join(self._quoted(entry) for entry in reserved))

    def _list(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])}{self.say.joint}{items[-1]}"


def _sums_of(form: ClaimForm, meanings: Sequence[str]) -> list[Money]:
    found = [e.money for e in form.of("amount") if e.meaning in meanings and e.money is not None]
    return list(dict.fromkeys(found))[:6]


def _weightiest(entries: Iterable[Entry], form: ClaimForm, most: int) -> list[Entry]:
    """Facts with sums or days first, then as told; in the order in which they stand."""
    marks = [(e.source_id, e.start) for e in (*form.of("amount"), *form.of("date"))]

    def weight(entry: Entry) -> int:
        return sum(1 for source_id, start in marks if source_id == entry.source_id and entry.start <= start < entry.end)

    listed = list(entries)
    order = sorted(range(len(listed)), key=lambda index: (-min(weight(listed[index]), 2), index))[:most]
    return [listed[index] for index in sorted(order)]


def _role(file: PartyFile) -> Role:
    """Whether this party is asked to pay or asks to be paid, as far as its own texts and its side tell."""
    positions = read_positions(read(case_of(file)))
    if positions is None:
        return "is_paid" if file.party.side == "claimant" else "pays"
    return "is_paid" if any(party.user_id == file.party.user_id for party in positions.creditors) else "pays"
