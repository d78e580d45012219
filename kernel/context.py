"""What is known of the current request or task: its id, and where it came from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest

from kernel.ids import new_id

REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,64}")  # what we take for one when somebody else sends it
_request_id: ContextVar[str] = ContextVar("accord_request_id", default="")


@dataclass(frozen=True)
class Origin:
    """Where an act came from. Personal data: it is journalled only encrypted, under the person's own key."""

    ip: str
    user_agent: str
    request_id: str


def request_id() -> str:
    """The id of the request or task at work; empty outside of both."""
    return _request_id.get()


@contextmanager
def use_request_id(value: str = "") -> Iterator[str]:
    """Bind `value` (or a new id) as the current request id."""
    bound = value or str(new_id())
    token = _request_id.set(bound)
    try:
        yield bound
    finally:
        _request_id.reset(token)


def origin_of(request: HttpRequest) -> Origin:
    """Address (behind the trusted proxies), user agent and id of a request."""
    from kernel.ratelimit import remote_address

    return Origin(
        ip=remote_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        request_id=request_id(),
    )
