"""The door to accounts for other apps."""

from accounts.enums import Locale, Role
from accounts.models import User
from accounts.selectors import find_account, users_by_id

__all__ = ["Locale", "Role", "User", "find_account", "users_by_id"]
