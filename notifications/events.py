"""The facts notifications publish."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class MailQueued(Event):
    """An e-mail waits to be rendered and handed to the mail server."""

    mail_id: UUID
