"""How often a drafter changes its mind when only the people trade names: nothing for rules, a figure to report for models."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from disputes.public import CandidateDraft, CaseFile, Party

Drafter = Callable[[CaseFile], tuple[CandidateDraft, ...]]


@dataclass(frozen=True)
class FlipRate:
    """Of `cases` compared, in how many the terms were not the mirror of each other."""

    cases: int
    flipped: int

    @property
    def share(self) -> float:
        return self.flipped / self.cases if self.cases else 0.0


def flip_rate(cases: Iterable[CaseFile], drafter: Drafter, names: Mapping[str, str]) -> FlipRate:
    """Draft each case as it is and with other names (`names`: old → new) in the opposite order of parties, and compare."""
    compared = [(drafter(case), drafter(renamed(case, names))) for case in cases]
    return FlipRate(len(compared), sum(1 for first, second in compared if _substance(first) != _substance(second)))


def renamed(case: CaseFile, names: Mapping[str, str]) -> CaseFile:
    """The same case, other names, the parties in the opposite order; names inside the texts are replaced too."""

    def said(text: str) -> str:
        for old, new in names.items():
            text = (
                text.replace(old, new).replace(old.split()[0], new.split()[0]).replace(old.split()[-1], new.split()[-1])
            )
        return text

    def party(one: Party) -> Party:
        return replace(one, full_name=names.get(one.full_name, one.full_name))

    return replace(
        case,
        title=said(case.title),
        description=said(case.description),
        parties=tuple(party(one) for one in reversed(case.parties)),
        sources=tuple(replace(source, text=said(source.text)) for source in case.sources),
    )


def _substance(candidates: tuple[CandidateDraft, ...]) -> list[tuple[str, frozenset[tuple[Any, ...]]]]:
    def key(debtor: UUID | None, creditor: UUID | None) -> tuple[str, str]:
        return (str(debtor), str(creditor))

    return [
        (
            one.principle,
            frozenset(
                (*key(t.debtor_id, t.creditor_id), t.kind, str(t.amount), t.due_date, tuple(map(str, t.instalments)))
                for t in one.draft.terms
            ),
        )
        for one in candidates
    ]
