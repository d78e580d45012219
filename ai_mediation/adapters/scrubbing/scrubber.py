"""The scrubber: what must not leave is replaced by placeholders before a text goes to a provider, and put back into the answer."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ai_mediation.adapters.questions import KnownPerson
from ai_mediation.adapters.scrubbing.accounts import find_cards, find_ibans
from ai_mediation.adapters.scrubbing.addresses import find_addresses
from ai_mediation.adapters.scrubbing.contacts import find_emails, find_phones
from ai_mediation.adapters.scrubbing.detectors import Detector, configured_detector
from ai_mediation.adapters.scrubbing.figures import Figures
from ai_mediation.adapters.scrubbing.findings import Finding, Kind, merged
from ai_mediation.adapters.scrubbing.folding import View
from ai_mediation.adapters.scrubbing.hidden import find_hidden
from ai_mediation.adapters.scrubbing.ids import find_ids
from ai_mediation.adapters.scrubbing.names import names_of
from ai_mediation.adapters.scrubbing.placeholders import (
    FIRST,
    LAST,
    KnownCodes,
    find_look_alikes,
    first_and_last,
    look_alikes_in,
)
from ai_mediation.adapters.scrubbing.restoring import Reader
from kernel.crypto import blind_index

_CONTINUES_A_NUMBER = frozenset("0123456789_\\-‐‑")


class Scrubber:
    """Replaces names, addresses and numbers of people in texts, and puts them back.

    `people` are those the case knows, in an order that stays (their number is their place in it); `scope` is the id of the dispute or
    person the texts are of: the same content has the same placeholder in every text, call and process of one scope, and another one in
    every other.

    Promises: `restore(scrub(text)) == text` for every text; nothing of what was found is in `scrub(text)`; `restore` leaves no placeholder
    of ours. One scrubber serves one question: scrub each of its texts apart (not the prompt around them), then restore the answer, a
    structured one value by value (`restore_values`), for what is put back may hold quotes and line ends. Linear in the length of the text.
    """

    def __init__(self, people: Sequence[KnownPerson], scope: str, detector: Detector | None = None) -> None:
        self._people = tuple(people)
        self._names = names_of(self._people)
        self._codes = KnownCodes(blind_index(scope, purpose="scrubbing"))
        self._reader = Reader(self._people, self._codes)
        self._detector = detector or configured_detector()

    def scrub(self, text: str) -> str:
        scrubbed = self._replaced(text, merged(self._found(text)))
        if self.restore(scrubbed) == text:
            return scrubbed
        # No text is known to come here; whatever a text may be, it comes back as it was, and nothing of it leaves unread.
        return self._replaced(text, [Finding(Kind.TOKEN, 0, len(text))])

    def restore(self, text: str) -> str:
        """Unknown placeholders become neutral words in the active language."""
        return self._reader.restored(text)

    def restoring(self, pieces: Iterable[str]) -> Iterator[str]:
        """`restore` for a text that comes in pieces, wherever they are cut."""
        return self._reader.restoring(pieces)

    def restore_values(self, value: object) -> object:
        """The same for every string of a JSON value; keys stay as they are."""
        if isinstance(value, str):
            return self.restore(value)
        if isinstance(value, list):
            return [self.restore_values(item) for item in value]
        if isinstance(value, dict):
            return {key: self.restore_values(item) for key, item in value.items()}
        return value

    def _found(self, text: str) -> Iterator[Finding]:
        view = View(text)
        # what cannot be seen may part words as well as stand within them: both readings count
        for reading in (view,) if view.plain == text else (view, View(text, keeps_invisible=True)):
            for found in self._found_in(reading):
                start, end = reading.place(found.start, found.end)
                yield Finding(found.kind, start, end, found.person)
        if view.plain != text:
            yield from look_alikes_in(text)
            yield from find_hidden(text)
        if self._detector:
            yield from self._detector.find(text)

    def _found_in(self, view: View) -> Iterator[Finding]:
        figures = Figures(view.folded)
        return chain(
            find_look_alikes(view),
            self._names.find(view),
            find_emails(view.folded),
            find_phones(figures),
            find_ibans(view.folded),
            find_cards(figures),
            find_ids(figures),
            find_addresses(view),
        )

    def _replaced(self, text: str, findings: Sequence[Finding]) -> str:
        parts: list[str] = []
        position = 0
        for found in findings:
            parts += text[position : found.start], self._placeholder(text, found)
            position = found.end
        parts.append(text[position:])
        return "".join(parts)

    def _placeholder(self, text: str, found: Finding) -> str:
        spelt = text[found.start : found.end]
        if found.kind != Kind.PERSON:
            return f"{found.kind}_{self._codes.code_for(found.kind, spelt)}"
        owner = f"{Kind.PERSON}_{found.person}"
        name = self._people[found.person - 1].names[0]
        if spelt == name and text[found.end : found.end + 1] not in _CONTINUES_A_NUMBER:
            return owner
        for part, word in zip((FIRST, LAST), first_and_last(name), strict=True):
            if spelt == word:
                return f"{owner}_{part}"
        return f"{owner}_{self._codes.code_for(owner, spelt)}"
