"""What changed between two versions of a template, line by line and within a line word by word."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from documents.models import TemplateVersion

WORD = re.compile(r"\s+|\w+|[^\w\s]")
CONTEXT = 2
LONGEST_LINE = 4_000

Piece = tuple[str, str]
"""(same | added | removed, text)."""


@dataclass(frozen=True)
class Line:
    """One line of the comparison. `kind`: same | added | removed | changed | gap."""

    kind: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One part of a template: `part` is body | schema | styles | clauses."""

    part: str
    lines: tuple[Line, ...]


def differences(before: TemplateVersion, after: TemplateVersion) -> list[Difference]:
    """The parts that differ, in the order in which a lawyer reads them."""
    found = []
    for part, old, new in zip(("body", "clauses", "schema", "styles"), _texts(before), _texts(after), strict=True):
        if old != new:
            found.append(Difference(part, tuple(compared(old, new))))
    return found


def compared(before: str, after: str) -> Iterator[Line]:
    """The lines of two texts: what is the same is shown with two lines around a change."""
    old, new = before.splitlines(), after.splitlines()
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        yield Line("gap")
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from (Line("same", (("same", line),)) for line in old[start:end])
            else:
                yield from _changed(old[start:end], new[new_start:new_end])


def _changed(old: list[str], new: list[str]) -> Iterator[Line]:
    for before, after in zip(old, new, strict=False):
        yield _line(before, after)
    for line in old[len(new) :]:
        yield Line("removed", (("removed", line),))
    for line in new[len(old) :]:
        yield Line("added", (("added", line),))


def _line(before: str, after: str) -> Line:
    if max(len(before), len(after)) > LONGEST_LINE:
        return Line("changed", (("removed", before), ("added", after)))
    old, new = WORD.findall(before), WORD.findall(after)
    pieces: list[Piece] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(old[start:end])))
            continue
        pieces += [("removed", text)] if (text := "".join(old[start:end])) else []
        pieces += [("added", text)] if (text := "".join(new[new_start:new_end])) else []
    return Line("changed", tuple(pieces))


def _texts(version: TemplateVersion) -> tuple[str, str, str, str]:
    clauses = "\n\n".join(f"{name}\n{one['body']}" for name, one in sorted(version.clauses.items()))
    schema = json.dumps(version.schema, ensure_ascii=False, indent=2, sort_keys=True)
    return version.body, clauses, schema, version.styles
