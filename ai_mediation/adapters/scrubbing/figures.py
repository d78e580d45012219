"""The parts of a text where long numbers stand, brought close together: most text is words, and finders of numbers need not read it."""

import re
from bisect import bisect_right

_CLUSTER = re.compile(r"[0-9](?:[^0-9]{0,5}+[0-9]){5,}+")  # six digits and more, never far from each other
_BEFORE, _AFTER = 10, 4  # letters that belong to a number, and one character to see where it begins and ends
_APART = "\0\0"


class Figures:
    """`text` holds the parts of a folded text around numbers of six digits and more; `place` says where something of it stands there."""

    def __init__(self, whole: str) -> None:
        self.whole = whole
        parts: list[str] = []
        self._starts: list[int] = []  # in `text`
        self._shifts: list[int] = []
        length = ended = 0
        for cluster in _CLUSTER.finditer(whole):
            start, end = max(ended, cluster.start() - _BEFORE), min(len(whole), cluster.end() + _AFTER)
            if parts and start == ended:
                parts[-1] += whole[start:end]
            else:
                length += len(_APART) if parts else 0
                self._starts.append(length)
                self._shifts.append(start - length)
                parts.append(whole[start:end])
            length += end - start
            ended = end
        self.text = _APART.join(parts)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the whole text."""
        shift = self._shifts[bisect_right(self._starts, start) - 1]
        return start + shift, end + shift
