"""Quotations that may stand in a resolution: exact, bounded, and free of markup and addresses of pages."""

import re
from dataclasses import dataclass

from ai_mediation.adapters.offline.sentences import Sentence
from ai_mediation.adapters.offline.statements import Statement
from disputes.public import Citation, Source

LONGEST = 280
_UNFIT = re.compile(
    r"[<>\[\]{}`*_#|\\^~@\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[a-z]{2,12}://|(?:javascript|data|mailto|vbscript):|(?<![^\W_])www\."
    r"|[a-z0-9-]{2,40}\.(?:com|org|net|info|io|ly|ru|cn|xyz|top|onion|biz|co|me|app|dev|es|de|fr|uk|eu)(?![^\W_])",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\s+")
_CLAUSE_END = re.compile(r"[,;:()\n]")


@dataclass(frozen=True)
class Quote:
    """`source.text[start:end]`, fit to be shown."""

    source: Source
    start: int
    end: int

    @property
    def exact(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def shown(self) -> str:
        """The words on one line, without the full stop at the end."""
        return _BLANKS.sub(" ", self.exact).strip().rstrip(".;").strip()

    def supports(self, claim: str) -> Citation:
        return Citation(claim, self.source.kind, self.source.id, self.start, self.end, self.exact)


def quote_sentence(sentence: Sentence) -> Quote | None:
    """The whole sentence, or None when it is too long, unfit or stands in a source that is not cited."""
    return _quote(sentence.source, sentence.start, sentence.end)


def quote_statement(statement: Statement) -> Quote | None:
    """The sentence the sum stands in; when that is unfit the clause around it, else the sum alone."""
    sentence, mention = statement.sentence, statement.mention
    whole = quote_sentence(sentence)
    if whole is not None:
        return whole
    first, last = _clause_around(sentence.text, mention.start, mention.end)
    clause = _quote(sentence.source, sentence.start + first, sentence.start + last)
    return clause or _quote(sentence.source, sentence.start + mention.start, sentence.start + mention.end)


def _clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    before = [match.end() for match in _CLAUSE_END.finditer(text, max(0, start - LONGEST // 2), start)]
    after = _CLAUSE_END.search(text, end, end + LONGEST // 2)
    first = before[-1] if before else max(0, start - LONGEST // 2)
    last = after.start() if after else min(len(text), end + LONGEST // 2)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def is_quotable(sentence: Sentence) -> bool:
    """Short enough and in a source that is cited; what it says is another question."""
    return 0 < sentence.end - sentence.start <= LONGEST and sentence.source.kind != "description"


def is_fit(text: str) -> bool:
    """Free of markup, addresses of pages and characters that nobody sees."""
    return not _UNFIT.search(text) and _BLANKS.sub(" ", text).isprintable()


def _quote(source: Source, start: int, end: int) -> Quote | None:
    if source.kind == "description" or not 0 < end - start <= LONGEST:
        return None
    text = source.text[start:end]
    return (
        None
        if _UNFIT.search(text) or (not text.isprintable() and not _BLANKS.sub(" ", text).isprintable())
        else Quote(source, start, end)
    )
