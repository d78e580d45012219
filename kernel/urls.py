"""Routes of operations and of the API's description."""

from django.urls import path

from kernel import web
from kernel.rest.schema import SchemaViewSet

app_name = "kernel"
urlpatterns = [
    path("healthz", web.healthz, name="healthz"),
    path("readyz", web.readyz, name="readyz"),
    path("favicon.ico", web.favicon, name="favicon"),
    path("metrics", web.prometheus, name="metrics"),
    path("api/schema/", SchemaViewSet.as_view({"get": "retrieve"}), name="schema"),
    path("api/schema/swagger/", web.swagger, name="swagger"),
]
