"""The Message-ID of a mail (RFC 5322, 3.6.4): made of its row's id, so that every copy of it carries the same."""

from email.utils import parseaddr
from uuid import UUID

from django.conf import settings


def message_id_of(mail_id: UUID) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "accord.invalid"
    return f"<{mail_id}@{domain}>"
