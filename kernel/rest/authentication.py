"""The API's one authentication class. The work was done by PrincipalMiddleware; this hands its outcome to DRF."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from kernel.errors import AuthenticationRequiredError, PermissionDeniedError
from kernel.middleware import is_by_session, principal_of
from kernel.registries import Principal


class CsrfFailedError(PermissionDeniedError):
    """A change by session cookie without its CSRF token."""

    code = "csrf_failed"


class PrincipalAuthentication(BaseAuthentication):
    """`request.user` is the principal's user, `request.auth` the Principal. A bad token is refused with its own 401.

    Changes that only the session cookie vouches for need a CSRF token, as on pages.
    """

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        outcome = principal_of(request._request)
        if outcome is None:
            return None
        if isinstance(outcome, AuthenticationRequiredError):
            raise outcome
        if is_by_session(request._request):
            _enforce_csrf(request._request)
        return outcome.user, outcome

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="accord"'


def _enforce_csrf(request: HttpRequest) -> None:
    check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type,return-value,unused-ignore]
    check.process_request(request)
    if reason := check.process_view(request, None, (), {}):  # type: ignore[arg-type,unused-ignore]
        raise CsrfFailedError(
            _("Changes by session cookie need the X-CSRFToken header (%(reason)s). Programs send an access token.")
            % {"reason": reason}
        )
