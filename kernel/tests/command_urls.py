"""A small resource made by commands, for the tests of idempotency keys and of problem documents."""

import time
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, SuspiciousOperation, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_protect
from rest_framework import exceptions, serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import errors
from kernel.journal import Actor, StreamRef, entries, record
from kernel.models import JournalEntry
from kernel.rest.fields import TextField
from kernel.rest.parsers import JSONParser
from kernel.rest.viewsets import ApiViewSet


class Refused(Exception):  # noqa: N818
    """Raised when a test says so."""


class Part(serializers.Serializer[Any]):
    name = TextField(max_length=10)


class Order(serializers.Serializer[Any]):
    name = TextField(max_length=10)
    parts = Part(many=True, required=False)
    tags = serializers.DictField(child=serializers.IntegerField(), required=False)
    sizes = serializers.ListField(child=serializers.IntegerField(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "both":
            raise serializers.ValidationError("Not both.", code="both")
        return attrs


class ThingViewSet(ApiViewSet):
    """POST makes one journal entry; what the body says decides how it goes wrong."""

    permission_classes = (AllowAny,)
    parser_classes = (JSONParser, MultiPartParser, FormParser)
    prepared: list[Any] = []
    is_failing = False
    seconds = 0.0

    def create(self, request: Request, **_where: Any) -> Response:
        return self.command(self._make, self._render, status=201, location=lambda pk: f"/api/things/{pk}")

    def change(self, request: Request, **_where: Any) -> Response:
        return self.command(self._make, self._render)

    def upload(self, request: Request) -> Response:
        return self.command(self._keep, self._render, status=201, prepare=self._prepare)

    def quiet(self, request: Request) -> Response:
        return self.command(lambda: self._make() and None, status=204)

    def _prepare(self) -> str:
        ThingViewSet.prepared.append(len(ThingViewSet.prepared))
        return "prepared"

    def _keep(self, prepared: str) -> UUID:
        assert prepared == "prepared"
        return self._make()

    def _make(self) -> UUID:
        thing = uuid4()
        stream = StreamRef("dispute", thing)
        record(stream=stream, verb="thing.made", actor=Actor.system("test"), facts={"path": self.request.path})
        if ThingViewSet.seconds:
            time.sleep(ThingViewSet.seconds)
        if ThingViewSet.is_failing:
            raise Refused
        return thing

    def _render(self, thing: UUID | None) -> dict[str, Any]:
        assert thing is not None
        return {"id": str(thing), "entries": entries(StreamRef("dispute", thing)).count()}


class SecretViewSet(ThingViewSet):
    takes_idempotency_key = False


class OrderViewSet(ApiViewSet):
    permission_classes = (AllowAny,)

    def create(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data)


class MembersViewSet(ApiViewSet):
    permission_classes = (IsAuthenticated,)

    def retrieve(self, request: Request) -> Response:
        return Response({})


RAISED: dict[str, Exception] = {
    "domain": errors.ConflictError("Already so.", allowed_from=["stating"], count=2),
    "unavailable": errors.ServiceUnavailableError("The stamp office is closed.", retry_after=7),
    "throttled": errors.ThrottledError("Slowly.", retry_after=0),
    "mismatch": errors.IdempotencyMismatchError("Another body."),
    "missing": errors.NotFoundError(),
    "http404": Http404("the secret name"),
    "denied": PermissionDenied("the secret reason"),
    "drf-denied": exceptions.PermissionDenied("the secret reason"),
    "drf-throttled": exceptions.Throttled(wait=2.2),
    "drf-other": exceptions.APIException("Something else."),
    "anonymous": exceptions.NotAuthenticated(),
    "suspicious": SuspiciousOperation("the secret header"),
    "fields": TooManyFieldsSent("the secret count"),
    "database": OperationalError("connection to 10.0.0.7 failed"),
    "interface": InterfaceError("the secret connection is closed"),
    "crash": RuntimeError("the secret is swordfish"),
}


class RaisingViewSet(ApiViewSet):
    permission_classes = (AllowAny,)

    def retrieve(self, request: Request, what: str) -> Response:
        raise RAISED[what]


def raising(request: HttpRequest, what: str) -> HttpResponse:
    raise RAISED[what]


@csrf_protect
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def made() -> int:
    """How many things there are."""
    return JournalEntry.objects.filter(verb="thing.made").count()


urlpatterns = [
    path("api/things", ThingViewSet.as_view({"post": "create", "patch": "change", "get": "change", "put": "change"})),
    path("api/others", ThingViewSet.as_view({"post": "create"})),
    path("api/named/<str:name>", ThingViewSet.as_view({"post": "create"})),
    path("api/uploads", ThingViewSet.as_view({"post": "upload"})),
    path("api/quiet", ThingViewSet.as_view({"post": "quiet"})),
    path("api/secrets", SecretViewSet.as_view({"post": "create"})),
    path("api/orders", OrderViewSet.as_view({"post": "create"})),
    path("api/members", MembersViewSet.as_view({"get": "retrieve"})),
    path("api/raising/<str:what>", RaisingViewSet.as_view({"get": "retrieve"})),
    path("api/plain-raising/<str:what>", raising),
    path("page/<str:what>", raising),
    path("api/guarded", guarded),
    path("guarded", guarded),
]
handler400 = "kernel.problems.bad_request"
handler403 = "kernel.problems.permission_denied"
handler404 = "kernel.problems.not_found"
handler500 = "kernel.problems.server_error"
