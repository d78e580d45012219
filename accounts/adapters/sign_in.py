"""Django's password check by our rules, for the API and for the admin's sign-in page alike."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from kernel.lockout import forgive


class VerifiedModelBackend(ModelBackend):
    """Only active people whose address is verified come in; for all others the password counts as wrong."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user is not None and user.is_active and user.email_verified_at is not None)


def forgive_failures(email: str) -> None:
    """End the lock-out of an address: its owner has proved themselves by mail."""
    forgive(email)
