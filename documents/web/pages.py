"""What the pages of documents share: who looks, in which language; and the frame in which a preview is shown."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from accounts.public import User
from documents.rules import can_author, can_work_with_templates
from kernel.errors import NotFoundError
from kernel.readers import as_read_by

View = Callable[..., HttpResponseBase]


def reader(request: HttpRequest) -> User:
    """The signed-in person."""
    return cast(User, request.user)


def for_staff(view: View) -> View:
    """For lawyers and administrators; nobody else learns that the page is there."""
    return _guarded(view, can_work_with_templates)


def for_authors(view: View) -> View:
    """For administrators, who write templates; nobody else learns that the page is there."""
    return _guarded(view, can_author)


def _guarded(view: View, may: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated or not request.user.is_active:
            return HttpResponseRedirect(f"/signin/?{urlencode({'next': request.get_full_path()})}")
        if not may(request.user):
            raise Http404
        user = reader(request)
        try:
            with as_read_by(user.locale, user.timezone):
                response = view(request, *args, **kwargs)
        except NotFoundError as error:
            raise Http404 from error
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


def framed(html: str, *, status: int = 200) -> HttpResponse:
    """A page of somebody's data for a frame of our own: no script, no form, nothing fetched but our fonts, whatever it says."""
    response = HttpResponse(html, status=status)
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; font-src 'self'; img-src data:; frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
