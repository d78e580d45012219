"""Deeds other than payment, in so many words: offered ("I am willing to cut the hedge") or asked for ("he should cut the hedge")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from ai_mediation.adapters.offline.facts import Record
from ai_mediation.adapters.offline.quotes import Quote, is_quotable, quote_sentence
from ai_mediation.adapters.offline.sentences import Sentence
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


_ASKED_DEED = (
    r"(?:stop|cut|trim|prune|remove|repair|fix|replace|clean|paint|build|install|keep|give|hand|deliver|finish|complete"
    r"|apologi[sz]e|delete|take|turn|close|move|leave|return|restore|insulate|lower|respect|sign|write|tell|inform|provide|send"
    r"|collect|pick|bring|park|let|allow)"
)
_DEED_ES = (
    r"(?:dej[ea]n?|cese[n]?|pod[ea]n?|cort[ea]n?|recort[ea]n?|retir[ea]n?|quit[ea]n?|repar[ea]n?|arregl[ea]n?|limpi[ea]n?|pint[ea]n?"
    r"|sustituy[ea]n?|cambi[ea]n?|instal[ea]n?|devuelva[n]?|entregu[e]n?|termin[ea]n?|acab[ea]n?|borr[ea]n?|elimin[ea]n?|baj[ea]n?"
    r"|respet[ea]n?|pida[n]? (?:perdón|disculpas)|se disculp[ea]n?|apagu[e]n?|cierr[ea]n?|recoj[ea]n?|teng[ea]n?|facilit[ea]n?)"
)
_ASKS = re.compile(
    rf"(?<![^\W_])(?:(?:i|we)(?: would|'d|’d)? (?:want|like|ask|need|expect|request)(?: for)? (?:\w+ ){{1,4}}?to (?:please )?{_ASKED_DEED}"
    rf"|(?:i|we) (?:ask|want|request|demand|insist)(?: that)? (?:\w+ ){{1,4}}?{_ASKED_DEED}s?"
    rf"|(?:he|she|they|you) (?:should|must|has to|have to|ought to|needs? to) {_ASKED_DEED}"
    rf"|(?:quiero|queremos|pido|pedimos|exijo|solicito|quisiera|necesito|me gustaría) que (?:\w+ ){{0,4}}?{_DEED_ES}"
    rf"|(?:debe|deben|debería|deberían|tiene que|tienen que) (?:dejar de|podar|cortar|recortar|retirar|quitar|reparar|arreglar|limpiar"
    rf"|pintar|sustituir|cambiar|instalar|entregar|terminar|acabar|borrar|eliminar|bajar|respetar|pedir|disculparse|apagar|cerrar"
    rf"|recoger))(?![^\W_])",
    re.IGNORECASE,
)
_ASK_WORDS = frozenset(
    (
        *(
            "want",
            "like",
            "ask",
            "need",
            "expect",
            "request",
            "demand",
            "insist",
            "should",
            "must",
            "has",
            "have",
            "ought",
        ),
        *("needs", "quiero", "queremos", "pido", "pedimos", "exijo", "solicito", "quisiera", "necesito", "gustaría"),
        *("debe", "deben", "debería", "deberían", "tiene", "tienen"),
    )
)
_MONEY_BACK = re.compile(
    r"(?<![^\W_])(?:money|deposit|rent|refund|euros?|dinero|fianza|renta|importe)(?![^\W_])", re.IGNORECASE
)


@dataclass(frozen=True)
class OfferedAct:
    party: Party
    quote: Quote


def is_act_asked(sentence: Sentence) -> bool:
    """Whether its author asks somebody else for a deed; asking for money back is a matter of sums."""
    if sentence.words.isdisjoint(_ASK_WORDS) or sentence.spoken.endswith("?"):
        return False
    match = _ASKS.search(sentence.spoken)
    return match is not None and not _MONEY_BACK.search(sentence.spoken[match.start() : match.end() + 40])


def acts_asked(record: Record) -> list[OfferedAct]:
    """Deeds each party asks of the other side: at most two of one party, six in all, without sums, quotable as a whole."""
    with_sums = {(id(s.sentence.source), s.sentence.start) for s in record.statements}
    counts: dict[UUID, int] = {}
    found = []
    for party, sentence in record.sentences:
        if counts.get(party.user_id, 0) == MOST_OF_ONE or (id(sentence.source), sentence.start) in with_sums:
            continue
        quote = quote_sentence(sentence) if is_quotable(sentence) and is_act_asked(sentence) else None
        if quote is not None:
            counts[party.user_id] = counts.get(party.user_id, 0) + 1
            found.append(OfferedAct(party, quote))
    return found[:MOST]


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
