from accounts.models.mail_link import LinkPurpose, MailLink
from accounts.models.preference import NotificationPreference
from accounts.models.session import AuthSession, RefreshToken, RevokeReason
from accounts.models.user import User, UserManager

__all__ = [
    "AuthSession",
    "LinkPurpose",
    "MailLink",
    "NotificationPreference",
    "RefreshToken",
    "RevokeReason",
    "User",
    "UserManager",
]
