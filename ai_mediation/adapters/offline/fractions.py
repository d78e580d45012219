"""Parts of the claim named in words: "half", "a third", "40 %", "the full amount", "la mitad"."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from ai_mediation.adapters.offline.amounts import MOST_PER_SENTENCE, Mention
from kernel.money import Money

_PARTS = {
    "half": Decimal("0.5"),
    "la mitad": Decimal("0.5"),
    "two thirds": Decimal(2) / 3,
    "dos tercios": Decimal(2) / 3,
    "a third": Decimal(1) / 3,
    "one third": Decimal(1) / 3,
    "un tercio": Decimal(1) / 3,
    "a quarter": Decimal("0.25"),
    "una cuarta parte": Decimal("0.25"),
    "three quarters": Decimal("0.75"),
    "tres cuartos": Decimal("0.75"),
}
_NAMED = "|".join(_PARTS)
_SUM = (
    r"(?:claim|sum|amount|invoice|deposit|price|bill|rent|debt|money|it|that|total"
    r"|importe|suma|cantidad|factura|fianza|precio|deuda|alquiler)"
)
# A part of something else ("half of the repair") is no part of the claim; nothing is made of it.
_FRACTION = re.compile(
    rf"(?<![^\W_])(?:(?:(?P<named>{_NAMED})|(?P<percent>\d{{1,3}})\s?(?:%|per\s?cent|por ciento))"
    rf"(?!\s(?:of|de|del)\s)|(?P<of>{_NAMED})\s(?:of|de|del)\s(?:the\s|this\s|her\s|his\s|la\s|el\s"
    rf"|lo\s)?{_SUM}(?![^\W_])"
    rf"|(?P<percent_of>\d{{1,3}})\s?(?:%|per\s?cent|por ciento)\s(?:of|de|del)\s(?:the\s|this\s|her\s|his\s"
    rf"|la\s|el\s)?{_SUM}(?![^\W_])"
    rf"|(?P<whole>the (?:full|whole|entire) {_SUM}|(?:todo el|toda la) {_SUM}))",
    re.IGNORECASE,
)
FRACTION_WORDS = frozenset(
    (
        *("half", "third", "thirds", "quarter", "quarters", "percent", "cent", "full", "whole", "entire"),
        *("mitad", "tercio", "tercios", "cuarta", "cuartos", "ciento", "todo", "toda"),
    )
)


def fractions_in(text: str, claim: Money) -> Iterator[Mention]:
    """The parts of the claim a sentence names, the first dozen, as sums rounded to what can be paid."""
    for match in islice(_FRACTION.finditer(text), MOST_PER_SENTENCE):
        share = _share(match)
        if 0 < share <= 1:
            amount = claim.rounded(claim.amount * share).amount
            yield Mention(match.start(), match.end(), amount, claim.currency)


def _share(match: re.Match[str]) -> Decimal:
    if match.group("whole"):
        return Decimal(1)
    percent = match.group("percent") or match.group("percent_of")
    if percent:
        return Decimal(percent) / 100
    return _PARTS[(match.group("named") or match.group("of")).lower()]
