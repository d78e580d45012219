"""The start page: what Accord is, or one's disputes."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from disputes.selectors.back_office import is_back_office
from disputes.selectors.drafts import drafts_of
from disputes.selectors.my_cases import Position, my_cases
from disputes.web.pages import as_read_by, private, reader

SHOWS = ("", "open", "ended")
MOST_WORDS = 200


@require_safe
def start_page(request: HttpRequest) -> HttpResponse:
    """What Accord is and where to go; for whoever is signed in, their disputes, what waits for them, and their drafts."""
    if not request.user.is_authenticated or not request.user.is_active:
        return private(render(request, "disputes/start.html", {"reader": None}))
    user = reader(request)
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    words = request.GET.get("q", "").replace("\x00", "")[:MOST_WORDS].strip()
    with as_read_by(user.locale, user.timezone):
        page = my_cases(user, show=show, words=words, after=_position(request.GET.get("after", "")))
        context = {
            "reader": user,
            "page": page,
            "show": show,
            "words": words,
            "is_narrowed": bool(show or words),
            "is_first": "after" not in request.GET,
            "next": _query(show, words, page.next) if page.next is not None else "",
            "shows": [(name, _query(name, words, None)) for name in SHOWS],
            "drafts": drafts_of(user),
            "is_staff_member": is_back_office(user),
        }
        return private(render(request, "disputes/start.html", context))


def _query(show: str, words: str, after: Position | None) -> str:
    given = {"show": show, "q": words, "after": f"{after.updated_at.isoformat()}~{after.id}" if after else ""}
    return urlencode({name: value for name, value in given.items() if value})


def _position(text: str) -> Position | None:
    """Where a page goes on; the beginning for what is no position."""
    moment, separator, row = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return Position(at, UUID(row)) if separator and at.tzinfo is not None else None
    except ValueError:
        return None
