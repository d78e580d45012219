"""From a letter to the text and the HTML of a mail."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from notifications.selectors.letter import Letter


@dataclass(frozen=True)
class RenderedMail:
    subject: str
    text: str
    html: str


def render_letter(letter: Letter) -> RenderedMail:
    """Both parts, in the letter's language. Everything people wrote is escaped in the HTML and stands on one line
    in the subject.
    """
    with translation.override(letter.locale):
        context = {"letter": letter, "base_url": settings.ACCORD_BASE_URL}
        return RenderedMail(
            subject=" ".join(letter.subject.split()),
            text=render_to_string("notifications/letter.txt", context),
            html=render_to_string("notifications/letter.html", context),
        )
