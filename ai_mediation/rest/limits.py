"""How often one person may ask the AI."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request

from kernel.ratelimit import check


def count_question(request: Request) -> Any:
    """Count one question of the caller against the `ai` limit; answers with the caller. Raises ThrottledError."""
    check("ai", str(request.user.pk), settings.ACCORD_RATES["ai"])
    return request.user
