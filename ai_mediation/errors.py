"""What can go wrong between a question and an answer."""

from django.utils.translation import gettext as _

from kernel.errors import ServiceUnavailableError, ThrottledError


class ProviderUnavailableError(ServiceUnavailableError):
    """No provider of the chain answered, and the question has no answer by rules. `reason` is for the record, never for people.

    503 `ai_unavailable` with Retry-After.
    """

    code = "ai_unavailable"

    def __init__(self, reason: str = "", *, retry_after: int = 15) -> None:
        super().__init__(_("The AI is busy right now, please try again."), retry_after=retry_after)
        self.reason = reason


class DraftingFailedError(ProviderUnavailableError):
    """Not even the rules could answer. `reason` names the type of what went wrong, never what people wrote."""

    @classmethod
    def of(cls, error: Exception) -> "DraftingFailedError":
        """The rules raised this."""
        return cls(f"The offline engine raised {type(error).__name__}.")


class BudgetUsedUpError(ThrottledError):
    """What may be spent on this case, by this person or in a day is used up, and the question has no answer by rules.

    429 `ai_budget_used_up` with Retry-After.
    """

    code = "ai_budget_used_up"

    def __init__(self, detail: str, *, reason: str = "", retry_after: int = 3600) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.reason = reason
