"""Placeholders read back: what they stand for is put in their place, in a whole text or piece by piece."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from ai_mediation.adapters.questions import KnownPerson
from ai_mediation.adapters.scrubbing.findings import Kind
from ai_mediation.adapters.scrubbing.placeholders import (
    FIRST,
    LAST,
    KnownCodes,
    Place,
    code_length,
    first_and_last,
    is_code_like,
    next_place,
    unfinished_from,
)


class Reader:
    """Reads placeholders of one scrubber. What a model garbled or invented becomes neutral words, never a raw placeholder."""

    def __init__(self, people: Sequence[KnownPerson], codes: KnownCodes) -> None:
        self._codes = codes
        self._names = [person.names[0] if person.names else "" for person in people]
        self._parts = [tuple(zip((FIRST, LAST), first_and_last(name), strict=True)) for name in self._names]

    def restored(self, text: str) -> str:
        out: list[str] = []
        self._read(text, 0, len(text), False, out)
        return "".join(out)

    def restoring(self, pieces: Iterable[str]) -> Iterator[str]:
        """What is certain is passed on at once: held back is only what the next piece could still make a placeholder."""
        held, position, is_behind = "", 0, False
        for piece in pieces:
            held += piece
            out: list[str] = []
            stop = unfinished_from(held, position, self._codes)
            position, is_behind = self._read(held, position, stop, is_behind, out)
            keep = max(0, position - 1)  # the character before decides whether a word begins
            held, position = held[keep:], position - keep
            if text := "".join(out):
                yield text
        rest: list[str] = []
        self._read(held, position, len(held), is_behind, rest)
        if text := "".join(rest):
            yield text

    def _read(self, text: str, position: int, stop: int, is_behind: bool, out: list[str]) -> tuple[int, bool]:
        """Restore `text[position:stop]` into `out`; where reading ended, and whether directly behind a placeholder."""
        search = position
        while search < stop:
            place = next_place(text, search, is_after_another=is_behind and search == position)
            if place is None or place.start >= stop:
                break
            meant = self._meaning(place)
            if meant is None:
                search = place.run_start
                continue
            out += text[position : place.start], meant[0]
            position = search = meant[1]
            is_behind = True
        if position < stop:
            out.append(text[position:stop])
            return stop, False
        return position, is_behind

    def _meaning(self, place: Place) -> tuple[str, int] | None:
        """What a place stands for and where it ends; None when it is no placeholder."""
        if place.kind == Kind.PERSON:
            return self._person(place)
        if known := self._codes.content_at(place.kind, place.run):
            return known[0], place.run_start + known[1]
        if place.is_underscored and (length := _meant_letters(place)):
            return _neutral_words(place.kind), place.run_start + length
        return None

    def _person(self, place: Place) -> tuple[str, int] | None:
        if place.separator == " " and place.spelt != Kind.PERSON:
            return None
        if not 1 <= place.number <= len(self._names):
            if not place.is_underscored and place.spelt != Kind.PERSON:
                return None
            return _neutral_words(Kind.PERSON), place.end if is_code_like(place.run) else place.number_end
        name = self._names[place.number - 1]
        form = place.run.upper()
        for part, word in self._parts[place.number - 1] if form else ():
            if form.startswith(part):
                return word, place.run_start + len(part)
        if known := self._codes.content_at(f"{Kind.PERSON}_{place.number}", place.run):
            return known[0], place.run_start + known[1]
        return name, place.end if is_code_like(place.run) else place.number_end


def _meant_letters(place: Place) -> int:
    """How many letters of the run are a code, garbled or invented (EMAIL_BADOK, PHONE_2, CARD_XY); 0 for a field's name (email_address)."""
    run = place.run
    if run.isdigit():
        return len(run) if len(run) <= 3 else 0
    if is_code_like(run) or (place.spelt.isupper() and run.isupper()):
        return len(run)
    return code_length(run) if place.spelt.isupper() else 0


def _neutral_words(kind: Kind) -> str:
    """What is shown for a placeholder that stands for nothing, in the language of whoever reads."""
    return {
        Kind.PERSON: _("someone"),
        Kind.NAME: _("someone"),
        Kind.EMAIL: _("an e-mail address"),
        Kind.PHONE: _("a phone number"),
        Kind.IBAN: _("a bank account"),
        Kind.CARD: _("a card number"),
        Kind.ID: _("an identity number"),
        Kind.ADDRESS: _("an address"),
        Kind.TOKEN: "…",
        Kind.HIDDEN: "",
    }[kind]
