"""Handing a mail to the mail server by Django's mail settings."""

import smtplib
from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives

from notifications.adapters.rendering import RenderedMail


class MailRefusedError(Exception):
    """The server will never take this mail: its address or its content is refused (RFC 5321, 4.2.1: 5yz)."""


class MailDelayedError(Exception):
    """Not this time: the server is not there, busy, or asks to come back (4yz)."""


def hand_over(rendered: RenderedMail, *, email: str, name: str, message_id: str) -> None:
    """Returns once the server has answered for the mail. Raises MailRefusedError or MailDelayedError, whose words
    name no address.
    """
    message = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        to=[formataddr((name, email)) if name else email],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    message.attach_alternative(rendered.html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(max((code for code, _reply in error.recipients.values()), default=550), "recipient") from error
    except smtplib.SMTPAuthenticationError as error:  # ours to mend, so nothing is lost meanwhile
        raise MailDelayedError(f"{error.smtp_code} the server does not accept our sign-in") from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _judged(
            error.smtp_code, "sender" if isinstance(error, smtplib.SMTPSenderRefused) else "content"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefusedError("the server cannot take addresses of this form") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailDelayedError(f"no answer from the mail server ({type(error).__name__})") from error
    except ValueError as error:  # an address or name that no header can carry
        raise MailRefusedError(f"the mail cannot be written ({type(error).__name__})") from error


def _judged(code: int, what: str) -> Exception:
    words = f"{code} {what} refused"
    return MailRefusedError(words) if code >= 500 else MailDelayedError(words)
