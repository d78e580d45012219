"""What a person is signed in with."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from kernel.clock import DbNow
from kernel.models.base import Model


class RevokeReason(models.TextChoices):
    SIGNED_OUT = "signed_out", _("Signed out")
    REFRESH_REUSED = "refresh_reused", _("A used refresh token came again")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password reset")
    ROLE_CHANGED = "role_changed", _("Role changed")
    DEACTIVATED = "deactivated", _("Account deactivated")
    REPLACED = "replaced", _("Account taken over by the owner of the address")


class AuthSession(Model):
    """One sign-in and the family of refresh tokens that came of it; its id is the `sid` of access tokens.

    It lives while it is not revoked, its generation is the person's and the person is active: that is the one look
    every request takes, so raising the person's generation ends all of them at once.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="auth_sessions", verbose_name=_("person"))
    generation = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=DbNow())
    last_used_at = models.DateTimeField(db_default=DbNow())
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=20, choices=RevokeReason.choices, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"last_used_at": "deleted with the account's sessions"}

    class Meta:
        db_table = "accounts_session"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoke_reason="") | models.Q(revoked_at__isnull=False),
                name="session_reason_only_when_revoked",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RefreshToken(Model):
    """One use of a family: the secret's SHA-256, and when it was used. A second use betrays a copy."""

    session = models.ForeignKey(AuthSession, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(db_default=DbNow())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "accounts_refresh_token"

    def __str__(self) -> str:
        return str(self.pk)
