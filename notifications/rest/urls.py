"""Routes of notifications."""

from django.urls import path

from notifications.rest.viewsets import NotificationViewSet

app_name = "notifications"
urlpatterns = [
    path("api/notifications", NotificationViewSet.as_view({"get": "list"}), name="list"),
    path("api/notifications/<uuid:notification_id>/read", NotificationViewSet.as_view({"post": "read"}), name="read"),
]
