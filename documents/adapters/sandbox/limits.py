"""What a job may use, and the ways it can end badly."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The most one job may use. Memory is address space on top of what the warm server has already mapped."""

    wall_seconds: float = 30.0
    cpu_seconds: int = 25
    memory_bytes: int = 512 * MEBIBYTE
    answer_bytes: int = 64 * MEBIBYTE


class SandboxError(Exception):
    """The job gave no answer."""


class JobKilledError(SandboxError):
    """The job was ended from outside or crashed. `reason`: time | memory | crash | answer."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class JobFailedError(SandboxError):
    """The job raised an exception. `kind` is its class name; the message is the job's, so it may quote hostile text."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
