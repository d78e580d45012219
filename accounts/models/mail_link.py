"""Links that prove whoever opens them reads the person's mail."""

from typing import ClassVar

from django.db import models

from accounts.models.user import User
from kernel.models.base import Model


class LinkPurpose(models.TextChoices):
    VERIFY_EMAIL = "verify_email"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose


class MailLink(Model):
    """The one link of a purpose that is open for a person. Renewing raises the generation, so the former link dies.

    The token itself is nowhere: it is made anew from this row (kernel.links), which keeps only its SHA-256.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mail_links")
    purpose = models.CharField(max_length=16, choices=LinkPurpose.choices)
    generation = models.PositiveIntegerField(default=0)
    digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        db_table = "accounts_mail_link"
        constraints = [models.UniqueConstraint(fields=["user", "purpose"], name="mail_link_one_per_purpose")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
