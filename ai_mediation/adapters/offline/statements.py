"""What the parties say about money: one `Statement` for each sum in a truth, a joint-room message or the filer's description.

Evidence is never a statement: whoever uploads a letter does not speak for its writer. Nor is speech in quotation marks, a
question, or a sum in another currency than the case's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from ai_mediation.adapters.offline.amounts import MONEY_WORDS as _MONEY_WORDS
from ai_mediation.adapters.offline.amounts import Mention, mentions_in, money
from ai_mediation.adapters.offline.cues import (
    AFTERWARDS,
    AT_LEAST,
    GOES_BACK,
    INSTEAD_OF,
    LONGEST_INSTEAD_OF,
    MODALS_ES,
    Cue,
    FoundCue,
    Meaning,
    last_cue,
)
from ai_mediation.adapters.offline.dates import MONTH_WORDS
from ai_mediation.adapters.offline.fractions import FRACTION_WORDS, fractions_in
from ai_mediation.adapters.offline.names import Names
from ai_mediation.adapters.offline.numbers import NUMBER_WORDS, read_count
from ai_mediation.adapters.offline.sentences import Sentence
from disputes.public import Party
from kernel.money import Money

LOOK_BACK = 220  # characters before a sum that may hold its cue
LOOK_AHEAD = 90
LOOK_BACK_BARE = 60  # characters before a number without a currency

_DIGIT = re.compile(r"\d")
_CLAUSE = re.compile(
    r";|:\s|\s[–—-]\s|(?<![^\W_])(?:but|because|although|though|while|whereas|since|which|however|pero|porque"
    r"|aunque|mientras|ya que|sino)(?![^\W_])",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?<![^\W_])(?:(?P<joint>we|nosotr[oa]s)|(?P<first>i|i'd|i'll|i'm|i’d|i’ll|i’m|i've|yo|my|mi)"
    r"|(?P<other>he|she|they|you|it|he's|she's|they've|él|ella|ellos|ellas|usted|ustedes|who|que|nobody|everyone|"
    r"(?:the|my|our|his|her|el|la|los|las|mi) (?:\w+ )?(?:landlord|tenant|client|customer|seller|buyer|company"
    r"|neighbou?r|owner|contractor|"
    r"casero|casera|inquilin[oa]|client[ea]|vendedora?|compradora?|empresa|vecin[oa]|dueñ[oa])))(?![^\W_])",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_OWN_NOUN = re.compile(r"(?<![^\W_])(?:my|our|mi|nuestra)\s(?:\w+\s){0,2}\Z", re.IGNORECASE)
_AUXILIARIES = frozenset(
    [
        "can",
        "could",
        "would",
        "will",
        "shall",
        "may",
        "might",
        "do",
        "did",
        "does",
        "am",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "have",
        "has",
        "had",
        "to",
        "not",
        "never",
        "only",
        "also",
        "still",
        "now",
        "then",
        "just",
        "already",
        "even",
        "gladly",
        "happily",
        "hereby",
        "maybe",
        "perhaps",
        "rather",
        "willing",
        "ready",
        "prepared",
        "happy",
        "able",
        "first",
        "once",
        "yes",
        "ok",
        "okay",
        "agreed",
        "fine",
        "well",
        "so",
        "today",
        "finally",
        "recently",
        "later",
        "originally",
        "initially",
    ]
)
_ARTICLES = frozenset(
    [
        "the",
        "my",
        "our",
        "your",
        "his",
        "her",
        "their",
        "its",
        "this",
        "that",
        "a",
        "an",
        "el",
        "la",
        "los",
        "las",
        "un",
        "una",
        "mi",
        "su",
        "sus",
        "nuestro",
        "nuestra",
        "este",
        "esta",
    ]
)
_LINKS = frozenset(["and", "or", "but", "y", "o", "e", "that", "i", "we", "he", "she", "they", "you", "it", "yo"])
_JOINT_ES = re.compile(r"(?:amos|emos|imos)\Z", re.IGNORECASE)
_EACH = re.compile(
    r"(?<![^\W_])(?:each|apiece|per person|per head|cada un[oa]|a cada|por persona"
    r"|por cabeza)(?![^\W_])",
    re.IGNORECASE,
)
_EACH_WORDS = frozenset(["each", "apiece", "per", "cada", "por"])  # every match of `_EACH` holds one
_OTHERS_SAY = re.compile(
    r"(?<![^\W_])(?:says?|said|claims|claimed|thinks?|believes?|pretends|alleges?|insists|insisted|dice[ns]?"
    r"|dijo|afirma|sostiene|asegura|according to|según)(?![^\W_])",
    re.IGNORECASE,
)
_I_SAY = re.compile(r"(?<![^\W_])(?:i|we) (?:say|said|think|believe|insist)", re.IGNORECASE)
_AND = re.compile(r"(?<![^\W_])(?:and|plus|y|e|más|then|luego)(?![^\W_])|[,&+]", re.IGNORECASE)
_OR = re.compile(r"(?<![^\W_])(?:or|o|u)(?![^\W_])", re.IGNORECASE)
_ALSO = re.compile(
    r"(?<![^\W_])(?:also|in addition|additionally|on top|another|further|besides|as well|too|además|también"
    r"|adicional(?:es|mente)?|otros)(?![^\W_])",
    re.IGNORECASE,
)
_ALSO_WORDS = frozenset(  # every match of `_ALSO` holds one
    [
        "also",
        "addition",
        "additionally",
        "top",
        "another",
        "further",
        "besides",
        "well",
        "too",
        "además",
        "también",
        "adicional",
        "adicionales",
        "adicionalmente",
        "otros",
    ]
)
_BARE_BEFORE = re.compile(
    r"\s(?:(?:you|him|her|them|me|us|up|back|for|at|to|on|about|around|only|another|just|with|be|is|of|a|hasta"
    r"|con|por|en|de|unos|solo|sólo|los|the|total|un|him:|is:|like)\s){0,4}\Z",
    re.IGNORECASE,
)
_BARE_AFTER = re.compile(
    r"\s?(?:[.,;:!)]|\Z|(?:for|if|now|to|and|but|by|in|at|today|tomorrow|this|each|back|as|or|instead|per|si"
    r"|por|para|y|pero|ahora|hoy|cada|al|en|a|con|como|o)(?![^\W_]))",
    re.IGNORECASE,
)
_NOT_MONEY_AFTER = re.compile(r"\s?(?:to \d|in \d|per ?cent|%|[.:]\d)", re.IGNORECASE)
_TIMES = re.compile(
    r"(?<![^\W_])(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve|dos|tres|cuatro|cinco|seis|siete"
    r"|ocho|nueve|diez|doce)\s"
    r"(?:(?:equal|monthly|weekly|iguales|mensuales)\s){0,2}(?:parts|payments|instal?ments|rates|partes|pagos"
    r"|plazos|cuotas|mensualidades)\s(?:of|de)\s\Z",
    re.IGNORECASE,
)


_OF = frozenset([" of", " de"])  # what `_TIMES` ends with, before its last blank


@dataclass(frozen=True)
class Statement:
    """One sum as one party speaks of it."""

    author: Party
    sentence: Sentence
    mention: Mention
    meaning: Meaning
    money: Money
    each: bool  # the sum is meant for every party on the other side
    joint: bool  # said for the whole own side ("we")
    named: frozenset[UUID]  # parties named close to the sum
    adds: bool  # comes on top of the sum before it
    also: bool  # the sentence says that it comes on top of an earlier one
    either: bool  # an alternative to the sum before it ("or")


class Reader:
    """Reads sentences of one case, in its currency (None: any); parts of the claim need the claim."""

    def __init__(self, parties: tuple[Party, ...], currency: str | None, claim: Money | None = None) -> None:
        self.names = Names(parties)
        self.currency = currency
        self.claim = claim

    def statements_in(self, sentence: Sentence, author: Party) -> Iterator[Statement]:
        """The sums of one sentence as its author speaks of them, in order."""
        spoken = sentence.spoken
        sums = self._sums_in(sentence)
        also = bool(sums) and sentence.may_say(_ALSO_WORDS) and _ALSO.search(spoken) is not None
        before: Statement | None = None
        for index, mention in enumerate(sums):
            earlier = sums[index - 1].end if index else 0
            following = sums[index + 1].start if index + 1 < len(sums) else len(spoken)
            place = _Place(spoken, mention, earlier, following, spoken.endswith("?"))
            before = self._statement(place, sentence, author, before, also=also)
            yield before

    def _sums_in(self, sentence: Sentence) -> list[Mention]:
        spoken = sentence.spoken
        in_words = not sentence.words.isdisjoint(_MONEY_WORDS) and sentence.may_say(NUMBER_WORDS)
        if self.claim and ("%" in spoken or not sentence.words.isdisjoint(FRACTION_WORDS)):
            parts = [part for part in fractions_in(spoken, self.claim) if _is_put_forward(spoken, part)]
        else:
            parts = []
        if not in_words and not parts and _DIGIT.search(spoken) is None:
            return []
        named = mentions_in(spoken, self.currency, in_words=in_words)
        sums = [mention for mention in named if _is_sum(spoken, mention, self.currency)]
        return sorted((*sums, *parts), key=lambda mention: mention.start) if parts else sums

    def _statement(
        self, place: "_Place", sentence: Sentence, author: Party, before: Statement | None, *, also: bool
    ) -> Statement:
        cue = last_cue(place.clause)
        adds, either, continues = _link(place, cue, before)
        return Statement(
            author=author,
            sentence=sentence,
            mention=place.mention,
            # "500 of the 800 euros": a second sum under the same verb is no offer of its own
            meaning=Meaning.NOTED
            if continues and not adds and not either
            else _meaning(place, cue, self.names.of_others(author)),
            money=_money(place, self.currency),
            each=sentence.may_say(_EACH_WORDS) and _EACH.search(f"{place.lead} {place.trail}") is not None,
            joint=_is_joint(place, cue),
            named=self.names.in_text(place.lead) | self.names.in_text(place.trail),
            adds=adds,
            also=also,
            either=either,
        )


def _link(place: "_Place", cue: FoundCue | None, before: Statement | None) -> tuple[bool, bool, bool]:
    """How a sum hangs on the one before it: adds to it, stands for it, shares its verb."""
    gap = place.mention.start - place.earlier
    continues = before is not None and cue is not None and cue.end <= len(place.clause) - gap
    either = continues and _OR.search(place.between) is not None
    return continues and not either and _AND.search(place.between) is not None, either, continues


@dataclass(frozen=True)
class _Place:
    """A sum in its sentence: `earlier` and `following` are where the neighbouring sums end and begin."""

    spoken: str
    mention: Mention
    earlier: int
    following: int
    asks: bool

    @cached_property
    def lead(self) -> str:
        """From the last "and" after the sum before, to this sum."""
        text = self.spoken[max(self.earlier, self.mention.start - LOOK_BACK) : self.mention.start]
        cut = [match.end() for match in _AND.finditer(text)] if self.earlier else []
        return text[cut[-1] :] if cut else text

    @cached_property
    def trail(self) -> str:
        """From this sum to the last "and" before the sum after it."""
        text = self.spoken[self.mention.end : min(self.following, self.mention.end + LOOK_AHEAD)]
        cut = [match.start() for match in _AND.finditer(text)] if self.following < len(self.spoken) else []
        return text[: cut[-1]] if cut else text

    @cached_property
    def clause(self) -> str:
        """What stands before the sum, back to where its clause begins."""
        text = self.spoken[max(0, self.mention.start - LOOK_BACK) : self.mention.start]
        cut = [match.end() for match in _CLAUSE.finditer(text)]
        return text[cut[-1] :] if cut else text

    @cached_property
    def between(self) -> str:
        return self.spoken[self.earlier : self.mention.start] if self.earlier else ""


def _money(place: _Place, currency: str | None) -> Money:
    code = place.mention.currency or currency or "EUR"
    before = place.spoken[max(0, place.mention.start - 50) : place.mention.start]
    times = _TIMES.search(before) if before[-4:-1].lower() in _OF else None
    factor = _count(times.group(1)) if times else 1
    return money(place.mention.amount * factor, code)


def _count(word: str) -> int:
    return read_count(word) or 1


def _is_sum(spoken: str, mention: Mention, currency: str | None) -> bool:
    """A number with a currency is a sum; a bare one only right after a word such as "take" or "offer"."""
    if mention.currency is not None:
        return True
    if currency is None or _NOT_MONEY_AFTER.match(spoken, mention.end) or not _BARE_AFTER.match(spoken, mention.end):
        return False
    text = spoken[max(0, mention.start - LOOK_BACK_BARE) : mention.start]
    if text.rstrip().rpartition(" ")[2].lower() in _DATING:
        return False
    cue = last_cue(text)
    if cue is None or not _is_about_positions(cue.cue):
        return False
    gap = text[cue.end :]
    return AT_LEAST.search(gap) is not None or _BARE_BEFORE.fullmatch(gap) is not None


_DATING = MONTH_WORDS | {"was", "were", "since", "until", "number", "no", "era", "desde"}  # "May 2025", "was 3 May"
_POSITIONS = {Meaning.OWE, Meaning.GIVE, Meaning.OFFER, Meaning.ACCEPT, Meaning.TAKE, Meaning.FLOOR, Meaning.CONCEDE}


def _is_put_forward(spoken: str, part: Mention) -> bool:
    """A part of the claim counts where it is offered, asked or given up; "half the flat was wet" names no sum."""
    cue = last_cue(spoken[max(0, part.start - LOOK_BACK_BARE) : part.start])
    return cue is not None and _is_about_positions(cue.cue)


def _is_about_positions(cue: Cue) -> bool:
    return cue.meaning in _POSITIONS


def _meaning(place: _Place, cue: FoundCue | None, others: frozenset[str]) -> Meaning:
    if place.asks:
        return Meaning.NOTED
    clause = place.clause
    if clause.endswith(" ") and INSTEAD_OF.search(clause[-LONGEST_INSTEAD_OF:]):
        return Meaning.NOTED
    if cue is None:
        return _meaning_from_what_follows(place)
    meaning = _by_subject(place, cue, others)
    if meaning in _POSITIONS and _OTHERS_SAY.search(clause[: cue.start]) and not _I_SAY.search(clause[: cue.start]):
        return Meaning.REPORTED
    if meaning is Meaning.TAKE and AT_LEAST.search(clause):
        return Meaning.FLOOR
    if meaning is Meaning.ACCEPT and AT_LEAST.search(clause):
        return Meaning.FLOOR
    return meaning


def _meaning_from_what_follows(place: _Place) -> Meaning:
    """ "830 euros is my last offer", "900 me parece bien", "the rest, 900 EUR, can go back"."""
    match = AFTERWARDS.match(place.spoken, place.mention.end)
    if match is None:
        return Meaning.GIVE if GOES_BACK.match(place.spoken, place.mention.end) else Meaning.NOTED
    return Meaning.OFFER if match.lastgroup == "offer" else Meaning.ACCEPT


def _by_subject(place: _Place, found: FoundCue, others: frozenset[str]) -> Meaning:
    cue = found.cue
    if cue.of_others is None:
        return cue.meaning
    return cue.meaning if _subject(place, found, others) != "other" else cue.of_others


def _subject(place: _Place, found: FoundCue, others: frozenset[str]) -> str:
    """Who does what the cue says: "first" (I), "joint" (we) or "other".

    What stands right before the verb decides: a name, a noun with its article, a pronoun. Else the last pronoun of the clause,
    then of the sentence; a sentence without any subject ("Can pay 400 euros") is its author's.
    """
    before = place.clause[: found.start]
    if MODALS_ES.search(before) or _OWN_NOUN.search(before):
        return "first"
    words = _WORDS.findall(before)
    while words and words[-1].lower() in _AUXILIARIES:
        words.pop()
    if words and (words[-1] in others or _is_noun(words)):
        return "other"
    sentence = place.spoken[max(0, place.mention.start - 2 * LOOK_BACK) : place.mention.start]
    return _last_subject(before) or _last_subject(sentence) or ("other" if words else "first")


def _is_noun(words: list[str]) -> bool:
    """ "the landlord", "my former tenant", "la empresa"."""
    return words[-1].lower() not in _LINKS and any(word.lower() in _ARTICLES for word in words[-3:-1])


def _last_subject(text: str) -> str | None:
    last = None
    for match in _SUBJECT.finditer(text):
        last = match.lastgroup
    return last


def _is_joint(place: _Place, cue: FoundCue | None) -> bool:
    if cue is None:
        return False
    before = place.clause[: cue.start]
    return _last_subject(before) == "joint" or _JOINT_ES.search(place.clause[cue.start : cue.end].strip()) is not None


def by_author(statements: list[Statement]) -> Mapping[UUID, list[Statement]]:
    """The statements of each party, in the order they were made."""
    found: dict[UUID, list[Statement]] = {}
    for statement in statements:
        found.setdefault(statement.author.user_id, []).append(statement)
    return found
