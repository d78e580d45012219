"""The API's description: readable operation names, tags by app, idempotency keys and problem answers, and its own two
routes.
"""

import re
import threading
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from kernel.rest.renderers import etag_of, shared_answer

PROBLEM_MEDIA_TYPE = "application/problem+json"
IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    type=OpenApiTypes.STR,
    location=OpenApiParameter.HEADER,
    required=False,
    description=(
        "Makes repeating safe: the same key with the same body is done once and answered alike for 24 hours; "
        "with another body it is refused (422), while the first one runs too (409)."
    ),
    extensions={"x-format": "1 to 255 printable ASCII characters"},
)


VERBS = {"GET": "retrieve", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}


class AutoSchema(SpectacularSchema):
    """Names operations after path and verb (`disputes_contract_sign`), tags them by app."""

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.partition(".")[0]]

    def get_operation_id(self) -> str:
        words = [word for word in re.split(r"[/.]", self.path.removeprefix("/api")) if word and "{" not in word]
        action = getattr(self.view, "action", None) or self.method.lower()
        if not words or words[-1].replace("-", "_") != action:
            words.append(action)
        elif self.method in VERBS:  # `sign` by POST needs no second word, taking the same thing back does
            words.append(VERBS[self.method])
        return "_".join(words).replace("-", "_")

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method == "POST" and getattr(self.view, "takes_idempotency_key", False):
            parameters.append(IDEMPOTENCY_KEY)
        return parameters


class PrincipalScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How PrincipalAuthentication is described."""

    target_class = "kernel.rest.authentication.PrincipalAuthentication"
    name = ["accessToken", "session"]
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From `/api/auth/login`."},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "A browser's session; changes also need the header `X-CSRFToken`.",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Either of them is enough."""
        return [{name: []} for name in self.name]


def keep_api_only(endpoints: list[tuple[str, str, str, Callable[..., Any]]], **_kwargs: Any) -> list[Any]:
    """Preprocessing hook: what stands under /api/, without the description itself."""
    return [entry for entry in endpoints if entry[0].startswith("/api/") and not entry[0].startswith("/api/schema")]


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details. Some codes carry further members.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What was wrong, what was expected, what to do."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs.", "example": "validation_failed"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901).", "example": "/email"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}

RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def _problem(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": description,
        "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return answer | ({"headers": headers} if headers else {})


PROBLEMS: dict[str, dict[str, Any]] = {
    "400": _problem("The input is not valid; `errors` says where."),
    "401": _problem("No valid credentials."),
    "403": _problem("Your role does not allow this."),
    "404": _problem("Not there, or not yours to see."),
    "409": _problem("The state of things does not allow this."),
    "413": _problem("The body is too large."),
    "415": _problem("A media type that is not taken here."),
    "422": _problem("The Idempotency-Key was used with another body."),
    "429": _problem("Too many requests.", RETRY_AFTER),
    "503": _problem("Something needed does not answer; try again.", RETRY_AFTER),
}
ALWAYS = ("429", "503")
METHODS = ("get", "post", "put", "patch", "delete")


def add_problem_responses(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: every operation says with which problems it may answer."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {f"Problem{status}": answer for status, answer in PROBLEMS.items()}
    _forget_empty_defaults(components["schemas"])
    for path, operations in result.get("paths", {}).items():
        for method, operation in operations.items():
            if method in METHODS:
                for status in _statuses(path, method, operation):
                    operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
                operation["responses"].setdefault("default", _problem("Another problem."))
                operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def _forget_empty_defaults(schemas: dict[str, Any]) -> None:
    """An empty string that stands for "not given" is our business: for enumerations it is not even a valid value."""
    for schema in schemas.values():
        for described in schema.get("properties", {}).values():
            if described.get("default") == "":
                del described["default"]


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    found = list(ALWAYS)
    parameters = operation.get("parameters", [])
    if "requestBody" in operation or any(item["in"] == "query" for item in parameters):
        found.append("400")
    if any(operation.get("security", [])):
        found += ["401", "403"]
    if "{" in path:
        found.append("404")
    if method != "get":
        found.append("409")
    if "requestBody" in operation:
        found += ["413", "415"]
    if any(item["name"] == "Idempotency-Key" for item in parameters):
        found.append("422")
    return found


class _Description:
    """The document, made once per process and language: routes do not change while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], bytes] = {}

    def of(self, renderer: BaseRenderer) -> bytes:
        key = (get_language() or "", renderer.format or "")
        with self._lock:
            if key not in self._made:
                document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
                body = renderer.render(document, renderer_context={})
                self._made[key] = body if isinstance(body, bytes) else body.encode()
            return self._made[key]


description = _Description()


class SchemaViewSet(ViewSet):
    """`/api/schema/`: the OpenAPI document, JSON or YAML, for everybody, kept five minutes."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (OpenApiJsonRenderer2, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer)
    versioning_class = None
    schema = None

    @extend_schema(exclude=True)
    def retrieve(self, request: Request) -> Any:
        renderer = request.accepted_renderer
        body = description.of(renderer)
        return shared_answer(request, etag_of(body), body, content_type=f"{renderer.media_type}; charset=utf-8")
