"""The pages that say what went wrong: in the site's style, in both languages, and without asking anything that may have failed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import override

from kernel import problems
from kernel.context import use_request_id
from kernel.middleware import database_unavailable

# The database is not there for any of them: pytest-django refuses it to a test that does not ask for it.
pytestmark = pytest.mark.unit

PAGES: list[tuple[Callable[[HttpRequest], HttpResponse], int, str, str]] = [
    (problems.bad_request, 400, "That request cannot be understood", "La solicitud no se entiende"),
    (problems.permission_denied, 403, "Not allowed", "No permitido"),
    (problems.csrf_failure, 403, "Please load the page again", "Vuelva a cargar la página, por favor"),
    (problems.not_found, 404, "Not found", "No encontrado"),
    (problems.locked_out, 429, "Please wait", "Espere, por favor"),
    (database_unavailable, 503, "One moment, please", "Un momento, por favor"),
    (problems.server_error, 500, "Something went wrong on our side", "Algo ha fallado por nuestra parte"),
]


class Nobody:
    """Who is asked for the person, the session or the messages has lost."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"an error page asked for {name}")

    def __iter__(self) -> Any:
        raise AssertionError("an error page asked for messages")


def browser_request() -> HttpRequest:
    request = RequestFactory().get("/somewhere", headers={"Accept": "text/html"})
    request.user = request.session = request._messages = Nobody()  # type: ignore[assignment,attr-defined]
    return request


@pytest.mark.parametrize(
    ("view", "status", "english", "spanish"), PAGES, ids=lambda item: getattr(item, "__name__", None)
)
def test_page_has_the_sites_style_and_the_readers_language(
    view: Callable[[HttpRequest], HttpResponse], status: int, english: str, spanish: str
) -> None:
    for language, heading, home in (("en", english, "To the start page"), ("es", spanish, "A la página de inicio")):
        with override(language):
            answer = view(browser_request())
        page = answer.content.decode()
        assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert f'<html lang="{language}"' in page
        assert f"<h1>{heading}</h1>" in page
        assert f"<title>{heading} · Accord</title>" in page
        assert f"Error {status}" in page
        assert home in page
        assert "accord/base.css" in page
        assert 'rel="icon"' in page


def test_page_of_our_own_fault_names_the_number_in_the_log_and_no_other_does() -> None:
    with use_request_id("r-500"):
        assert "<code>r-500</code>" in problems.server_error(browser_request()).content.decode()
        assert "r-500" not in problems.not_found(browser_request()).content.decode()


def test_error_page_that_cannot_be_made_is_a_plain_answer_and_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> str:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr(problems, "render_to_string", broken)
    with use_request_id("r-501"):
        answer = problems.server_error(browser_request())
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert answer.content.decode().splitlines()[0] == "Something went wrong on our side"
    assert "r-501" in answer.content.decode()
    assert "Missing staticfiles" not in answer.content.decode()
    assert [record.getMessage() for record in caplog.records] == ["the error page cannot be made"]


def test_what_is_said_is_shown_and_not_run() -> None:
    page = problems.error_page(
        browser_request(), status=429, heading="<b>", detail="<script>1</script>"
    ).content.decode()
    assert "<b>" not in page
    assert "<script>" not in page


def test_browsers_that_ask_for_an_icon_find_it(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/accord/favicon.svg")
    assert "max-age=86400" in answer["Cache-Control"]
    found = finders.find("accord/favicon.svg")
    assert found
    with open(str(found), encoding="utf-8") as file:
        icon = file.read()
    assert icon.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "script" not in icon
