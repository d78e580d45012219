"""The mediator's answers in chat by rules: useful and honest. What comes next, what was said by whom, what it cannot do, who it is.

In the joint room it rests on the joint record alone; in a caucus on that record and on that party's own lines there. What it says in
one room it never carries into another: it has no memory but its arguments.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ai_mediation.adapters.offline.cues import Meaning
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.quotes import quote_statement
from ai_mediation.adapters.offline.reading import Reading, may_shape, read
from ai_mediation.adapters.offline.statements import Statement
from ai_mediation.adapters.offline.temper import is_heated
from ai_mediation.adapters.offline.wording import Wording, wording_for
from ai_mediation.adapters.offline.wording.replies import ReplyWords, reply_words
from disputes.public import CaseFile, CaseState, MediatorTurn
from kernel.money import Money

MOST_SAID = 6  # sayings told back
LONGEST = 2000  # characters
_TOPICS = {
    "human": r"(?:real|actual|human) (?:human|person|mediator|lawyer|being)|(?:talk|speak) (?:to|with) (?:a |an )?(?:human|person|lawyer"
    r"|someone)|humans?|lawyer|abogad[oa]|(?:una )?persona (?:real|mediadora|humana|de verdad)|humano|alguien de verdad",
    "ai": r"are you (?:an? )?(?:ai|robot|bot|machine|computer|real|human|person|program)|who are you|what are you"
    r"|eres (?:una? )?(?:ia|robot"
    r"|máquina|persona|humano)"
    r"|es usted (?:una? )?(?:ia|robot|máquina|persona)|quién eres|quién es usted",
    "next": r"what (?:happens|comes|is|do (?:i|we) do) (?:now|next)|next steps?|now what|what now"
    r"|how does (?:this|it) (?:work|go on)|status"
    r"|qué (?:pasa|ocurre|sigue|hago|hacemos|viene)(?: ahora| después)?|siguiente paso|próximos? pasos?|cómo (?:funciona|sigue)",
    "deadline": r"deadlines?|until when|how long|by when|time left|due date|plazos?|hasta cuándo|cuánto tiempo|fecha límite",
    "record": r"who said|what (?:did|has|have) \w+ (?:say|said|offer|offered)|what was said"
    r"|offers?|offered|demands?|positions?|summar\w+|so far"
    r"|quién dijo|qué (?:dijo|ha dicho|ofreció|ofrece|pide)|ofertas?|resum\w+|posici(?:ón|ones)|hasta ahora",
    "verdict": r"who is right|who'?s right|am i right|is (?:that|this|it) fair|what do you think|your opinion|propos\w+|suggest\w*|solution"
    r"|recommend\w*|quién tiene razón|tengo razón|es justo|qué opina|qué piensa|propues\w+|propon\w+|sugier\w+|solución|recomiend\w+",
    "law": r"legal\w*|law|laws|lawsuit|sue|court|judge|(?:my|your|our|his|her) rights?|win|liab\w+"
    r"|ley(?:es)?|derechos?|demandar|juicio|juez|tribunal|ganar(?:ía|é)?"
    r"|jurídic\w+",
    "secret": r"confidential\w*|secret|in private|between us|tell (?:him|her|them|the other)|who (?:can )?reads?|confidencial\w*|secreto"
    r"|entre nosotros|en privado|quién (?:lo )?lee|se lo (?:dirá|contará)",
}
_PATTERNS = {
    topic: re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE) for topic, pattern in _TOPICS.items()
}
_POSITIONS = {
    Meaning.OFFER, Meaning.GIVE, Meaning.OWE, Meaning.ACCEPT, Meaning.TAKE, Meaning.FLOOR, Meaning.CONCEDE,
}  # fmt: skip
_TIMING = re.compile(
    r"(?<![^\W_])(?:instal?ments?|parts|month|week|soon|today|plazos?|mes(?:es)?|semanas?|pronto|hoy)(?![^\W_])",
    re.IGNORECASE,
)


def reply(asked: MediatorTurn, case: CaseFile, locale: str) -> str:
    """The answer to what one party wrote, for the room it was written in."""
    return _Reply(asked, case, locale).text()


@dataclass(frozen=True)
class _Reply:
    asked: MediatorTurn
    case: CaseFile
    locale: str

    @property
    def say(self) -> ReplyWords:
        return reply_words(self.locale)

    @property
    def words(self) -> Wording:
        return wording_for(self.locale)

    @property
    def state(self) -> CaseState:
        return self.asked.state

    def text(self) -> str:
        written = "\n".join(self.asked.lines)
        topics = [topic for topic, pattern in _PATTERNS.items() if pattern.search(written)]
        body = list(
            self._in_caucus(written, topics) if self.asked.kind == "caucus" else self._in_joint_room(written, topics)
        )
        paragraphs = [*dict.fromkeys(part for part in body if part), self._who()]
        return "\n\n".join(paragraphs)[:LONGEST]

    def _who(self) -> str:
        human = self.say.human_there if self.state.has_human_mediator else self.say.human
        asked = self.state.is_escalated and not self.state.has_human_mediator
        return f"{self.say.who_i_am} {self.say.human_asked if asked else human}"

    # --- the joint room -----------------------------------------------------------------------------------------------
    def _in_joint_room(self, written: str, topics: Sequence[str]) -> Iterator[str]:
        if is_heated(written):
            yield self.say.calm
        yield from self._about(topics)
        if "secret" in topics:
            yield self.say.joint_is_open
        if not {"next", "deadline", "record", "verdict", "law", "secret", "human", "ai"}.intersection(topics):
            yield from self._record()
            yield self._next()

    def _about(self, topics: Sequence[str]) -> Iterator[str]:
        if "record" in topics:
            yield from self._record()
        if "verdict" in topics:
            yield f"{self.say.no_verdict} {self.say.proposal if self.state.status == 'mediating' else ''}".strip()
        if "law" in topics:
            yield self.say.no_law
        if "next" in topics:
            yield self._next()
        if "deadline" in topics:
            yield self._deadlines()

    def _next(self) -> str:
        told = [self.say.statuses.get(self.state.status, "")]
        if self.state.status == "mediating":
            if self.state.protocol == "mediated":
                told.append(self.say.mediated_next)
            told.append(self.say.rounds.format(count=self.state.rounds_left))
        if self._dates():
            told.append(self._deadlines())
        return " ".join(part for part in told if part)

    def _dates(self) -> list[str]:
        found = []
        if self.state.status in ("invite_sent", "stating") and self.state.statement_deadline:
            found.append(self.say.statement_deadline.format(day=self.words.day(self.state.statement_deadline)))
        if self.state.status == "mediating" and self.state.consent_deadline:
            found.append(self.say.consent_deadline.format(day=self.words.day(self.state.consent_deadline)))
        return found

    def _deadlines(self) -> str:
        return " ".join(self._dates()) or self.say.no_deadline

    def _record(self) -> Iterator[str]:
        said = list(self._sayings(read(self.case)))
        if not said:
            yield self.say.nothing_on_record
        else:
            yield "\n".join([self.say.on_record, *(f"- {line}" for line in said)])

    def _sayings(self, reading: Reading) -> Iterator[str]:
        """The latest two sayings about money of each party, in order, quoted with their place."""
        latest: dict[object, list[Statement]] = {}
        for statement in reading.statements:
            if statement.meaning in _POSITIONS and quote_statement(statement) is not None:
                latest.setdefault(statement.author.user_id, []).append(statement)
        kept = {id(s) for said in latest.values() for s in said[-2:]}
        seen: set[str] = set()
        for statement in reading.statements:
            quote = quote_statement(statement) if id(statement) in kept else None
            if quote is None or quote.shown in seen or len(seen) == MOST_SAID:
                continue
            seen.add(quote.shown)
            yield self.say.says.format(
                name=self.words.name(statement.author),
                kind=self.say.kinds[statement.sentence.source.kind],
                day=self.words.day(statement.sentence.source.created_at.date()),
                quote=quote.shown,
            )

    # --- a caucus -----------------------------------------------------------------------------------------------------
    def _in_caucus(self, written: str, topics: Sequence[str]) -> Iterator[str]:
        sums = self._sums_named()
        if is_heated(written):
            yield self.say.calm
        yield self._heard(sums)
        yield from self._about(topics)
        if self.asked.replies_before == 0 or "secret" in topics:
            yield self.say.caucus_is_private
        if self.state.protocol == "mediated" and (sums or self.asked.replies_before == 0):
            yield self.say.permission
        if "human" not in topics:
            yield self.say.questions[self._question(written, has_sums=bool(sums))]

    def _heard(self, sums: Sequence[Money]) -> str:
        if sums:
            named = list(dict.fromkeys(self.words.money(money) for money in sums))[:4]
            heard = self.say.heard_sums if self.state.protocol == "mediated" else self.say.heard_sums_only
            return heard.format(sums=", ".join(named))
        return self.say.thanks if len(self.asked.lines) == 1 else self.say.heard.format(count=len(self.asked.lines))

    def _sums_named(self) -> list[Money]:
        """The sums in this party's own lines here, as money of the case."""
        lines = [
            may_shape(self.asked.author_id, self.asked.newest_id, plain(line, longest=LONGEST), self.case.filed_at)
            for line in self.asked.lines
        ]
        reading = read(self.case, lines)
        return [s.money for s in reading.statements if any(s.sentence.source is line for line in lines)]

    def _question(self, written: str, *, has_sums: bool) -> str:
        """One question, the next one nobody has answered yet: interests before positions."""
        order = ["wish", "worry", "timing", "other_than_money", "other_side", "figure"]
        if has_sums:
            order.remove("figure")
            order.insert(0, order.pop(order.index("timing")))
        if _TIMING.search(written):
            order.remove("timing")
        return order[self.asked.replies_before % len(order)]
