"""Retries of calls to the outside: at most two more, after half a second and one and a half, with jitter."""

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from kernel.breaker import CircuitOpenError

T = TypeVar("T")

DELAYS = (0.5, 1.5)
JITTER = 0.25  # of each delay, up or down, so that callers who failed together do not come back together


def retrying(
    fn: Callable[[], T],
    *,
    retry_on: tuple[type[Exception], ...],
    attempts: int = 2,
    delays: Sequence[float] = DELAYS,
    sleep: Callable[[float], object] | None = None,
    asked_pause: Callable[[Exception], float | None] = lambda _error: None,
    until: float | None = None,
) -> T:
    """`fn()`, tried up to `attempts` more times when it raises one of `retry_on`; then the last error is raised.

    An open circuit is never retried. Only for calls that may safely be made twice. A pause is never shorter than what the service
    asked for (`asked_pause`, its Retry-After in seconds). A pause that would end after `until` (of `time.monotonic`) is not begun:
    the error is raised at once.
    """
    for attempt in range(attempts + 1):
        try:
            return fn()
        except CircuitOpenError:
            raise
        except retry_on as error:
            if attempt == attempts:
                raise
            delay = delays[min(attempt, len(delays) - 1)]
            delay *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreading load, no secret
            delay = max(delay, asked_pause(error) or 0.0)
            if until is not None and time.monotonic() + delay >= until:
                raise
            (sleep or time.sleep)(delay)
    raise AssertionError("unreachable")
