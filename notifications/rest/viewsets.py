"""The list of what a person was told."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.public import User
from kernel.rest.pagination import KeysetPagination
from kernel.rest.viewsets import ApiViewSet
from notifications.models import Notification
from notifications.rest.filters import filtered
from notifications.rest.serializers import NotificationSerializer
from notifications.selectors.inbox import access_notification, lines_of, notifications_of, unread_count
from notifications.services.reading import mark_read


class InboxPagination(KeysetPagination):
    """A page that also says how many are unread."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        return {
            **page,
            "required": [*page["required"], "unread_count"],
            "properties": {**page["properties"], "unread_count": {"type": "integer", "minimum": 0}},
        }


class NotificationViewSet(ApiViewSet):
    """One's own notifications, newest first."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    pagination_class = InboxPagination
    filter_backends = ()
    keyset = ("-created_at", "-id")

    @extend_schema(
        operation_id="notifications_list",
        parameters=[OpenApiParameter("unread", bool, description="`true`: only unread ones; `false`: only read ones.")],
        filters=False,
        responses=NotificationSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """What I was told, newest first, in my language, and how much of it I have not read."""
        user = cast(User, request.user)
        paginator = cast(InboxPagination, self.paginator)
        rows = paginator.paginate_queryset(filtered(notifications_of(user), request), request, view=self)
        page = paginator.envelope(NotificationSerializer(lines_of(rows), many=True).data)
        return Response({**page, "unread_count": unread_count(user)})

    @extend_schema(operation_id="notifications_read", request=None, responses=NotificationSerializer)
    def read(self, request: Request, notification_id: UUID) -> Response:
        """Mark one as read; the first time counts."""
        user = cast(User, request.user)

        def render(_made: UUID | None) -> object:
            return NotificationSerializer(lines_of([access_notification(user, notification_id)])[0]).data

        return self.command(lambda: mark_read(acting_user=user, notification_id=notification_id), render)
