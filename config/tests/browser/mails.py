"""Mails that the product really sent, read from the catcher behind its SMTP server."""

from typing import Any
from urllib.parse import urlsplit

from kernel.testing.live import LiveStack


def wait_for_link(stack: LiveStack, to: str, beginning: str, *, than: str = "", seconds: float = 60) -> str:
    """The newest link to `beginning` (a path such as /i/) mailed to `to`, another one than `than`."""

    def newest() -> str:
        links = (
            link for mail in stack.mails(to) for link in mail["links"] if urlsplit(link).path.startswith(beginning)
        )
        return next((link for link in links if link != than), "")

    return str(stack.wait_until(newest, seconds=seconds))


def wait_for_mail(stack: LiveStack, to: str, words: str, *, seconds: float = 60) -> dict[str, Any]:
    """The newest mail to `to` with `words` in its subject or text."""

    def newest() -> dict[str, Any] | None:
        found = (mail for mail in stack.mails(to) if words in mail["subject"] or words in mail["text"])
        return next(found, None)

    mail: dict[str, Any] = stack.wait_until(newest, seconds=seconds)
    return mail
