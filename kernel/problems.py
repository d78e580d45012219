"""RFC 9457 problem documents: the one shape of every error under /api/, whoever noticed it."""

import errno
import logging
import math
from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.context import request_id
from kernel.errors import DomainError, FieldError, ValidationFailedError

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LONGEST_DETAIL = 500  # of one field's refusal: some quote what was sent

_TITLES = {
    400: gettext_noop("That request cannot be understood"),
    401: gettext_noop("Sign in first"),
    403: gettext_noop("Not allowed"),
    404: gettext_noop("Not found"),
    405: gettext_noop("Method not allowed"),
    406: gettext_noop("Not acceptable"),
    409: gettext_noop("That is not possible now"),
    413: gettext_noop("Too large"),
    415: gettext_noop("Unsupported media type"),
    422: gettext_noop("Cannot be processed"),
    429: gettext_noop("Too many requests"),
    500: gettext_noop("Something went wrong on our side"),
    503: gettext_noop("Temporarily unavailable"),
}
_UNTITLED = gettext_noop("Error")


def problem_response(
    request: HttpRequest | None,
    *,
    status: int,
    code: str,
    detail: str,
    title: str | None = None,
    errors: list[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> HttpResponse:
    """A problem document as a plain Django answer. `facts` become members beside the standard ones; `title` is translated."""
    heading = title or _TITLES.get(status, _UNTITLED)
    body = {
        **facts,
        "type": "about:blank" if status == 500 else f"{settings.ACCORD_BASE_URL}/problems/{code}",
        "title": _(heading),
        "status": status,
        "detail": str(detail),
        "instance": f"urn:accord:request:{request_id()}",
        "code": code,
        "request_id": request_id(),
    }
    if errors is not None:
        body["errors"] = [{"pointer": item.pointer, "code": item.code, "detail": item.detail} for item in errors]
    response = HttpResponse(orjson.dumps(body, default=str), status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def domain_problem(request: HttpRequest | None, error: DomainError) -> HttpResponse:
    """The problem document of a domain error."""
    return problem_response(
        request,
        status=error.status,
        code=error.code,
        detail=error.detail,
        title=error.title,
        errors=error.errors if isinstance(error, ValidationFailedError) else None,
        headers=error.headers,
        **error.facts,
    )


def to_problem(request: HttpRequest | None, error: Exception) -> HttpResponse | None:
    """The problem document of any error that is somebody's request's fault; None for our own faults."""
    if isinstance(error, DomainError):
        return domain_problem(request, error)
    if isinstance(error, (Http404, exceptions.NotFound)):
        return problem_response(
            request, status=404, code="not_found", detail=_("There is nothing here that you may see.")
        )
    if isinstance(error, (PermissionDenied, exceptions.PermissionDenied)):
        return problem_response(
            request, status=403, code="permission_denied", detail=_("Your role does not allow this.")
        )
    if isinstance(error, RequestDataTooBig):
        return problem_response(
            request, status=413, code="too_large", detail=_("The request is larger than what is taken here.")
        )
    if isinstance(error, (TooManyFieldsSent, SuspiciousOperation)):
        return problem_response(request, status=400, code="validation_failed", detail=_("The request is malformed."))
    if isinstance(error, exceptions.APIException):
        return _api_problem(request, error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        log.error("there is no room left on a disk", exc_info=error)
        return problem_response(
            request,
            status=503,
            code="storage_unavailable",
            detail=_("There is no room to take this in just now. Nothing was kept; try again in a moment."),
            headers={"Retry-After": "60"},
        )
    return None


def _api_problem(request: HttpRequest | None, error: exceptions.APIException) -> HttpResponse:
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.ValidationError):
        return domain_problem(request, ValidationFailedError(errors=list(flatten(error.get_full_details()))))
    if isinstance(error, exceptions.ParseError):
        pointer = FieldError("", "parse_error", str(error.detail))
        return domain_problem(request, ValidationFailedError(str(error.detail), errors=[pointer]))
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        headers["WWW-Authenticate"] = 'Bearer realm="accord"'
        return problem_response(
            request,
            status=401,
            code="not_authenticated",
            headers=headers,
            detail=_("Sign in and send the access token as `Authorization: Bearer …`."),
        )
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    code = {405: "method_not_allowed", 406: "not_acceptable", 415: "unsupported_media_type", 429: "throttled"}
    return problem_response(
        request,
        status=error.status_code,
        code=code.get(error.status_code, "error"),
        detail=str(error.detail),
        headers=headers,
    )


def flatten(details: Any, pointer: str = "") -> "list[FieldError]":
    """DRF's nested error details as a flat list with JSON pointers (RFC 6901)."""
    if (
        isinstance(details, dict)
        and set(details) == {"message", "code"}
        and not isinstance(details["message"], (dict, list))
    ):
        return [FieldError(pointer, str(details["code"]), str(details["message"])[:LONGEST_DETAIL])]
    found: list[FieldError] = []
    if isinstance(details, dict):
        for key, value in details.items():
            step = "" if key == "non_field_errors" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            found.extend(flatten(value, pointer + step))
    elif isinstance(details, list):
        for index, value in enumerate(details):
            leaf = (
                isinstance(value, dict)
                and set(value) == {"message", "code"}
                and not isinstance(value["message"], (dict, list))
            )
            found.extend(flatten(value, pointer if leaf else f"{pointer}/{index}"))
    return found


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """DRF's exception handler. Our own faults pass on to the middleware, which logs them and answers 500."""
    request: Request | None = context.get("request")
    response = to_problem(request._request if request is not None else None, error)
    if response is not None and isinstance(error, exceptions.MethodNotAllowed) and request is not None:
        view = context.get("view")
        response["Allow"] = ", ".join(view.allowed_methods) if view is not None else ""
    return response


def wants_problem(request: HttpRequest) -> bool:
    """Whether this client gets JSON: everything under /api/, and whoever asks for it elsewhere."""
    return request.path.startswith("/api/") or "json" in request.headers.get("Accept", "")


def error_page(request: HttpRequest, *, status: int, heading: str, detail: str, number: str = "") -> HttpResponse:
    """A page for people. It is made without the request: asking who they are might need what has just failed."""
    facts = {"status": status, "heading": heading, "detail": detail, "number": number}
    return HttpResponse(render_to_string("error.html", facts), status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The 404 of the whole site."""
    if wants_problem(request):
        return problem_response(
            request, status=404, code="not_found", detail=_("There is nothing here that you may see.")
        )
    return error_page(
        request,
        status=404,
        heading=_("Not found"),
        detail=_("There is nothing here that you may see. Check the address, or sign in as someone else."),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if exception is not None and (response := to_problem(request, exception)) is not None and wants_problem(request):
        return response
    if wants_problem(request):
        return problem_response(request, status=400, code="validation_failed", detail=_("The request is malformed."))
    return error_page(
        request, status=400, heading=_("That request cannot be understood"), detail=_("Go back and try again.")
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if wants_problem(request):
        return problem_response(
            request, status=403, code="permission_denied", detail=_("Your role does not allow this.")
        )
    return error_page(request, status=403, heading=_("Not allowed"), detail=_("Your role does not allow this."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own fault. The log has the trace under the request id; the answer never does."""
    heading = _("Something went wrong on our side")
    detail = _("It was not your input. It is in our log under the number below; try again in a moment.")
    if wants_problem(request):
        return problem_response(request, status=500, code="internal_error", detail=detail)
    try:
        return error_page(request, status=500, heading=heading, detail=detail, number=request_id())
    except Exception:  # whatever broke the page, a missing style sheet perhaps, may break this one
        log.exception("the error page cannot be made")
        return HttpResponse(
            f"{heading}\n{detail}\n{request_id()}\n", status=500, content_type="text/plain; charset=utf-8"
        )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF refusal."""
    detail = _("The form was open too long or came from another page. Load it again and repeat what you did.")
    if wants_problem(request):
        return problem_response(request, status=403, code="csrf_failed", detail=detail)
    return error_page(request, status=403, heading=_("Please load the page again"), detail=detail)


def locked_out(
    request: HttpRequest, response: Any = None, credentials: Any = None, *args: Any, **kwargs: Any
) -> HttpResponse:
    """Too many failed sign-ins (django-axes)."""
    detail = _("Too many failed sign-ins. Wait a quarter of an hour, or set a new password by e-mail.")
    if wants_problem(request):
        return problem_response(request, status=429, code="throttled", detail=detail, headers={"Retry-After": "900"})
    page = error_page(request, status=429, heading=_("Please wait"), detail=detail)
    page["Retry-After"] = "900"
    return page
