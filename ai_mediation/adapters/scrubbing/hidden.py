"""Characters no reader sees but a model does: tags, zero widths, direction overrides, fillers.

They are replaced like everything else that must not leave, so a model sees that something was hidden, never what; quotes that hold them
come back exactly, and citations keep their offsets. Left alone is what writing needs: joiners in emoji and in scripts that use them,
direction marks beside right-to-left letters, and the soft hyphen.
"""

import re
from collections.abc import Iterator

from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.folding import INVISIBLE

_RUN = re.compile(f"[{INVISIBLE}]+")
_NEEDED = frozenset("\u200c\u200d\u200e\u200f\ufe0e\ufe0f")
_KEYCAPS = frozenset("0123456789#*©®")
_FIRST_OTHER_SCRIPT = "\u0590"


def find_hidden(text: str) -> Iterator[Finding]:
    """Runs of invisible characters, in the text itself."""
    if text.isascii():
        return
    for run in _RUN.finditer(text):
        if not _is_needed(text, run.start(), run.end()):
            yield Finding(Kind.HIDDEN, run.start(), run.end())


def _is_needed(text: str, start: int, end: int) -> bool:
    run = text[start:end]
    before = text[start - 1 : start]
    if not before or run[0] not in _NEEDED:
        return False
    if run[0] == "\ufe0f" and before in _KEYCAPS:
        return len(run) == 1
    # an emoji may carry a style and then a joiner; no other writing needs two in a row
    return before >= _FIRST_OTHER_SCRIPT and run in {*_NEEDED, "\ufe0f\u200d"}
