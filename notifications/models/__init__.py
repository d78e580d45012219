"""Rows of notifications."""

from notifications.models.mail import Mail
from notifications.models.notification import Notification

__all__ = ["Mail", "Notification"]
