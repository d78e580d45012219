"""What accounts refuses, and what the person can do about it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.errors import AuthenticationRequiredError, ConflictError, DomainError


class InvalidCredentialsError(DomainError):
    """Wrong password, unknown address or address not verified: one answer, so that nobody learns who has an account."""

    code = "invalid_credentials"
    status = 401
    title = gettext_noop("Sign-in failed")

    def __init__(self) -> None:
        super().__init__(
            _(
                "The password is wrong, the address is unknown, or it is not verified yet. If it only waits to be "
                "verified, a fresh verification mail is on its way."
            )
        )
        self.headers["WWW-Authenticate"] = 'Bearer realm="accord"'


class RefreshRefusedError(AuthenticationRequiredError):
    """The refresh token is unknown, used, expired, or its session has ended."""

    def __init__(self) -> None:
        super().__init__(_("This refresh token is not good any more. Sign in again."))


class LinkNotValidError(DomainError):
    """The mailed link was used, replaced, has expired, or never was one."""

    code = "link_not_valid"
    status = 400
    title = gettext_noop("This link does not work any more")

    def __init__(self) -> None:
        super().__init__(_("The link was used already, replaced by a newer one, or it has expired. Ask for a new one."))


class SignInRequiredError(ConflictError):
    """The address belongs to an account that is entered with its password, not with a mailed link."""

    code = "sign_in_required"
    title = gettext_noop("Sign in first")

    def __init__(self) -> None:
        super().__init__(_("This address has an account with a password. Sign in, then join with the same link."))


class LastAdministratorError(ConflictError):
    """Somebody must be left who can administer."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__(_("This is the last active administrator. Make somebody else an administrator first."))
