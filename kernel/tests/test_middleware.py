"""The request edge: ids, log lines, numbers, safe defaults, who is asking and how often."""

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from kernel.context import request_id
from kernel.errors import AuthenticationRequiredError
from kernel.logs import ACCESS_LOGGER
from kernel.registries import Principal, authenticators


class Caller:
    """A user as the edge sees one."""

    is_authenticated = True
    is_active = True

    def __init__(self) -> None:
        self.pk = uuid4()


CALLERS = {"good": Caller(), "other": Caller()}


def read_token(credentials: str) -> Principal:
    caller = CALLERS.get(credentials)
    if caller is None:
        raise AuthenticationRequiredError("This access token is not valid any more.")
    return Principal(user=caller, session_id=uuid4())


@pytest.fixture(autouse=True)
def _edge(settings: Settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "kernel.tests.edge_urls"
    settings.ACCORD_ANON_RATE = "60/min"
    before = dict(authenticators._entries)
    authenticators._entries["bearer"] = read_token
    yield
    authenticators._entries.clear()
    authenticators._entries.update(before)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def bearer(token: str) -> dict[str, Any]:
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The access log's lines."""
    found: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert isinstance(record.msg, dict)
            found.append({**record.msg, "level": record.levelname})

    keep = Keep()
    logging.getLogger(ACCESS_LOGGER).addHandler(keep)
    yield found
    logging.getLogger(ACCESS_LOGGER).removeHandler(keep)


# --- ids and defaults ------------------------------------------------------------------------------------------------


def test_request_id_sane_one_is_taken_and_returned(client: Client) -> None:
    assert client.get("/plain", HTTP_X_REQUEST_ID="trace-42.a_b")["X-Request-ID"] == "trace-42.a_b"


@pytest.mark.parametrize("given", ["", "a" * 65, "two words", 'quote"', "line\nbreak", "späße"])
def test_request_id_other_ones_are_replaced(client: Client, given: str) -> None:
    answer = client.get("/plain", HTTP_X_REQUEST_ID=given)
    assert UUID(answer["X-Request-ID"]).version == 7


def test_request_id_ends_with_the_request(client: Client) -> None:
    client.get("/plain", HTTP_X_REQUEST_ID="mine")
    assert request_id() == ""


@pytest.mark.parametrize(
    ("path", "cache", "referrer"),
    [
        ("/plain", "no-store", "same-origin"),
        ("/api/who", "no-store", "same-origin"),
        ("/api/kept", "max-age=5", "same-origin"),
        ("/verify/", "no-store", "no-referrer"),
        ("/i/abc", "no-store", "no-referrer"),
        ("/reset/abc", "no-store", "no-referrer"),
    ],
)
def test_answer_is_not_stored_unless_the_view_said_so(client: Client, path: str, cache: str, referrer: str) -> None:
    answer = client.get(path)
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == (cache, referrer)


# --- errors ----------------------------------------------------------------------------------------------------------


def test_unhandled_error_in_the_api_is_a_problem_without_a_trace(client: Client) -> None:
    answer = client.get("/api/crash")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    assert b"swordfish" not in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize("path", ["/api/database-down"])
def test_database_that_does_not_answer_is_503_and_may_be_retried(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "database_unavailable"
    assert b"10.0.0.7" not in answer.content


# --- log line and numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "shown", "route"),
    [
        ("/i/SECRETTOKEN", "/i/…", "/i/<str:token>"),
        ("/reset/SECRETTOKEN", "/reset/…", "/reset/<str:token>"),
        ("/api/invitations/SECRETTOKEN/accept", "/api/invitations/…/accept", "/api/invitations/<str:token>/accept"),
        ("/plain?email=somebody@example.org", "/plain", "/plain"),
        ("/nowhere/at/all", "/nowhere/at/all", "(none)"),
    ],
)
def test_access_line_shows_no_token_and_no_query(
    client: Client, lines: list[dict[str, Any]], path: str, shown: str, route: str
) -> None:
    client.get(path)
    (line,) = lines
    assert (line["path"], line["route"]) == (shown, route)
    assert "SECRET" not in str(line)
    assert "@" not in str(line)


@pytest.mark.django_db
def test_access_line_tells_the_time_spent_in_the_database(client: Client, lines: list[dict[str, Any]]) -> None:
    client.get("/api/two-statements")
    (line,) = lines
    assert line["db_queries"] == 2
    assert 20 <= line["db_ms"] <= line["ms"]


def test_access_line_of_a_failure_is_an_error(client: Client, lines: list[dict[str, Any]]) -> None:
    client.get("/api/crash")
    assert [(line["status"], line["level"]) for line in lines] == [(500, "ERROR")]


def test_metrics_count_requests_by_route_pattern(client: Client) -> None:
    labels = {"route": "/i/<str:token>", "method": "GET", "status": "200"}
    before = REGISTRY.get_sample_value("accord_request_seconds_count", labels) or 0
    client.get("/i/one")
    client.get("/i/two")
    assert REGISTRY.get_sample_value("accord_request_seconds_count", labels) == before + 2


def test_metrics_unknown_method_and_path_do_not_make_new_series(client: Client) -> None:
    client.generic("FROBNICATE", "/nowhere/1")
    assert REGISTRY.get_sample_value(
        "accord_request_seconds_count", {"route": "(none)", "method": "OTHER", "status": "404"}
    )


# --- who is asking ---------------------------------------------------------------------------------------------------


def test_principal_of_a_good_token_is_the_user(client: Client) -> None:
    assert client.get("/api/who", **bearer("good")).json() == {"user": str(CALLERS["good"].pk)}


def test_principal_of_a_bad_token_is_401_in_its_own_words(client: Client) -> None:
    answer = client.get("/api/who", **bearer("forged"))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["detail"] == "This access token is not valid any more."


@pytest.mark.parametrize("header", ["", "Basic dTpw", "good"])
def test_principal_without_a_header_of_ours_is_nobody(client: Client, header: str) -> None:
    assert client.get("/api/who", HTTP_AUTHORIZATION=header).json() == {"user": None}


@pytest.mark.django_db
def test_principal_by_session_needs_a_csrf_token_for_changes(settings: Settings) -> None:
    user = get_user_model().objects.create(
        email="anna@example.org", full_name="Anna", is_active=True, email_verified_at=timezone.now()
    )
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert browser.get("/api/who").json() == {"user": str(user.pk)}
    refused = browser.post("/api/who", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    assert browser.post("/api/who", {}, content_type="application/json", HTTP_X_CSRFTOKEN=token).status_code == 200
    by_token = browser.post("/api/who", {}, content_type="application/json", **bearer("good"))
    assert by_token.json() == {"user": str(CALLERS["good"].pk)}


# --- how often -------------------------------------------------------------------------------------------------------


def statuses(client: Client, times: int, path: str = "/api/who", **extra: str) -> list[int]:
    return [client.get(path, **extra).status_code for _call in range(times)]  # type: ignore[arg-type]


def test_anonymous_limit_is_60_a_minute_per_address(client: Client) -> None:
    assert statuses(client, 62) == [200] * 60 + [429, 429]
    assert statuses(client, 1, REMOTE_ADDR="203.0.113.7") == [200]


def test_anonymous_limit_counts_invalid_tokens(client: Client) -> None:
    assert statuses(client, 60, **bearer("forged")) == [401] * 60
    refused = client.get("/api/who", **bearer("forged"))
    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert statuses(client, 1, **bearer("good")) == [200]


def test_user_limit_is_per_user_whatever_the_address(client: Client, settings: Settings) -> None:
    settings.ACCORD_RATES = {**settings.ACCORD_RATES, "user": "3/min"}
    assert statuses(client, 2, **bearer("good")) == [200, 200]
    assert statuses(client, 2, REMOTE_ADDR="203.0.113.8", **bearer("good")) == [200, 429]
    assert statuses(client, 1, **bearer("other")) == [200]


def test_anonymous_limit_does_not_count_probes_and_development_pages(client: Client, settings: Settings) -> None:
    settings.ACCORD_ANON_RATE = "1/min"
    for path in ("/healthz", "/dev/mail/"):
        assert statuses(client, 3, path) == [200] * 3
    assert statuses(client, 2, "/plain", HTTP_ACCEPT="application/json") == [200, 429]


def test_throttled_page_is_html_for_people_and_a_problem_for_programs(client: Client, settings: Settings) -> None:
    settings.ACCORD_ANON_RATE = "1/min"
    client.get("/plain")
    page = client.get("/plain", HTTP_ACCEPT="text/html")
    assert (page.status_code, page["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert page["Retry-After"]
    program = client.get("/plain", HTTP_ACCEPT="application/json")
    assert (program.status_code, program["Content-Type"]) == (429, "application/problem+json")


def test_limits_hold_when_redis_is_gone(client: Client, settings: Settings) -> None:
    from kernel import ratelimit

    ratelimit._local.forget()
    settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
    settings.ACCORD_ANON_RATE = "2/min"
    assert statuses(client, 3, REMOTE_ADDR="203.0.113.9") == [200, 200, 429]
