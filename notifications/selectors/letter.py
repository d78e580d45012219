"""A mail before it is laid out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """A mail before it is laid out. `details` are pairs of label and value, `steps` what happens next, `hints` the
    small print.
    """

    email: str
    name: str
    locale: str
    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    action: str
    link: str
    reason: str
    details: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
