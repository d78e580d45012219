"""Parties' names: found in texts, and made fit to stand in a contract."""

import re
from uuid import UUID

from disputes.public import Party

_NAME_WORD = re.compile(r"[^\W\d_]{2,40}")
_UNFIT = re.compile(r"[<>\[\]{}`*_#|\\^~\x00-\x1f\x7f]|https?://|www\.", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
# Given names that are also common words at the start of a sentence or months: only a full name counts.
_AMBIGUOUS = frozenset(
    [
        "Will",
        "May",
        "June",
        "April",
        "August",
        "Mark",
        "Grace",
        "Rose",
        "Art",
        "Bill",
        "Pat",
        "Frank",
        "Hope",
        "Faith",
        "Joy",
        "The",
        "And",
        "Mar",
        "Sol",
        "Paz",
        "Luz",
    ]
)


class Names:
    """Finds the parties in a text by a word of their name that is nobody else's, spelt with its capital."""

    def __init__(self, parties: tuple[Party, ...]) -> None:
        owners: dict[str, set[UUID]] = {}
        for party in parties:
            for word in _NAME_WORD.findall(party.full_name):
                owners.setdefault(word, set()).add(party.user_id)
        self._of_others: dict[UUID, frozenset[str]] = {}
        self._owner = {
            word: next(iter(ids)) for word, ids in owners.items() if len(ids) == 1 and word not in _AMBIGUOUS
        }

    def of_others(self, author: Party) -> frozenset[str]:
        """The words that name somebody else than the author."""
        found = self._of_others.get(author.user_id)
        if found is None:
            found = frozenset(word for word, owner in self._owner.items() if owner != author.user_id)
            self._of_others[author.user_id] = found
        return found

    def in_text(self, text: str) -> frozenset[UUID]:
        return frozenset(self._owner[word] for word in _NAME_WORD.findall(text) if word in self._owner)


def plain(text: str, *, longest: int = 200) -> str:
    """Text without markup, addresses of pages or control characters, on one line."""
    return _BLANKS.sub(" ", _UNFIT.sub(" ", text)).strip()[:longest].strip()
