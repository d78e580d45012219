"""A text read against a policy: findings with exact quotes, how risky it is, what to change."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ai_mediation.adapters.compliance.checks import CHECKS, MISSING, Place
from ai_mediation.adapters.compliance.languages import languages_of
from ai_mediation.adapters.compliance.phrases import Hit, hits, is_negated
from ai_mediation.adapters.compliance.policy import LANGUAGES, PhraseLists, Policy, Rule, Severity
from ai_mediation.adapters.compliance.wordlist import Words

LONGEST_QUOTE = 600
AROUND = 120  # characters kept on both sides of the words found, where the clause itself is too long to quote
MOST_PER_RULE = 20
RANK: dict[str, int] = {"high": 0, "medium": 1, "low": 2}
UNREAD = "language-not-read"


@dataclass(frozen=True)
class Finding:
    """`quote` is `text[start:end]`; of something that is missing the quote is empty and both ends are 0."""

    rule: str
    severity: Severity
    quote: str
    start: int
    end: int
    message: str
    suggestion: str
    basis: str = ""


@dataclass(frozen=True)
class Analysis:
    """Findings in the order of the text; what is missing comes last."""

    findings: tuple[Finding, ...]

    @property
    def risk_level(self) -> Severity:
        worst = min((RANK[finding.severity] for finding in self.findings), default=2)
        return "high" if worst == 0 else "medium" if worst == 1 else "low"

    @property
    def suggestions(self) -> list[str]:
        """What to change, the gravest first, each once."""
        graver_first = sorted(self.findings, key=lambda finding: RANK[finding.severity])
        return list(dict.fromkeys(finding.suggestion for finding in graver_first))


def analyse(text: str, policy: Policy, locale: str) -> Analysis:
    """Read `text` against `policy`; messages in `locale` ("en" or "es"). Texts in English and Spanish are read.

    Of a text in another language nothing is claimed but that: silence would pass for approval.
    """
    words = Words(text)
    languages = languages_of(words)
    if not languages:
        return Analysis((_unread(),))
    found = [finding for rule in policy.rules for finding in _by_rule(rule, words, languages, locale)]
    return Analysis(in_order(found))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.end == 0, one.start, RANK[one.severity], one.rule)))


def _by_rule(rule: Rule, text: Words, languages: Sequence[str], locale: str) -> Iterator[Finding]:
    if rule.when and not _stands(rule.when, text, languages):
        return
    for number, place in enumerate(_places(rule, text, languages)):
        if number == MOST_PER_RULE:
            return
        quote = text.text[place.start : place.end]
        yield Finding(
            rule.id, rule.severity, quote, place.start, place.end, rule.message.to(locale), rule.suggestion.to(locale), rule.basis
        )  # fmt: skip


def _places(rule: Rule, text: Words, languages: Sequence[str]) -> Iterator[Place]:
    if rule.kind == "check":
        yield from dict.fromkeys(CHECKS[rule.check](text, rule.limit))
    elif rule.kind == "needed":
        if not _stands(rule.phrases, text, languages):
            yield MISSING
    else:
        yield from _forbidden(rule, text, languages)


def _forbidden(rule: Rule, text: Words, languages: Sequence[str]) -> Iterator[Place]:
    excused = {hit.clause for hit in _hits(rule.unless, text, languages)}
    told: set[int] = set()
    for hit in _hits(rule.phrases, text, languages):
        if hit.clause in told or hit.clause in excused or (rule.negatable and is_negated(hit, text)):
            continue
        told.add(hit.clause)
        yield _quoted(hit, text)


def _hits(lists: PhraseLists, text: Words, languages: Sequence[str]) -> Iterator[Hit]:
    for language in languages:
        for phrase in lists.parsed[language]:
            yield from hits(phrase, text)


def _stands(lists: PhraseLists, text: Words, languages: Sequence[str]) -> bool:
    return next(_hits(lists, text, languages), None) is not None


def _quoted(hit: Hit, text: Words) -> Place:
    """The clause, or the words found with what stands around them when the clause is long."""
    clause = text.clauses[hit.clause]
    if clause.end - clause.start <= LONGEST_QUOTE:
        return Place(clause.start, clause.end)
    start, end = text.spans[hit.first][0], text.spans[hit.last][1]
    first = next((i for i in range(clause.first, hit.first + 1) if start - text.spans[i][0] <= AROUND), hit.first)
    last = next((i for i in range(clause.last, hit.last - 1, -1) if text.spans[i][1] - end <= AROUND), hit.last)
    return Place(text.spans[first][0], text.spans[last][1])


def _unread() -> Finding:
    return Finding(
        rule=UNREAD,
        severity="medium",
        quote="",
        start=0,
        end=0,
        message=_("The text seems to be neither English nor Spanish. These rules read only those two: nothing was checked."),
        suggestion=_("Have the text read by somebody who knows its language, or analyse a translation."),
    )  # fmt: skip


__all__ = ["LANGUAGES", "Analysis", "Finding", "analyse", "in_order"]
