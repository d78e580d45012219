"""Shapes of the notification endpoints."""

from typing import Any

from rest_framework import serializers

from notifications.enums import Kind


class NotificationSerializer(serializers.Serializer[Any]):
    """One notification in the reader's language."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.values)
    title = serializers.CharField()
    body = serializers.CharField()
    dispute_id = serializers.UUIDField(allow_null=True)
    link = serializers.URLField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
