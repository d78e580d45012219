"""What can go wrong between a question and a draft."""

from kernel.errors import ServiceUnavailableError


class DraftingFailedError(Exception):
    """No engine of the chain could draft. `reason` names error types only, never what the parties wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderUnavailableError(ServiceUnavailableError):
    """A provider did not answer in time, refused, or answered what cannot be used; the next in the chain is asked."""

    code = "ai_unavailable"
