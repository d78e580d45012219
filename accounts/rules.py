"""Who may do what to accounts."""

from typing import Any

from accounts.enums import Role


def may_administer_people(user: Any) -> bool:
    """Administrators manage accounts; lawyers do not see them in the back-office."""
    return bool(getattr(user, "is_active", False)) and getattr(user, "role", None) == Role.ADMIN
