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


class NotificationPageSerializer(serializers.Serializer[Any]):
    """A page of notifications with the number of unread ones."""

    results = NotificationSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    unread_count = serializers.IntegerField(min_value=0)


class MarkReadSerializer(serializers.Serializer[Any]):
    """Nothing is asked; what is sent is left unread."""
