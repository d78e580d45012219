"""People's names in a text, however they are spelt: any case, with or without accents, whole or in part, with initials.

Counted as one person's name: all of it; its words in any order and number ("Engel, Mara"; one of two Spanish surnames); a word with an
initial ("M. Engel"); the words run together ("maraengel"); a German genitive ("Engels" is Engel and an s). A single word counts if it is
one person's alone. Two people's word (siblings' surname) is replaced too, as a NAME of nobody in particular: it would tell who they are,
and giving it to one of them would be wrong.

A word that is also an everyday word counts where it stands as a name does (see everyday.py).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ai_mediation.adapters.questions import KnownPerson
from ai_mediation.adapters.scrubbing.everyday import ALL_WORDS, NEVER_ALONE, STARTERS, WORDS, is_article, languages_of
from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.folding import View, folded

_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"(?:\s?[&+]\s?|\s{1,3}|\.?\s{0,2}[-'_·]\s?|\.\s{0,2}|\s?,\s{1,2})")
_INITIAL_BEFORE = re.compile(r"(?<![^\W_])([^\W\d_])(?:\.[ \u00a0]?|[ \u00a0])-?\Z")
_INITIAL_AFTER = re.compile(r"\s{1,2}([^\W\d_])(?:\.|(?![^\W_]))")
_TITLE_BEFORE = re.compile(
    r"(?<![^\W_])(?:mr|mrs|ms|miss|mx|dr|prof|sir|sr|sra|srta|senor|senora|don|dona|d|herr|herrn|frau|m|mme|mlle|monsieur|madame|"
    r"sig|signor|signora|signore|dott|avv|ing|maitre|me)\.?\s{1,2}\Z"
)
_SENTENCE_BEFORE = re.compile(r"(?:\A|[.!?:;\n¿¡•*\-\"“«(\[]\s*)\Z")
_WORD_BEFORE = re.compile(r"(?<![^\W_])([^\W\d_]{1,10})\s{1,2}\Z")
_LOOK_BACK = 12
_ENOUGH_TO_TELL = 4000
_ALONE_IN_NO_SPACE_SCRIPTS = "\u0900"
_PRONOUN_LIKE = frozenset("aeiouy")
_SHORTEST_GENITIVE = 4
_SHORTEST_JOINED = 6
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of names: whose, the word of the name it is another spelling of, and whether its last letter is only a genitive's s."""

    owners: frozenset[int]
    base: str
    is_genitive: bool = False


@dataclass(slots=True)
class _Run:
    """Words of names side by side that all may be the same person's, and where they stand."""

    owners: frozenset[int]
    words: list[_Word]
    starts: list[int]
    ends: list[int]

    @property
    def bases(self) -> tuple[str, ...]:
        return tuple(word.base for word in self.words)


class _EverydayWords:
    """The everyday words of a text's language, which is found out when somebody first asks."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._languages: frozenset[str] | None = None

    def __contains__(self, word: str) -> bool:
        if word in WORDS[""]:
            return True
        if word not in ALL_WORDS:
            return False
        if self._languages is None:
            text, words = self._view.folded, self._view.spelt
            is_short = len(text) <= _ENOUGH_TO_TELL
            self._languages = languages_of(set(words if is_short else _WORD.findall(text[:_ENOUGH_TO_TELL])))
        return any(word in WORDS[language] for language in self._languages)


class Names:
    """Finds the known people, numbered from 1 in the order given."""

    def __init__(self, people: Sequence[KnownPerson]) -> None:
        self._words: dict[str, _Word] = {}
        self._initials: dict[str, set[int]] = {}
        self._whole: set[tuple[str, ...]] = set()
        self._given: set[str] = set()
        self._literal: dict[str, set[int]] = {}
        genitives: dict[str, tuple[str, set[int]]] = {}
        for number, person in enumerate(people, start=1):
            for name in person.names:
                self._learn(name, number, genitives)
        for word, (base, owners) in genitives.items():
            if word not in self._words and word not in ALL_WORDS and word not in NEVER_ALONE:
                self._words[word] = _Word(frozenset(owners), base, is_genitive=True)
        self._literals = _any_of(self._literal)

    def _learn(self, name: str, number: int, genitives: dict[str, tuple[str, set[int]]]) -> None:
        plain = View(name).plain
        if "@" in name or not plain.strip():
            return  # an address is found as an address
        words = _WORD.findall(folded(plain))
        is_spaced = plain.isascii() or not any(_is_written_without_spaces(letter) for letter in plain)
        if not is_spaced or max(map(len, words), default=0) < 2:
            for spelling in {folded(plain.strip()), folded("".join(plain.split()))}:
                if len(spelling) > 1:
                    self._literal.setdefault(spelling, set()).add(number)
            return
        self._whole.add(tuple(words))
        self._given.add(words[0])
        for word, plain_word in zip(words, _WORD.findall(plain), strict=True):
            self._initials.setdefault(word[0], set()).add(number)
            for spelling in _spellings(word, plain_word):
                self._own(spelling, number, word)
                if len(spelling) >= _SHORTEST_GENITIVE and spelling not in NEVER_ALONE:
                    genitives.setdefault(spelling + "s", (word, set()))[1].add(number)
        meaning = [word for word in words if word not in NEVER_ALONE]
        if len(meaning) > 1 and len("".join(meaning)) >= _SHORTEST_JOINED:
            for joined in {"".join(words), meaning[0] + meaning[-1], meaning[-1] + meaning[0]}:
                self._own(joined, number, joined)

    def _own(self, word: str, number: int, base: str) -> None:
        known = self._words.get(word)
        self._words[word] = _Word((known.owners if known else frozenset()) | {number}, base)

    def find(self, view: View) -> Iterator[Finding]:
        """Places in the view's plain text."""
        text, plain = view.folded, view.plain
        position = 0
        known = self._words
        everyday = _EverydayWords(view)
        for match in [match for match, word in zip(view.words, view.spelt, strict=True) if word in known]:
            if match.start() < position:
                continue
            run = self._run_from(text, match)
            position = run.ends[0]
            if self._names_somebody(text, plain, run, everyday):
                self._with_initials(text, plain, run)
                yield _finding(run.owners, run.starts[0], run.ends[-1])
                position = run.ends[-1]
        if self._literals:
            for match in self._literals.finditer(text):
                yield _finding(frozenset(self._literal[match.group()]), match.start(), match.end())

    def _run_from(self, text: str, match: re.Match[str]) -> _Run:
        word = self._words[match.group()]
        run = _Run(word.owners, [word], [match.start()], [match.end() - word.is_genitive])
        while not word.is_genitive and (after := self._next_word(text, run)):
            word = self._words[after.group()]
            run.owners &= word.owners
            run.words.append(word)
            run.starts.append(after.start())
            run.ends.append(after.end() - word.is_genitive)
        for end in (-1, 0):
            while len(run.words) > 1 and run.words[end].base in NEVER_ALONE and run.bases not in self._whole:
                for listed in (run.words, run.starts, run.ends):
                    listed.pop(end)
        if len(run.words) == 1:
            run.owners = run.words[0].owners
        return run

    def _next_word(self, text: str, run: _Run) -> re.Match[str] | None:
        """Another word of the same name; behind a comma only the given one ("Engel, Mara")."""
        gap = _BETWEEN.match(text, run.ends[-1])
        after = _WORD.match(text, gap.end()) if gap else None
        word = self._words.get(after.group()) if after else None
        if not gap or not word or not word.owners & run.owners:
            return None
        if word.base in run.bases and word.base not in NEVER_ALONE:
            return None
        return None if "," in gap.group() and word.base not in self._given else after

    def _names_somebody(self, text: str, plain: str, run: _Run, everyday: _EverydayWords) -> bool:
        words = run.bases
        if any(len(word) > 2 and word not in NEVER_ALONE and word not in everyday for word in words):
            return True
        has_capitals = all(plain[start].isupper() for start in run.starts)
        if len(words) > 1 and words in self._whole:
            return has_capitals or not any(plain[start].isupper() for start in run.starts)
        before = text[max(0, run.starts[0] - _LOOK_BACK) : run.starts[0]]
        if has_capitals and _TITLE_BEFORE.search(before):
            return True
        if len(words) > 1:
            return has_capitals and not all(word in NEVER_ALONE for word in words)
        if words[0] in NEVER_ALONE or not has_capitals:
            return False
        if self._initial_before(text, plain, run) is not None:
            return True
        if article := _WORD_BEFORE.search(before):
            return not is_article(article.group(1))
        return words[0] not in STARTERS or not _SENTENCE_BEFORE.search(before)

    def _with_initials(self, text: str, plain: str, run: _Run) -> None:
        if (before := self._initial_before(text, plain, run)) is not None:
            run.starts[0] = before
        after = _INITIAL_AFTER.match(text, run.ends[-1])
        if after and plain[after.start(1)].isupper() and after.group().endswith("."):
            owners = run.owners & self._initials.get(after.group(1), set())
            if owners and len(run.words) == 1:
                run.ends[-1], run.owners = after.end(), frozenset(owners)

    def _initial_before(self, text: str, plain: str, run: _Run) -> int | None:
        """Where an initial of the same person directly before begins; further ones before it are taken along."""
        start: int | None = None
        position = run.starts[0]
        while before := _INITIAL_BEFORE.search(text[max(0, position - 4) : position]):
            letter = max(0, position - 4) + before.start(1)
            owners = run.owners & self._initials.get(before.group(1), set())
            is_dotted = "." in before.group()
            if not owners or not plain[letter].isupper() or (not is_dotted and before.group(1) in _PRONOUN_LIKE):
                break
            start = position = letter
            run.owners = frozenset(owners)
        return start


@lru_cache(maxsize=64)
def names_of(people: tuple[KnownPerson, ...]) -> Names:
    """The finder for these people, learnt once for the texts of a case."""
    return Names(people)


def _finding(owners: frozenset[int], start: int, end: int) -> Finding:
    if len(owners) == 1:
        return Finding(Kind.PERSON, start, end, next(iter(owners)))
    return Finding(Kind.NAME, start, end)


def _spellings(word: str, plain_word: str) -> set[str]:
    """As folded, with umlauts written out, and with written-out umlauts folded."""
    spellings = {word}
    if not plain_word.isascii():
        spellings.add(folded("".join(_UMLAUTS.get(letter, letter) for letter in plain_word.lower())))
    if len(word) > 4:
        spellings.add(word.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("ss", "ß"))
    return spellings


def _is_written_without_spaces(letter: str) -> bool:
    return letter >= _ALONE_IN_NO_SPACE_SCRIPTS and letter.isalpha() and not "\u1e00" <= letter <= "\u1fff"


def _any_of(literals: dict[str, set[int]]) -> re.Pattern[str] | None:
    """Longest first; between words where they begin or end with Latin letters or digits."""
    if not literals:
        return None
    parts = []
    for literal in sorted(literals, key=len, reverse=True):
        begins = r"(?<![^\W_])" if literal[0].isascii() and literal[0].isalnum() else ""
        ends = r"(?![^\W_])" if literal[-1].isascii() and literal[-1].isalnum() else ""
        parts.append(f"{begins}{re.escape(literal)}{ends}")
    return re.compile("|".join(parts))
