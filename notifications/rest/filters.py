"""What the notification list can be asked for."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from kernel.errors import FieldError, ValidationFailedError
from notifications.models import Notification

_READINGS = {"true": True, "1": True, "false": False, "0": False, "": None}


def filtered(rows: QuerySet[Notification], request: Request) -> QuerySet[Any]:
    """`unread=true` keeps what is unread, `unread=false` what was read. Raises ValidationFailedError for another
    value.
    """
    given = request.query_params.get("unread", "").lower()
    if given not in _READINGS:
        detail = _("Give `true` or `false`, or leave it out.")
        raise ValidationFailedError(detail, errors=[FieldError("/unread", "invalid", detail)])
    unread = _READINGS[given]
    return rows if unread is None else rows.filter(read_at__isnull=unread)
