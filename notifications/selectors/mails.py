"""Reads about mails."""

from uuid import UUID

from notifications.models import Mail


def find_mail(mail_id: UUID) -> Mail | None:
    """The mail's row, or None."""
    return Mail.objects.filter(pk=mail_id).first()
