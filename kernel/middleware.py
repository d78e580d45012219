"""The two ends of every HTTP request: its id, log line, numbers and safe defaults; and who is asking, how often.

Both are plain synchronous classes: a mixed chain would cost a thread hop per middleware under ASGI.
"""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.db import InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from kernel import metrics
from kernel.context import REQUEST_ID, use_request_id
from kernel.errors import AuthenticationRequiredError, ThrottledError
from kernel.logs import ACCESS_LOGGER, TOKEN_PATH, mask_path
from kernel.pages import is_program
from kernel.problems import domain_problem, error_page, problem_response, wants_problem
from kernel.ratelimit import check, client_address
from kernel.registries import Principal, authenticators

GetResponse = Callable[[HttpRequest], HttpResponseBase]

log = logging.getLogger(__name__)
access_log = logging.getLogger(ACCESS_LOGGER)

PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
UNMATCHED: Final = "(none)"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PRIVATE_PAGES: Final = ("/verify/",)


class _DatabaseTime:
    """Counts the statements of one request and the time they took."""

    __slots__ = ("queries", "seconds")

    def __init__(self) -> None:
        self.queries = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += perf_counter() - started


class RequestContextMiddleware:
    """Outermost. Gives each request its id, one access log line, its metrics, and `no-store` unless the view
    decided.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._static = urlsplit(settings.STATIC_URL or "/static/").path

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        database = _DatabaseTime()
        request.accord_is_program = is_program(request)  # type: ignore[attr-defined]
        started = perf_counter()
        with use_request_id(given if REQUEST_ID.fullmatch(given) else "") as bound:
            opened = connections.all(initialized_only=False)
            for connection in opened:
                connection.execute_wrappers.append(database)
            try:
                response = self._get_response(request)
            finally:
                for connection in opened:
                    if database in connection.execute_wrappers:
                        connection.execute_wrappers.remove(database)
            response["X-Request-ID"] = bound
            self._protect(request, response)
            self._tell(request, response, perf_counter() - started, database)
            return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A database that does not answer is no fault of the code: 503, and the client may try again."""
        if isinstance(error, (OperationalError, InterfaceError)):
            log.error("the database does not answer", exc_info=error)
            return database_unavailable(request)
        return None

    def _protect(self, request: HttpRequest, response: HttpResponseBase) -> None:
        path = request.path_info
        if "Cache-Control" not in response and not path.startswith(self._static):
            response["Cache-Control"] = "no-store"
        if TOKEN_PATH.match(path) or path.startswith(PRIVATE_PAGES):
            response["Cache-Control"] = "no-store"
            response["Referrer-Policy"] = "no-referrer"

    def _tell(self, request: HttpRequest, response: HttpResponseBase, seconds: float, database: _DatabaseTime) -> None:
        path = request.path_info
        if path in PROBES or path.startswith(self._static):
            return
        match = request.resolver_match
        route = f"/{match.route}" if match is not None and match.route else UNMATCHED
        method = request.method if request.method in METHODS else "OTHER"
        status = response.status_code
        metrics.REQUEST_SECONDS.labels(route, method, status).observe(seconds)
        if database.queries:
            metrics.REQUEST_DATABASE_SECONDS.labels(route).observe(database.seconds)
            metrics.REQUEST_QUERIES.labels(route).inc(database.queries)
        if status >= 500:
            metrics.REQUEST_ERRORS.labels(route).inc()
        access_log.log(
            logging.ERROR if status >= 500 else logging.INFO,
            {
                "event": "request",
                "method": method,
                "path": mask_path(path)[:300],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "db_ms": round(database.seconds * 1000, 2),
                "db_queries": database.queries,
            },
        )


class PrincipalMiddleware:
    """Finds out who is asking and counts the request against the general limits.

    The outcome stays on the request (`principal_of`); whether it is good enough is the view's question. A browser's
    session is asked only when no Authorization header of a known scheme came.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._uncounted = ("/dev/", urlsplit(settings.STATIC_URL or "/static/").path)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path in PROBES or path.startswith(self._uncounted):
            return self._get_response(request)
        try:
            outcome = authenticate(request)
        except (OperationalError, InterfaceError) as error:
            log.error("the database does not answer", exc_info=error)
            return database_unavailable(request)
        request.accord_principal = outcome  # type: ignore[attr-defined]
        try:
            if isinstance(outcome, Principal):
                bucket, key, rate = "user", str(outcome.user.pk), settings.ACCORD_RATES["user"]
            else:
                bucket, key, rate = "anonymous", client_address(request), settings.ACCORD_ANON_RATE
            check(bucket, key, rate)
        except ThrottledError as error:
            metrics.THROTTLED.labels(bucket).inc()
            return throttled(request, error)
        return self._get_response(request)


def authenticate(request: HttpRequest) -> Principal | AuthenticationRequiredError | None:
    """The principal of the Authorization header or of the session; the refusal of a bad header; None for nobody."""
    scheme, _blank, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme and (authenticator := authenticators.get(scheme.lower())) is not None:
        try:
            return authenticator(credentials.strip())
        except AuthenticationRequiredError as error:
            return error
    if settings.SESSION_COOKIE_NAME in request.COOKIES and hasattr(request, "session"):
        user = getattr(request, "user", None) or get_user(request)
        if user.is_authenticated and user.is_active:
            return Principal(user=user, session_id=None)
    return None


def principal_of(request: HttpRequest) -> Principal | AuthenticationRequiredError | None:
    """What PrincipalMiddleware found; asked for here when the request did not pass through it (as in tests of a
    view).
    """
    if not hasattr(request, "accord_principal"):
        request.accord_principal = authenticate(request)  # type: ignore[attr-defined]
    outcome: Principal | AuthenticationRequiredError | None = request.accord_principal  # type: ignore[attr-defined]
    return outcome


def is_by_session(request: HttpRequest) -> bool:
    """Whether the browser's session, and not a header, says who this is: then a CSRF token must come with changes."""
    scheme = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0]
    return not scheme or authenticators.get(scheme.lower()) is None


def throttled(request: HttpRequest, error: ThrottledError) -> HttpResponse:
    """429 with Retry-After: a problem for programs, a page for people."""
    if wants_problem(request):
        return domain_problem(request, error)
    page = error_page(request, status=429, heading=_("Please wait a moment"), detail=error.detail)
    page["Retry-After"] = error.headers["Retry-After"]
    return page


def database_unavailable(request: HttpRequest) -> HttpResponse:
    """503 when the database cannot be reached or gave up."""
    detail = _("The database does not answer at the moment. Nothing was changed; try again in a few seconds.")
    headers = {"Retry-After": "5"}
    if wants_problem(request):
        return problem_response(request, status=503, code="database_unavailable", detail=detail, headers=headers)
    page = error_page(request, status=503, heading=_("One moment, please"), detail=detail)
    page["Retry-After"] = headers["Retry-After"]
    page["Cache-Control"] = "no-store"
    return page
