"""What the pages of this app share: who looks, in which language and time zone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.public import User
from kernel.errors import NotFoundError
from kernel.readers import as_read_by, known_language, known_zone

__all__ = ["as_read_by", "known_language", "known_zone", "private", "reader", "signed_in"]

View = Callable[..., HttpResponse]


def reader(request: HttpRequest) -> User:
    """The signed-in person."""
    return cast(User, request.user)


def signed_in(view: View, *, at: str = "/signin/") -> View:
    """Sends whoever is not signed in to `at` and back; what one may not see is a 404 like everything that is not there."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated or not request.user.is_active:
            return HttpResponseRedirect(f"{at}?{urlencode({'next': request.get_full_path()})}")
        user = reader(request)
        try:
            with as_read_by(user.locale, user.timezone):
                return private(view(request, *args, **kwargs))
        except NotFoundError as error:
            raise Http404 from error

    return guarded


def private(response: HttpResponse) -> HttpResponse:
    """Told to nobody and kept nowhere."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
