"""Marking notifications as read."""

from uuid import UUID

from django.db import transaction

from accounts.public import User
from kernel.clock import DbNow
from notifications.models import Notification
from notifications.selectors.inbox import access_notification


@transaction.atomic
def mark_read(*, acting_user: User, notification_id: UUID) -> UUID:
    """The person has read it; the first time counts. Raises NotFoundError."""
    row = access_notification(acting_user, notification_id, lock=True)
    Notification.objects.filter(pk=row.pk, read_at=None).update(read_at=DbNow())
    return row.pk
