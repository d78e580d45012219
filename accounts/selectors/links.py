"""The addresses that mails carry, made again from the row; nothing else ever holds a token."""

from uuid import UUID

from django.conf import settings

from accounts.models import LinkPurpose, MailLink
from kernel.clock import DbNow
from kernel.errors import NotFoundError
from kernel.links import make_token, token_digest


def verification_link(user_id: UUID) -> str:
    """The page where the person confirms their address. Raises NotFoundError when no link was issued."""
    return _address("verify-email", user_id, LinkPurpose.VERIFY_EMAIL)


def password_reset_link(user_id: UUID) -> str:
    """The page where the person sets a new password. Raises NotFoundError when no link was issued."""
    return _address("reset", user_id, LinkPurpose.PASSWORD_RESET)


def _address(page: str, user_id: UUID, purpose: LinkPurpose) -> str:
    link = MailLink.objects.filter(user_id=user_id, purpose=purpose).first()
    if link is None:
        raise NotFoundError
    return f"{settings.ACCORD_BASE_URL}/{page}/{make_token(purpose.value, link.pk, link.generation)}"


def link_is_open(token: str, purpose: LinkPurpose) -> bool:
    """Whether a link still works. Looking never uses it up: mail scanners look too."""
    return MailLink.objects.filter(
        digest=token_digest(token), purpose=purpose, used_at=None, expires_at__gt=DbNow(), user__is_active=True
    ).exists()
