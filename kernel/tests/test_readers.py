"""In which language and zone a page is read."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from kernel.readers import ReaderMiddleware, chosen_language, known_language, known_zone, reading_language
from kernel.registries import Principal

pytestmark = pytest.mark.unit


def request_of(*, locale: str = "", zone: str = "UTC", cookie: str = "", path: str = "/") -> HttpRequest:
    """A request as it comes past LocaleMiddleware and PrincipalMiddleware."""
    request = RequestFactory().get(path)
    if cookie:
        request.COOKIES["django_language"] = cookie
    user = SimpleNamespace(pk=1, locale=locale, timezone=zone)
    request.accord_principal = Principal(user, None) if locale else None  # type: ignore[attr-defined]
    return request


def page(request: HttpRequest) -> HttpResponse:
    """What a view sees, as a page."""
    noon = timezone.localtime(datetime(2026, 7, 1, 12, tzinfo=UTC))
    return HttpResponse(f"{translation.get_language()} {noon:%H}")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (request_of(), b"en 12"),  # as LocaleMiddleware found it
        (request_of(locale="es", zone="Europe/Madrid"), b"es 14"),
        (request_of(locale="es", zone="Europe/Madrid", cookie="en"), b"es 14"),  # the profile wins over the cookie
        (request_of(locale="es", zone="Atlantis/Center"), b"es 12"),
        (request_of(locale="es", zone="Europe/Madrid", path="/api/me"), b"en 12"),  # the API answers as it is asked
    ],
)
def test_pages_are_in_the_language_and_zone_of_whoever_is_signed_in(request_: HttpRequest, expected: bytes) -> None:
    with translation.override("en"), timezone.override("UTC"):
        answer = ReaderMiddleware(page)(request_)
        assert (translation.get_language(), timezone.get_current_timezone_name()) == ("en", "UTC")
    assert answer.content == expected  # type: ignore[attr-defined]


def test_the_answer_says_its_language_and_on_what_it_depends() -> None:
    answer = ReaderMiddleware(page)(request_of(locale="es"))
    assert answer["Content-Language"] == "es"
    assert "Cookie" in answer["Vary"]
    assert "Cookie" in ReaderMiddleware(page)(request_of())["Vary"]


@pytest.mark.parametrize(
    ("request_", "chosen", "read"),
    [
        (request_of(), None, "es"),  # whom the mail addresses
        (request_of(cookie="en"), "en", "en"),
        (request_of(cookie="xx"), None, "es"),
        (request_of(locale="en", cookie="es"), "en", "en"),
    ],
)
def test_a_mailed_page_is_in_the_language_chosen_else_in_that_of_its_addressee(
    request_: HttpRequest, chosen: str | None, read: str
) -> None:
    assert chosen_language(request_) == chosen
    assert reading_language(request_, "es-MX") == read


def test_what_we_do_not_know_is_english_and_utc() -> None:
    assert [known_language(each) for each in ("es", "es-AR", "fr", "")] == ["es", "es", "en", "en"]
    assert [str(known_zone(each)) for each in ("Europe/Madrid", "Nowhere", "../etc", "")] == ["Europe/Madrid"] + [
        "UTC"
    ] * 3
