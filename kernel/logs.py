"""Logs: one JSON object a line on stdout, for our own loggers, structlog and every library alike.

No personal data and no secrets: values under telling names are replaced, and so are e-mail addresses, tokens and
token paths inside any text, tracebacks included. The proxy or the platform keeps the lines 30 days (stack.md).
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from kernel.context import request_id

ACCESS_LOGGER = "accord.access"
DEEPEST = 6

SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|authorization|cookie|api[_-]?key|private|credential|session|signature|dsn|master[_-]?key"
    r"|e[_-]?mail|phone|full[_-]?name|remote[_-]?addr|user[_-]?agent|^ip$|^otp$|^body$",
    re.IGNORECASE,
)
TOKEN_PATH = re.compile(r"(/(?:i|reset|verify-email|sign|c|api/invitations)/)[^/\s?#\"'<>]+")
EMAIL = re.compile(r"[^\s@<>\"'()=,;:/]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")
BEARER = re.compile(r"\b(Bearer|Api-Key|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
LINK_TOKEN = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{43}(?![\w-])")
URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@/]+@")
# PostgreSQL quotes the rows of a violated constraint there; psycopg hands that on, and so do tracebacks.
ROWS = re.compile(r"(?<=DETAIL:).+?(?=\nHINT:|\nCONTEXT:|\n+The above exception|\n+During handling of|\Z)", re.DOTALL)
QUERY = re.compile(r"(?<=[\w/])\?[\w.\[\]-]+=[^\s\"'<>]*")

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "response",
    "color_message",
    "data",
    "args",
}


def mask_path(path: str) -> str:
    """The path of a request as logs and metrics may show it: link tokens are `…`."""
    return TOKEN_PATH.sub(r"\1…", path)


def redact_text(text: str) -> str:
    """`text` without e-mail addresses, tokens, query strings and passwords in URLs."""
    text = mask_path(text)
    if "@" in text:
        text = URL_PASSWORD.sub(r"\1[redacted]@", text)
        text = EMAIL.sub("[e-mail]", text)
    if "DETAIL:" in text:
        text = ROWS.sub(" …", text)
    if "?" in text:
        text = QUERY.sub("?…", text)
    if "eyJ" in text:
        text = JWT.sub("[token]", text)
    text = BEARER.sub(r"\1 [token]", text)
    return LINK_TOKEN.sub("[token]", text)


def redact(value: Any, *, depth: int = 0) -> Any:
    """`value` as it may be logged: names that tell of a secret or a person hide their value, texts are searched."""
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(key): "[redacted]" if SECRET_NAME.search(str(key)) else redact(item, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(item, depth=depth + 1) for item in value]
    return redact_text(str(value))


class JsonFormatter(logging.Formatter):
    """One log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if bound := request_id():
            line["request_id"] = bound
        if record.name == ACCESS_LOGGER and isinstance(record.msg, dict):
            line |= record.msg  # made by the middleware of safe values only: no search, this is the hot path
        else:
            line |= self._said(record)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

    def _said(self, record: logging.LogRecord) -> dict[str, Any]:
        if isinstance(record.msg, Mapping):  # from structlog
            said = redact(record.msg)
        else:
            extra = {
                key: value for key, value in vars(record).items() if key not in STANDARD and not key.startswith("_")
            }
            said = {"event": redact_text(record.getMessage()), **redact(extra)}
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
            said["trace"] = redact_text(self.formatException(record.exc_info))
        elif record.stack_info:
            said["trace"] = redact_text(record.stack_info)
        return {str(key): value for key, value in said.items()}


def _hand_over(logger: Any, method: str, event: MutableMapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """structlog's last step: the event as the message of a standard record, so that one formatter writes all lines."""
    kwargs = {name: event.pop(name) for name in ("exc_info", "stack_info") if name in event}
    return (dict(event),), kwargs


def _has_trace(record: logging.LogRecord) -> bool:
    return record.exc_info is not None


class StdoutHandler(logging.StreamHandler[Any]):
    """Writes to the process's own stdout, also where Celery has put a logging proxy or pytest a capture in its
    place.
    """

    def __init__(self) -> None:
        super().__init__(sys.__stdout__ or sys.stdout)


def configure(settings: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `settings` may hold `level`. Whatever handlers a server has set up before are
    replaced.
    """
    # Nothing of this is in a line of ours, and finding it out walks the stack each time.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    handler = StdoutHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, JsonFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.get("level", "INFO"))
    for name in (
        "uvicorn",
        "uvicorn.error",
        "granian",
        "_granian",
        "granian.access",
        "celery",
        "django",
        "django.server",
        "gunicorn",
    ):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in (
        "uvicorn.access",
        "granian.access",
        "django.server",
    ):  # theirs show query strings and tokens; ours is the access log
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
    logging.getLogger("django.request").addFilter(_has_trace)  # answers without one are in the access log
    for name in (
        "fontTools",
        "weasyprint",
        "pyhanko",
        "botocore",
        "boto3",
        "urllib3",
        "s3transfer",
        "asyncio",
        "axes",
        "mail.log",  # aiosmtpd's: every line of every session, addresses too
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _hand_over,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
