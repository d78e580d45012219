"""What was found in a text: places to replace, and how places that meet become one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a placeholder stands for. TOKEN is a text's own look-alike of a placeholder, HIDDEN what no reader can see."""

    PERSON = "PERSON"
    NAME = "NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    IBAN = "IBAN"
    CARD = "CARD"
    ID = "ID"
    ADDRESS = "ADDRESS"
    TOKEN = "TOKEN"  # noqa: S105 — a word for a model, no password
    HIDDEN = "HIDDEN"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text[start:end]` is of this kind; `person` is their number (from 1) where it names one known person."""

    kind: Kind
    start: int
    end: int
    person: int = 0


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """In order and apart. What overlaps or touches becomes one, so that nothing of either is left and no two placeholders stick together.

    The longer one says what it is; what cannot be seen never does. Two people in one finding are a name of nobody in particular.
    """
    apart: list[Finding] = []
    for found in sorted(findings, key=lambda finding: (finding.start, -finding.end)):
        if apart and found.start <= apart[-1].end:
            apart[-1] = _joined(apart[-1], found)
        else:
            apart.append(found)
    return apart


def _joined(one: Finding, other: Finding) -> Finding:
    end = max(one.end, other.end)
    leading = max(one, other, key=lambda finding: (finding.kind != Kind.HIDDEN, finding.end - finding.start))
    if one.kind == other.kind == Kind.PERSON and one.person != other.person:
        return Finding(Kind.NAME, one.start, end)
    return replace(leading, start=one.start, end=end)
