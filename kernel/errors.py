"""Errors for people. Each says what was wrong, what was expected and what to do; the edge turns them into RFC 9457 problems."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one input; `pointer` is a JSON pointer (RFC 6901) such as `/respondents/0/email`."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal with a code, an HTTP status and facts that become members of the problem document.

    `title` is in English; it is translated where the problem is written.
    """

    code: ClassVar[str] = "conflict"
    status: ClassVar[int] = 409
    title: ClassVar[str] = gettext_noop("That is not possible now")

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts
        self.headers: dict[str, str] = {}


class NotFoundError(DomainError):
    """Not there, or not the caller's to see: the two look the same on purpose."""

    code = "not_found"
    status = 404
    title = gettext_noop("Not found")

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            detail or _("There is nothing here that you may see. Check the address or sign in as someone else.")
        )


class PermissionDeniedError(DomainError):
    """Seen, but this role may not do that."""

    code = "permission_denied"
    status = 403
    title = gettext_noop("Not allowed")


class AuthenticationRequiredError(DomainError):
    """No valid credentials came with the request."""

    code = "not_authenticated"
    status = 401
    title = gettext_noop("Sign in first")

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or _("Sign in and send the access token as `Authorization: Bearer …`."), **facts)
        self.headers["WWW-Authenticate"] = 'Bearer realm="accord"'


class ConflictError(DomainError):
    """The state of things does not allow it."""


class ValidationFailedError(DomainError):
    """Input that is wrong, field by field."""

    code = "validation_failed"
    status = 400
    title = gettext_noop("Some of the input is not valid")

    def __init__(self, detail: str = "", *, errors: list[FieldError]) -> None:
        super().__init__(detail or _("Correct the fields named in `errors` and send the request again."))
        self.errors = errors


class ThrottledError(DomainError):
    """Too many requests; `retry_after` is in whole seconds."""

    code = "throttled"
    status = 429
    title = gettext_noop("Too many requests")

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(max(1, retry_after))


class ServiceUnavailableError(DomainError):
    """Something Accord depends on does not answer; trying again later is right."""

    code = "external_service_failed"
    status = 503
    title = gettext_noop("Temporarily unavailable")

    def __init__(self, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(retry_after)


class IdempotencyMismatchError(DomainError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_key_reused"
    status = 422
    title = gettext_noop("Idempotency key reused")


class RequestInProgressError(DomainError):
    """The first request with this Idempotency-Key is still running."""

    code = "request_in_progress"
    status = 409
    title = gettext_noop("Still working on it")


class PayloadTooLargeError(DomainError):
    """More bytes than are taken here."""

    code = "too_large"
    status = 413
    title = gettext_noop("Too large")
