"""Content negotiation for an API that answers in JSON."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

ANYTHING = frozenset({"*/*", "application/json", "application/json, */*", "application/json, text/plain, */*"})


class Negotiation(DefaultContentNegotiation):
    """DRF's own, which is not asked when the client takes whatever comes and there is one thing to choose."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        renderers = list(renderers)
        if (
            format_suffix is None
            and len(renderers) == 1
            and renderers[0].media_type == "application/json"
            and request.META.get("HTTP_ACCEPT", "*/*") in ANYTHING
            and self.settings.URL_FORMAT_OVERRIDE not in request.GET
        ):
            return renderers[0], "application/json"
        chosen: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen
