"""Routes that behave badly or plainly, for the tests of the request edge."""

from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.models import OutboxEvent
from kernel.rest.renderers import shared_answer
from kernel.rest.viewsets import ApiViewSet


def hello(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    return HttpResponse("hello")


def kept(request: HttpRequest) -> HttpResponse:
    return HttpResponse("kept", headers={"Cache-Control": "max-age=5"})


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret is swordfish")


def database_down(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection to server at 10.0.0.7 failed")


def two_statements(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT pg_sleep(0.02)")
    return HttpResponse("done")


class EchoViewSet(ApiViewSet):
    """Says who asked and what was sent."""

    permission_classes = (AllowAny,)

    def who(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk) if request.user.is_authenticated else None})

    def echo(self, request: Request) -> Response:
        return Response({"got": request.data})


class EventViewSet(ApiViewSet):
    """A list by keyset."""

    permission_classes = (AllowAny,)
    keyset = ("-created_at", "-id")
    queryset = OutboxEvent.objects.all()

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.queryset.all())
        return self.get_paginated_response([row.payload["n"] for row in page or []])


class SharedViewSet(ApiViewSet):
    """One answer for everybody."""

    permission_classes = (AllowAny,)
    made = 0

    def retrieve(self, request: Request) -> Any:
        def body() -> dict[str, str]:
            SharedViewSet.made += 1
            return {"text": "the same for all"}

        return shared_answer(request, '"v1"', body)


urlpatterns = [
    path("api/who", EchoViewSet.as_view({"get": "who", "post": "who"})),
    path("api/echo", EchoViewSet.as_view({"post": "echo"})),
    path("api/events", EventViewSet.as_view({"get": "list"})),
    path("api/shared", SharedViewSet.as_view({"get": "retrieve"})),
    path("api/crash", crash),
    path("api/database-down", database_down),
    path("api/two-statements", two_statements),
    path("api/kept", kept),
    path("api/invitations/<str:token>/accept", hello),
    path("api/invitations/<str:token>", hello),
    path("plain", hello),
    path("crash", crash),
    path("dev/mail/", hello),
    path("verify/", kept),
    path("i/<str:token>", hello),
    path("reset/<str:token>", hello),
    path("", include("kernel.urls")),
]
handler404 = "kernel.problems.not_found"
handler500 = "kernel.problems.server_error"
