"""In which language and time zone a page is read. One rule for all pages:

1. Whoever is signed in reads in the language and the zone of their profile.
2. Anybody else reads in the language chosen by the switch (a cookie), else in that of whom a mailed link addresses, else in
   what the browser asks for, else in English; in the zone of the case where there is one, else in UTC.

`LocaleMiddleware` sees to cookie and browser, `ReaderMiddleware` after it to whoever is signed in, and pages of mailed links ask
`reading_language`. The API is not touched: it answers in the language of the request.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from kernel.registries import Principal

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ReaderMiddleware:
    """Pages of whoever is signed in, in their language and zone. Stands after the one that finds out who is asking."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        outcome = getattr(request, "accord_principal", None)
        if request.path_info.startswith("/api/"):
            return self._get_response(request)
        if isinstance(outcome, Principal):
            with as_read_by(outcome.user.locale, outcome.user.timezone):
                response = self._get_response(request)
            response.headers.setdefault("Content-Language", known_language(outcome.user.locale))
        else:
            response = self._get_response(request)
        patch_vary_headers(response, ("Cookie",))
        return response


def chosen_language(request: HttpRequest) -> str | None:
    """What this reader chose: in their profile, or with the switch; None when they chose nothing."""
    outcome = getattr(request, "accord_principal", None)
    if isinstance(outcome, Principal):
        return known_language(outcome.user.locale)
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return wanted if wanted in dict(settings.LANGUAGES) else None


def reading_language(request: HttpRequest, addressed: str) -> str:
    """The language of a page that a mailed link opens for somebody who reads `addressed`."""
    return chosen_language(request) or known_language(addressed)


@contextmanager
def as_read_by(language: str, zone: str) -> Iterator[None]:
    """Words and times as this person reads them."""
    with translation.override(known_language(language)), timezone.override(known_zone(zone)):
        yield


def known_language(language: str) -> str:
    """One of ours: `es` of `es-MX`, English of what we do not speak."""
    wanted = language.partition("-")[0]
    return wanted if wanted in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)


def known_zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
