"""`python -m config.lifecycles`: the life cycles as Mermaid diagrams, from the tables the code itself obeys.

`--write` puts them into docs/architecture.md, `--check` exits 1 when the page is not current. It lies here because only the
composition root may look into every app.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from disputes.enums import FINAL_STATUSES
from disputes.transitions import CONTRACT_MOVES, MOVES, RESOLUTION_MOVES
from documents.transitions import DOCUMENT, SCAN, VERSION
from esign.transitions import ENVELOPE, SIGNER

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- lifecycles: begin -->", "<!-- lifecycles: end -->"
NOTE = "<!-- Written by `python -m config.lifecycles --write` from each app's transitions.py: change the table, not this. -->"
Arrow = tuple[str, str, str]


def diagrams() -> str:
    """The Markdown between the markers of docs/architecture.md."""
    parts = [
        ("Dispute", [(source.value, move.action, move.target.value) for move in MOVES for source in move.sources]),
        ("Resolution", _by_action(RESOLUTION_MOVES)),
        ("Contract", _by_action(CONTRACT_MOVES)),
        ("Envelope", _by_state(ENVELOPE)),
        ("Signer", _by_state(SIGNER)),
        ("Template version", _by_state(VERSION)),
        ("Document", _by_state(DOCUMENT)),
        ("Scan of a stored file", _by_state(SCAN)),
    ]
    drawn = [f"### {title}\n\n```mermaid\n{_draw(arrows)}\n```\n" for title, arrows in parts]
    return "\n".join([NOTE, "", drawn[0], _moves_of_a_dispute(), *drawn[1:]])


def with_diagrams(page: str) -> str:
    """The page with what stands between the markers made anew. ValueError when it lacks them."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in rest:
        raise ValueError(f"The page must hold {BEGIN} and, after it, {END}.")
    return f"{before}{BEGIN}\n{diagrams()}{END}{after}"


def _by_action(table: Mapping[str, tuple[tuple[Any, ...], Any]]) -> list[Arrow]:
    return [(source.value, action, target.value) for action, (sources, target) in table.items() for source in sources]


def _by_state(table: Mapping[tuple[Any, str], Any]) -> list[Arrow]:
    return [(source.value, action, target.value) for (source, action), target in table.items()]


def _draw(arrows: Iterable[Arrow]) -> str:
    """Arrows with the same ends become one; a state that none enters begins, one that none leaves ends."""
    merged: dict[tuple[str, str], list[str]] = {}
    for source, action, target in arrows:
        merged.setdefault((source, target), []).append(action)
    entered = {target for source, target in merged if source != target}
    left = {source for source, target in merged if source != target}
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {state}" for state in dict.fromkeys(source for source, _ in merged) if state not in entered]
    lines += [f"    {source} --> {target}: {', '.join(actions)}" for (source, target), actions in merged.items()]
    lines += [f"    {state} --> [*]" for state in dict.fromkeys(target for _, target in merged) if state not in left]
    return "\n".join(lines)


def _moves_of_a_dispute() -> str:
    """The dispute's arrows with who may take them and what must hold."""
    lines = ["| move | from | to | by | what must hold |", "|---|---|---|---|---|"]
    for move in MOVES:
        sources = ", ".join(f"`{source.value}`" for source in move.sources)
        lines.append(
            f"| `{move.action}` | {sources} | `{move.target.value}` | {', '.join(sorted(move.by))} | {move.guard} |"
        )
    return "\n".join([*lines, "", f"Final: {', '.join(f'`{state.value}`' for state in FINAL_STATUSES)}.", ""])


def main(arguments: list[str]) -> int:
    if not arguments:
        sys.stdout.write(diagrams())
        return 0
    page = PAGE.read_text(encoding="utf-8")
    fresh = with_diagrams(page)
    if arguments == ["--write"]:
        PAGE.write_text(fresh, encoding="utf-8")
    elif fresh != page:
        sys.stderr.write(f"{PAGE.name} is not current: run python -m config.lifecycles --write\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
