"""Log lines: one JSON object each, without secrets or personal data."""

import json
import logging
import sys
from typing import Any

import pytest
import structlog

from kernel.context import use_request_id
from kernel.logs import ACCESS_LOGGER, JsonFormatter, configure, mask_path, redact_text

pytestmark = pytest.mark.unit
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJl"
LINK = "Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmE"


def line_of(message: Any, *args: Any, name: str = "test", **extra: Any) -> dict[str, Any]:
    exc_info = extra.pop("exc_info", None)
    record = logging.LogRecord(name, logging.INFO, "f.py", 1, message, args, exc_info)
    vars(record).update(extra)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_line_says_when_what_who_and_for_which_request() -> None:
    with use_request_id("r-1"):
        line = line_of("saved %s", "it", dispute="d-1")
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "logger": "test", "request_id": "r-1", "event": "saved it", "dispute": "d-1"}


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "secret",
        "SECRET_KEY",
        "access_token",
        "Authorization",
        "cookie",
        "api_key",
        "email",
        "full_name",
        "remote_addr",
        "user_agent",
        "signature_image",
        "DSN",
        "body",
    ],
)
def test_values_under_telling_names_are_hidden_at_any_depth(name: str) -> None:
    line = line_of("x", outer=[{"inner": {name: "swordfish"}}], **{name: "swordfish"})
    assert "swordfish" not in json.dumps(line)
    assert line[name] == "[redacted]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail to maria.lopez+x@example.org failed", "mail to [e-mail] failed"),
        (f"token {JWT} expired", "token [token] expired"),
        (f"Authorization was Bearer {JWT}", "Authorization was Bearer [token]"),
        (f"GET /i/{LINK} 404", "GET /i/… 404"),
        (f"GET /api/invitations/{LINK}/accept", "GET /api/invitations/…/accept"),
        (f"the link {LINK} was used", "the link [token] was used"),
        ("postgresql://accord:hunter2@db/accord", "postgresql://accord:[redacted]@db/accord"),
        ("GET /staff/?q=maria", "GET /staff/?…"),
        ("case 01a1feaa-e5b0-70f0-a1ae-99b974c50436", "case 01a1feaa-e5b0-70f0-a1ae-99b974c50436"),
        ("Really? yes", "Really? yes"),
    ],
)
def test_texts_are_searched(text: str, shown: str) -> None:
    assert redact_text(text) == shown
    assert line_of(text)["event"] == shown


def test_trace_is_kept_without_what_it_must_not_hold() -> None:
    try:
        raise ValueError("Key (email)=(maria@example.org) already exists")
    except ValueError:
        line = line_of("failed", exc_info=sys.exc_info())
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["trace"]
    assert "maria" not in line["trace"]


ROW = "DETAIL:  Failing row contains (7, my\nDETAIL of\n\nlife, null)."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"null value in a column\n{ROW}", "null value in a column\nDETAIL: …"),
        (f"deadlock\n{ROW}\nHINT:  See the log.", "deadlock\nDETAIL: …\nHINT:  See the log."),
        (f"one\n{ROW}\n\nThe above exception was …", "one\nDETAIL: …\n\nThe above exception was …"),
        (
            f"a\n{ROW}\nCONTEXT:  b\n\nDuring handling of c\n{ROW}",
            "a\nDETAIL: …\nCONTEXT:  b\n\nDuring handling of c\nDETAIL: …",
        ),
    ],
)
def test_rows_that_postgresql_quotes_are_left_out(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_extra_that_is_a_request_is_left_out() -> None:
    assert "request" not in line_of("x", request=object())


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/i/abc", "/i/…"),
        ("/reset/abc", "/reset/…"),
        ("/verify-email/abc", "/verify-email/…"),
        ("/sign/abc", "/sign/…"),
        ("/c/abc/", "/c/…/"),
        ("/api/invitations/abc/accept", "/api/invitations/…/accept"),
        ("/api/disputes/abc", "/api/disputes/abc"),
        ("/verify/", "/verify/"),
    ],
)
def test_mask_path_hides_link_tokens(path: str, shown: str) -> None:
    assert mask_path(path) == shown


def test_structlog_lines_are_of_the_same_form(caplog: pytest.LogCaptureFixture) -> None:
    configure({"level": "INFO"})
    with caplog.at_level(logging.INFO):
        structlog.get_logger("app").info("rendered", pages=3, email="maria@example.org")
    (record,) = [record for record in caplog.records if record.name == "app"]
    line = json.loads(JsonFormatter().format(record))
    assert {name: line[name] for name in ("logger", "event", "pages", "email")} == {
        "logger": "app",
        "event": "rendered",
        "pages": 3,
        "email": "[redacted]",
    }


def test_configure_silences_the_servers_own_access_logs_and_is_repeatable() -> None:
    uvicorn = logging.getLogger("uvicorn.access")
    uvicorn.addHandler(logging.NullHandler())
    uvicorn.setLevel(logging.INFO)
    configure({})
    configure({})
    assert (uvicorn.handlers, uvicorn.propagate, uvicorn.isEnabledFor(logging.INFO)) == ([], False, False)
    ours = [handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, JsonFormatter)]
    assert len(ours) == 1


@pytest.mark.parametrize("name", ["mail.log", "axes"])
def test_configure_silences_libraries_that_note_addresses(name: str) -> None:
    library = logging.getLogger(name)
    library.setLevel(logging.NOTSET)
    configure({"level": "INFO"})
    assert not library.isEnabledFor(logging.INFO)
    assert library.isEnabledFor(logging.WARNING)


def test_access_lines_keep_their_members() -> None:
    line = line_of({"event": "request", "path": "/api/me", "ms": 1.5}, name=ACCESS_LOGGER)
    assert (line["path"], line["ms"]) == ("/api/me", 1.5)
