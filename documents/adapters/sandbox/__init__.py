"""Untrusted bytes are handled in a killable child (architecture decision 9).

`run` hands one job to a warm server process, which forks a child for it. The child has no network, cannot start programs,
reads only what the engines need, and is killed when it exceeds its memory, processor or wall-clock limit. Values that
cross are plain (msgpack): an answer made from hostile bytes is never unpickled.
"""

from documents.adapters.sandbox.client import preload, run, shut_down, start_early, waiting
from documents.adapters.sandbox.limits import JobFailedError, JobKilledError, Limits, SandboxError

__all__ = [
    "JobFailedError",
    "JobKilledError",
    "Limits",
    "SandboxError",
    "preload",
    "run",
    "shut_down",
    "start_early",
    "waiting",
]
