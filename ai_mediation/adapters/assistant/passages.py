# ruff: noqa: SIM905 - lists of words are read as words
"""Which sentences of a case answer a question, by the words they share. No model, no network."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ai_mediation.adapters.compliance.wordlist import Words, fold
from disputes.public import Passage

MOST_QUOTES = 4
LONGEST_QUOTE = 400
MOST_SENTENCES = 4000
STEM = 5  # letters: "invoice" and "invoices", "pagó" and "pagaré" meet in their beginnings
# What questions and answers are made of, and says nothing about what is asked.
COMMON = frozenset(
    "about after also and any are ask asked been before but can case could did does dispute for from had has "
    "have how into its just know may mediation more much must not now only other our out over please said say "
    "says shall should show side some tell than that the their them then there they this was were what when "
    "where which while who whom why will with would you your acerca algo ante antes aqui caso como con cual "
    "cuales cuando cuanto dato decir dice dicho dijo donde ella ellos eran esta este esto estos fue han hay "
    "hacer las los mas mediacion muy nada para pero por porque puede que quien quienes saber ser sido sin "
    "sobre son su sus tiene todo una uno unos usted ustedes".split()
)


@dataclass(frozen=True)
class Quote:
    """`text` is `passage.text[start:end]`."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def content_words(question: str) -> list[str]:
    """The words of a question that say what it is about, as they are compared."""
    return list(dict.fromkeys(_stem(word) for word in Words(question).words if _counts(word)))


def best_quotes(question: str, passages: Sequence[Passage], *, most: int = MOST_QUOTES) -> list[Quote]:
    """The sentences that share most with the question, rare words counting more, in the order of the case.

    A sentence must share at least half of what the best one shares: nothing is quoted only because there is nothing better.
    """
    asked = set(content_words(question))
    if not asked:
        return []
    found = [(quote, words) for quote, words in _sentences(passages) if words & asked]
    counts = Counter(word for _quote, words in found for word in words & asked)
    total = len(found) + 1
    scored = [
        (
            sum(math.log(1 + total / counts[word]) for word in words & asked) / math.sqrt(1 + len(words) / 40),
            -place,
            quote,
        )
        for place, (quote, words) in enumerate(found)
    ]
    scored.sort(key=lambda item: (-item[0], item[1]))
    best = scored[0][0] if scored else 0.0
    chosen = [(-place, quote) for score, place, quote in scored[: most * 3] if score >= best / 2]
    distinct = {quote.text: (place, quote) for place, quote in reversed(chosen)}
    return [quote for _place, quote in sorted(list(distinct.values())[-most:], key=lambda item: item[0])]


def _sentences(passages: Sequence[Passage]) -> list[tuple[Quote, frozenset[str]]]:
    found: list[tuple[Quote, frozenset[str]]] = []
    for passage in passages:
        words = Words(passage.text)
        for clause in words.clauses:
            if len(found) == MOST_SENTENCES:
                return found
            end = min(clause.end, clause.start + LONGEST_QUOTE)
            row = words.words[clause.first : clause.last + 1]
            author = {_stem(fold(word)) for word in passage.author.split()}
            found.append(
                (Quote(passage, clause.start, end), frozenset({_stem(word) for word in row if _counts(word)} | author))
            )
    return found


def _counts(word: str) -> bool:
    return (len(word) > 2 and word not in COMMON) or word[0].isdigit()


def _stem(word: str) -> str:
    return word if word[0].isdigit() else word[:STEM]
