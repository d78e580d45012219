"""A mail server that answers as it is told."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class MailServer:
    """Speaks SMTP over a real socket. `answers` are used up one by one at each step, then everything is accepted."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.recipient_answers: list[str] = []
        self.content_answers: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.recipient_answers:
            answer = self.recipient_answers.pop(0)
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.content_answers:
            answer = self.content_answers.pop(0)
            if not answer.startswith("250"):
                return answer
        self.received.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        return "250 taken"


def part(message: EmailMessage, kind: str) -> str:
    """The text or the HTML of a mail."""
    found = message.get_body(preferencelist=(kind,))
    assert found is not None
    content: str = found.get_content()
    return content
