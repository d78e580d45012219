"""Django's password check by our rules, for the API and for the admin's sign-in page alike."""

from collections.abc import Mapping
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest


class VerifiedModelBackend(ModelBackend):
    """Only active people whose address is verified come in; for all others the password counts as wrong."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user is not None and user.is_active and user.email_verified_at is not None)


def lockout_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str | None:
    """The address a failed sign-in is counted under, in one spelling (AXES_USERNAME_CALLABLE)."""
    name = credentials.get("username") if credentials else request.POST.get("username")
    return name.strip().lower()[:254] if isinstance(name, str) else None


def forgive_failures(email: str) -> None:
    """End the lock-out of an address: its owner has proved themselves by mail."""
    AxesProxyHandler.reset_attempts(username=email)
