"""Deeds other than payment that a party offers in so many words: "I am willing to cut the hedge"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from ai_mediation.adapters.offline.facts import Record
from ai_mediation.adapters.offline.quotes import Quote, is_quotable, quote_sentence
from disputes.public import Party

MOST = 6
MOST_OF_ONE = 2
_OFFERS = re.compile(
    r"(?<![^\W_])(?:(?:i|we) (?:am|are|'m|would be) (?:also )?(?:willing|ready|prepared|happy) to|(?:i"
    r"|we) (?:\w+ )?(?:offer|promise|undertake|commit) to|(?:i|we) (?:would|will) gladly"
    r"|(?:estoy|estaría|estamos) (?:también )?(?:dispuest[oa]s?) a|me comprometo a|nos comprometemos a|ofrezco"
    r"|me ofrezco a) (?P<deed>\w+)",
    re.IGNORECASE,
)
# Paying is a matter of sums; talking, waiting and accepting are no deeds one can be held to.
_NO_DEED = re.compile(
    r"(?:pay|return|refund|reimburse|accept|take|settle|compromise|talk|discuss|listen|negotiate|meet|wait"
    r"|consider|agree|split|share|go|hear|see|let|be|have|do|help"
    r"|pagar|abonar|devolver|aceptar|hablar|negociar|escuchar|esperar|llegar|ceder|dialogar|ir|ser|estar|tener"
    r"|un|una|la|el|mi)\Z",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(
    r"(?<![^\W_])(?:if|unless|provided|only when|not|never|si|salvo|siempre que|no)(?![^\W_])", re.IGNORECASE
)
# every such offer holds one of these words
_TELLING = frozenset(
    [
        "willing",
        "ready",
        "prepared",
        "happy",
        "offer",
        "promise",
        "undertake",
        "commit",
        "gladly",
        "dispuesto",
        "dispuesta",
        "dispuestos",
        "dispuestas",
        "comprometo",
        "comprometemos",
        "ofrezco",
    ]
)


@dataclass(frozen=True)
class OfferedAct:
    party: Party
    quote: Quote


def acts_offered(record: Record) -> list[OfferedAct]:
    """At most six, at most two of one party; unconditional, without sums, and quotable as a whole."""
    return list(islice(_offered(record), MOST))


def _offered(record: Record) -> Iterator[OfferedAct]:
    with_sums = {(id(s.sentence.source), s.sentence.start) for s in record.statements}
    counts: dict[UUID, int] = {}
    for party, sentence in record.sentences:
        if sentence.words.isdisjoint(_TELLING) or not is_quotable(sentence):
            continue
        if counts.get(party.user_id, 0) == MOST_OF_ONE:
            continue
        spoken = sentence.spoken
        match = _OFFERS.search(spoken)
        if match is None or (id(sentence.source), sentence.start) in with_sums or spoken.endswith("?"):
            continue
        quote = quote_sentence(sentence)
        if quote and not _NO_DEED.match(match.group("deed")) and not _CONDITIONAL.search(spoken):
            counts[party.user_id] = counts.get(party.user_id, 0) + 1
            yield OfferedAct(party, quote)
