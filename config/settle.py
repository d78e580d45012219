"""The last step of a server process's start."""

import gc

from django.urls import get_resolver

YOUNG, MIDDLE, OLD = (
    20_000,
    20,
    50,
)  # allocations, and collections of the younger generation, before the next collection


def settle() -> None:
    """Load what the first request would, and spare the garbage collector all of it: it lives as long as the process.

    A request makes some thousands of objects that count references well; looking through everything after every 700 of them
    took a twentieth of the time.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
