"""Heat in a text: insults, threats, shouting, contempt; and the same text with the heat taken out and its facts kept.

Sums, days and numbers are never touched: a wording in which one is missing, added or in another place is not offered.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from kernel.money import CURRENCIES

Heat = Literal["insults", "threats", "shouting", "swearing", "sarcasm"]
LONGEST = 20_000  # characters; what is longer comes back as it is

_INSULTS = (
    r"idiots?|idiotic|moron(?:s|ic)?|imbeciles?|stupid|dumb|fools?|foolish|liars?|cheats?|cheaters?|crooks?|crooked|thief|thieves|scum"
    r"|bastards?|assholes?|arseholes?|bitch(?:es)?|wankers?|pricks?|dickheads?|jerks?|scumbags?|parasites?|pigs?|clowns?|losers?"
    r"|psychos?|lunatics?|maniacs?|pathetic|disgusting|despicable|shameless|greedy|worthless|incompetent|scammers?|swindlers?"
    r"|con artists?|con man|fraudsters?|vermin|cowards?|hypocrites?"
    r"|idiotas?|imb[eé]cil(?:es)?|est[uú]pid[oa]s?|tont[oa]s?|gilipollas|cabr[oó]n(?:es|a|as)?|hij[oa]s? de puta|put[oa]s?"
    r"|mentiros[oa]s?|ladr[oó]n(?:es|a|as)?|estafador(?:es|a|as)?|sinvergüenzas?|canallas?|payas[oa]s?|inútil(?:es)?|incompetentes?"
    r"|caradura|escoria|chorizos?|timador(?:es|a|as)?|asqueros[oa]s?|patétic[oa]s?|descarad[oa]s?|subnormal(?:es)?|pendej[oa]s?"
    r"|maldit[oa]s?|cobardes?|hipócritas?"
)
_SWEARING = (
    r"f+u+c+k(?:ing|ed|er|ers|s)?|f\*+(?:ing|k)?|shit(?:ty|s)?|bullshit|crap|damn(?:ed)?|goddamn|bloody|wtf"
    r"|joder|mierda|coño|hostias?|puñeter[oa]s?|jodid[oa]s?|carajo"
)
_INSULT = re.compile(rf"(?<![^\W_])(?:{_INSULTS})(?![^\W_])", re.IGNORECASE)
_SWEAR = re.compile(rf"(?<![^\W_])(?:the (?:hell|fuck)|{_SWEARING})(?![^\W_])", re.IGNORECASE)
_THREAT = re.compile(
    r"(?<![^\W_])(?:(?:i|we)(?:'ll| will|'m going to| am going to| are going to) (?:\w+ )?(?:destroy|ruin|kill|hurt|break you|smash"
    r"|crush|end you|come for|make you (?:pay|regret|suffer)|bury|beat|hunt|finish you|get you)"
    r"|you(?:'ll| will| are going to|'re going to) (?:\w+ )?(?:regret|pay for this|be sorry|suffer)"
    r"|watch your back|or else(?! (?:i|we) (?:will )?(?:go to court|sue))|you have been warned|i know where you live"
    r"|make your life (?:hell|miserable)|te vas? a enterar|se va a enterar|lo (?:vas|va|vais|van) a (?:lamentar|pagar caro)"
    r"|te arrepentirás|se arrepentirá|vas a ver|(?:te|le|os|les) voy a (?:hundir|destrozar|arruinar|matar|partir|romper|reventar|buscar)"
    r"|sé dónde (?:vives|vive)|at[eé]n(?:te|gase) a las consecuencias|te (?:mato|hundo|destrozo))(?![^\W_])",
    re.IGNORECASE,
)
_SARCASM = re.compile(
    r"\A\s*(?:oh,? (?:great|wonderful|brilliant|sure)|yeah,? right|what a (?:genius|joke|surprise|gem|charmer)|congratulations"
    r"|how (?:generous|kind|clever|convenient|nice) of (?:you|him|her|them)|thanks (?:a lot|for nothing)|nice try|bravo"
    r"|give me a break|spare me|poor you|qué (?:sorpresa|casualidad|gracioso|generos[oa]|list[oa]|maravilla)"
    r"|menud[oa] (?:genio|joya|cara|sorpresa)|enhorabuena|gracias por nada|faltaría más|no me digas|vaya (?:cara|morro|genio))"
    r"(?![^\W_])[,.!…\s]*",
    re.IGNORECASE,
)
_CONTEMPT = re.compile(
    r"(?<![^\W_])(?:what(?: is|'s) wrong with you|how dare you|shame on you|shut up|go to hell|get lost|drop dead|screw you|you people"
    r"|you make me sick|cállate|cállese|vete a la mierda|que te den|debería darte vergüenza|debería darle vergüenza"
    r"|cómo te atreves|cómo se atreve|me das asco|me da asco)(?![^\W_])",
    re.IGNORECASE,
)
# "You are a liar and a thief who kept 900": what is said of the person goes, what the person did stays.
_IS_ONE = re.compile(
    rf"(?<![^\W_])(?P<who>you|he|she|they)(?: are| is|'re|'s) (?:(?:a|an|all|such an?|nothing but an?|just an?|the|one|so|really|very)\s)*"
    rf"(?:{_INSULTS}|\w+ing)(?:(?:,| and|,? and an?| or)\s(?:an?\s)?(?:{_INSULTS}))*\s(?:who|that|and)\s(?=\w)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"(?:,\s*)?(?<![^\W_])(?:you|that|this|the|what an?|such an?|un[oa]?|es[ea]|est[ea]|pedazo de|so)\s"
    rf"(?:(?:{_SWEARING}|{_INSULTS}|little|old|big|complete|total|absolute)\s)*"
    rf"(?:{_INSULTS})(?![^\W_])(?:\s*,)?",
    re.IGNORECASE,
)
_WORD_OF_HEAT = re.compile(rf"(?<![^\W_])(?:{_INSULTS}|the (?:hell|fuck)|{_SWEARING})(?![^\W_])", re.IGNORECASE)
_NOTHING_BUT = re.compile(rf"\b(nothing)(?: but| except)( )?(?:{_SWEARING})(?![^\W_])", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…](?=[.,]?\d)[^.!?…\n]*)*[.!?…]*[ \t]*\n*")
_CLAUSE = re.compile(r"\s*(?:,|;|\s[–—-]\s|(?<![^\W_])(?:or|and|o|y|otherwise|si no)(?![^\W_]))\s*", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_CONTENT = re.compile(r"\d|[€£$¥]|%")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MARKS = re.compile(r"([!?])[!?]+|!")
_GAPS = re.compile(r"[ \t]{2,}")
_LOOSE = re.compile(r"[ \t]+([,.;:!?])")
_DOUBLED = re.compile(r"([,;:])(?:\s*[,;:])+|,(?=\s*[.!?])")
_FALSE_ACCUSATION = frozenset(["liar", "liars", "mentiroso", "mentirosa", "mentirosos", "mentirosas"])


@dataclass(frozen=True)
class CalmerWording:
    """`text` says the same with less heat. `found` names what was toned down; empty, and `text` as given, when nothing needed it."""

    text: str
    is_changed: bool
    found: tuple[Heat, ...] = ()
    explanation: str = ""


def is_heated(text: str) -> bool:
    """Whether the text insults, threatens, swears or shouts at somebody."""
    text = text.replace("’", "'")
    return any(pattern.search(text) for pattern in (_INSULT, _SWEAR, _THREAT, _CONTEMPT)) or _shouts(text)


def calmer_wording(text: str, locale: str) -> CalmerWording:
    """The same message without insults, threats, shouting and sarcasm; every number stays, in its order.

    Nothing is added but one sentence of the writer's feeling where a whole sentence of heat was taken out. When toning down would
    lose a number, or the text is too long, it comes back as it was.
    """
    words = SPANISH if locale.lower().replace("_", "-").split("-")[0] == "es" else ENGLISH
    if not text.strip() or len(text) > LONGEST:
        return CalmerWording(text, False, (), words.unchanged)
    cooled = _Cooling(words)
    calm = cooled.text(text.replace("’", "'"))
    if not cooled.found:
        return CalmerWording(text, False, (), words.unchanged)
    if _DIGITS.findall(calm) != _DIGITS.findall(text) or not calm or calm == text:
        return CalmerWording(text, False, tuple(cooled.found), words.by_hand)
    return CalmerWording(calm, True, tuple(cooled.found), words.explain(tuple(cooled.found)))


@dataclass(frozen=True)
class _Words:
    upset: str
    differs: str
    steps: str
    unchanged: str
    by_hand: str
    changed: str
    joint: str
    names: dict[Heat, str]

    def explain(self, found: Sequence[Heat]) -> str:
        named = [self.names[heat] for heat in found]
        joint = " e " if self.joint == " y " and named[-1].startswith("i") else self.joint
        listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])}{joint}{named[-1]}"
        return self.changed.format(listed)


ENGLISH = _Words(
    upset="I am upset about how this has gone.",
    differs="I see what happened differently.",
    steps="I will consider what further steps are open to me.",
    unchanged="Nothing in this message needed a calmer wording.",
    by_hand="This message is heated, but it could not be toned down without touching its figures. Please reword it yourself.",
    changed="Toned down: {}. Figures and dates are as you wrote them; read it before you send it.",
    joint=" and ",
    names={
        "insults": "insults",
        "threats": "threats",
        "shouting": "shouting (capitals, exclamation marks)",
        "swearing": "strong language",
        "sarcasm": "sarcasm",
    },
)
SPANISH = _Words(
    upset="Me ha disgustado la forma en que ha ido este asunto.",
    differs="Yo veo lo ocurrido de otra manera.",
    steps="Valoraré qué otros pasos puedo dar.",
    unchanged="Nada en este mensaje necesitaba un tono más sereno.",
    by_hand="Este mensaje es acalorado, pero no se ha podido suavizar sin tocar sus cifras. Le rogamos que lo redacte de nuevo.",
    changed="Se ha suavizado: {}. Las cifras y fechas siguen como usted las escribió; léalo antes de enviarlo.",
    joint=" y ",
    names={
        "insults": "insultos",
        "threats": "amenazas",
        "shouting": "gritos (mayúsculas, signos de exclamación)",
        "swearing": "palabras malsonantes",
        "sarcasm": "ironía",
    },
)


@dataclass
class _Cooling:
    """One text being toned down, sentence by sentence; remembers what was found and what was said in its place."""

    words: _Words
    found: dict[Heat, None] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def text(self, text: str) -> str:
        kept = [self._sentence(sentence) for sentence in _sentences(self._quieter(text))]
        return _tidy("".join(kept))

    def _quieter(self, text: str) -> str:
        """Capital letters that shout become small ones; runs of exclamation marks become full stops."""
        if _shouts(text):
            self.found["shouting"] = None
            text = _lowered(text)
        calm = _MARKS.sub(lambda match: "?" if "?" in match.group() else ".", text)
        if calm.count("!") < text.count("!") and re.search(r"[!?]{2,}", text):
            self.found["shouting"] = None
            return calm
        return text

    def _sentence(self, sentence: str) -> str:
        ending = sentence[len(sentence.rstrip()) :]
        body = sentence.rstrip()
        has_content = _CONTENT.search(body) is not None
        if _THREAT.search(body):
            self.found["threats"] = None
            body = self._without_clauses(body, _THREAT) if has_content else self._once(self.words.steps)
        if _CONTEMPT.search(body):
            self.found["insults"] = None
            body = self._without_clauses(body, _CONTEMPT) if has_content else self._once(self.words.upset)
        if (match := _SARCASM.match(body)) and not has_content:
            self.found["sarcasm"] = None
            body = body[match.end() :] if len(body) - match.end() > 15 else ""
        if _SWEAR.search(body):
            self.found["swearing"] = None
        if _INSULT.search(body):
            self.found["insults"] = None
        if _WORD_OF_HEAT.search(body):
            body = self._without_heat(body, has_content=has_content)
        return body + (ending or ("" if not body else " ")) if body else ("\n" if "\n" in ending else "")

    def _without_heat(self, body: str, *, has_content: bool) -> str:
        calm = _IS_ONE.sub(lambda match: f"{match.group('who')} ", body)
        called = _CALLED.sub(lambda match: ", " if match.group().rstrip().endswith(",") else " ", calm)
        calm = called if len(_LETTERS.findall(called)) > 2 else calm
        if has_content:
            return self._cooled_clauses(calm)
        only_swears = not _INSULT.search(body)
        if only_swears or not _INSULT.search(calm):
            calm = _without_words(calm)
            if len(_LETTERS.findall(calm)) > 2 and not _is_stump(calm):
                return calm
        said = {match.group().lower() for match in _INSULT.finditer(body)}
        return self._once(self.words.differs if said <= _FALSE_ACCUSATION else self.words.upset)

    def _cooled_clauses(self, body: str) -> str:
        """Each clause without its words of heat; what is then no clause any more goes, unless it holds a figure."""
        end = body[-1] if body[-1:] in ".!?…" else ""
        cooled = [(_without_words(part), part) for part in _split(body.rstrip(".!?…"))]
        parts = [
            calm
            for calm, part in cooled
            if _CONTENT.search(part) or not (_is_stump(calm) or (calm != part and _is_short(calm)))
        ]
        return _joined(parts).strip(" ,;–—-") + end

    def _without_clauses(self, body: str, heat: re.Pattern[str]) -> str:
        """The clauses without the heat; those with figures stay in any case."""
        end = body[-1] if body[-1:] in ".!?…" else "."
        parts = [part for part in _split(body.rstrip(".!?…")) if not heat.search(part) or _CONTENT.search(part)]
        return _joined(parts).strip(" ,;–—-") + end

    def _once(self, sentence: str) -> str:
        if sentence in self.said:
            return ""
        self.said.add(sentence)
        return sentence


def _without_words(text: str) -> str:
    return _WORD_OF_HEAT.sub(" ", _NOTHING_BUT.sub(r"\g<1>\g<2>", text))


def _is_short(text: str) -> bool:
    return len(_LETTERS.findall(text)) < 3


def _is_stump(text: str) -> bool:
    """ "You are a ." after the word is taken out."""
    return (
        re.search(r"(?:\b(?:a|an|are|is|the|such|un|una|es|eres|so|of|you)|')\s*[.!?…,]*\s*\Z", text, re.IGNORECASE)
        is not None
    )


def _sentences(text: str) -> Iterator[str]:
    return (match.group() for match in _SENTENCE.finditer(text) if match.group())


def _split(text: str) -> list[str]:
    """Clauses, each with the word or mark that joins it to the one before."""
    cuts = [0, *(match.start() for match in _CLAUSE.finditer(text)), len(text)]
    return [text[first:last] for first, last in pairwise(cuts) if text[first:last].strip()]


def _joined(parts: Sequence[str]) -> str:
    if not parts:
        return ""
    first = _CLAUSE.match(parts[0])
    return "".join([parts[0][first.end() :] if first else parts[0], *parts[1:]])


def _shouts(text: str) -> bool:
    words = _LETTERS.findall(text)
    loud = [word for word in words if len(word) > 2 and word.isupper() and word not in CURRENCIES]
    letters = sum(len(word) for word in words)
    return len(loud) >= 2 and sum(map(len, loud)) >= 12 and sum(map(len, loud)) > 0.35 * letters


def _lowered(text: str) -> str:
    """Words in capitals in small letters, but for currencies and single letters; sentences begin with a capital."""
    calm = _LETTERS.sub(
        lambda match: (
            match.group().lower() if match.group().isupper() and match.group() not in CURRENCIES else match.group()
        ),
        text,
    )
    return _capitals(re.sub(r"(?<![^\W_])i(?![^\W_])", "I", calm) if re.search(r"\bI\b", text) else calm)


def _capitals(text: str) -> str:
    return re.sub(r"(\A\W*|[.!?…]\s+|\n\s*)([^\W\d_])", lambda match: match.group(1) + match.group(2).upper(), text)


def _tidy(text: str) -> str:
    text = _LOOSE.sub(r"\1", _GAPS.sub(" ", text))
    text = _DOUBLED.sub(r"\1", text)
    lines = [line.strip(" ,;") for line in text.split("\n")]
    return _capitals("\n".join(lines).strip())
