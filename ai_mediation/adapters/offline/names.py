"""Parties' names: found in texts, and made fit to stand in a contract."""

import re
from functools import lru_cache
from uuid import UUID

from disputes.public import Party

_NAME_WORD = re.compile(r"[^\W\d_]{2,40}")
_UNFIT = re.compile(r"[<>\[\]{}`*_#|\\^~\x00-\x1f\x7f]|https?://|www\.", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
# Given names that are also common words at the start of a sentence or months: only a full name counts.
_AMBIGUOUS = frozenset("Will May June April August Mark Grace Rose Art Bill Pat Frank Hope Faith Joy The And Mar Sol Paz Luz".split())


@lru_cache(maxsize=64)
def _words_of(parties: tuple[Party, ...]) -> dict[str, UUID]:
    """Each word of a name that belongs to one party alone."""
    owners: dict[str, set[UUID]] = {}
    for party in parties:
        for word in _NAME_WORD.findall(party.full_name):
            owners.setdefault(word, set()).add(party.user_id)
    return {word: next(iter(ids)) for word, ids in owners.items() if len(ids) == 1 and word not in _AMBIGUOUS}


def named_in(text: str, parties: tuple[Party, ...]) -> frozenset[UUID]:
    """The parties whose given or family name stands in `text`, spelt with its capital."""
    words = _words_of(parties)
    return frozenset(words[word] for word in _NAME_WORD.findall(text) if word in words)


def plain(text: str, *, longest: int = 200) -> str:
    """Text without markup, addresses of pages or control characters, on one line."""
    return _BLANKS.sub(" ", _UNFIT.sub(" ", text)).strip()[:longest].strip()
