"""Which Chromium the `browser` tests drive, and how a run without one says so.

`make test` installs Debian's where it may (scripts/chromium). Elsewhere the tests are deselected, never "passed", and the
summary says so in a line nobody overlooks. CI sets ACCORD_TEST_BROWSER=required: there a missing browser is an error.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
NAMED, WANTED = "ACCORD_TEST_CHROMIUM", "ACCORD_TEST_BROWSER"
LEFT_OUT = pytest.StashKey[int]()
_COUNT = "accord_browser_tests_left_out"


def find_chromium() -> str | None:
    """The path of the browser: the one named by ACCORD_TEST_CHROMIUM, else one of the machine's."""
    if named := os.environ.get(NAMED):
        return named if Path(named).is_file() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def insist_where_required() -> None:
    """Raises UsageError where a browser is required and missing: then the run is refused as a whole."""
    if os.environ.get(WANTED) == "required" and find_chromium() is None:
        raise pytest.UsageError("Browser tests are required here, and there is no Chromium (scripts/chromium gets it).")


def leave_out_without_browser(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the `browser` tests where there is no browser."""
    wanting = [item for item in items if item.get_closest_marker("browser")]
    if not wanting or find_chromium() is not None:
        return
    items[:] = [item for item in items if item not in wanting]
    config.hook.pytest_deselected(items=wanting)
    remember(config, len(wanting))
    if hasattr(config, "workeroutput"):  # a worker of xdist: its controller prints the summary
        config.workeroutput[_COUNT] = len(wanting)


def remember(config: pytest.Config, count: int) -> None:
    config.stash[LEFT_OUT] = max(count, config.stash.get(LEFT_OUT, 0))


def hear_worker(node: Any) -> None:
    """What an xdist worker had to leave out."""
    if count := getattr(node, "workeroutput", {}).get(_COUNT, 0):
        remember(node.config, count)


def say_left_out(terminal: Any, config: pytest.Config) -> None:
    """The loud line."""
    if count := config.stash.get(LEFT_OUT, 0):
        words = f"{count} BROWSER TESTS DID NOT RUN: no Chromium here (Debian: apt-get install chromium)"
        terminal.section(words, sep="!", red=True, bold=True)
