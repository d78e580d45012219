"""The printed protocol: who did what, what came back, how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SurpriseError(Exception):
    """Something came out that should not have, or did not come out."""


class Protocol:
    """Lines with timings, and checks that end the demo when they fail."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.checks = 0
        self.cases = 0

    def heading(self, text: str) -> None:
        print(f"\n{text}\n{'─' * len(text)}")

    @contextmanager
    def step(self, who: str, what: str) -> Iterator[list[str]]:
        """Time one step; strings put into the list are printed behind it."""
        begun = time.monotonic()
        notes: list[str] = []
        yield notes
        spent = (time.monotonic() - begun) * 1000
        print(f"  {who:<10} {what:<46} {spent:7.0f} ms  {'; '.join(notes)}".rstrip())
        sys.stdout.flush()

    def expect(self, holds: bool, what: str) -> None:
        """Raises SurpriseError when `holds` is false."""
        self.checks += 1
        if not holds:
            raise SurpriseError(what)

    def ending(self) -> None:
        spent = time.monotonic() - self.started
        print(f"\n{self.cases} cases, {self.checks} checks, {spent:.1f} s. Everything came out as expected.")
