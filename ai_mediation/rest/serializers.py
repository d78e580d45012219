# ruff: noqa: N815 - these names are promised to front ends
"""Shapes of the AI's API (camelCase: api.md promises them to front ends)."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from kernel.rest.fields import TextField

LONGEST_TEXT = 100_000
LONGEST_MESSAGE = 10_000
LONGEST_WORDING = 10_000


class FindingAnswer(serializers.Serializer[Any]):
    """`quote` is `text[start:end]` of the text in NFC with \\n as line end, outer white space removed; empty when something is missing."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=["low", "medium", "high"])
    quote = serializers.CharField(allow_blank=True)
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=0)
    message = serializers.CharField()
    suggestion = serializers.CharField(allow_blank=True)
    basis = serializers.CharField(allow_blank=True)


class AnalyzeInput(serializers.Serializer[Any]):
    text = TextField(max_length=LONGEST_TEXT, multiline=True)
    policy = TextField(max_length=60)


class PolicyRef(serializers.Serializer[Any]):
    slug = serializers.CharField()
    version = serializers.IntegerField()
    hash = serializers.CharField()


class AnalyzeAnswer(serializers.Serializer[Any]):
    findings = FindingAnswer(many=True)
    riskLevel = serializers.ChoiceField(choices=["low", "medium", "high"])
    suggestions = serializers.ListField(child=serializers.CharField())
    checkId = serializers.UUIDField()
    policy = PolicyRef()
    readBy = serializers.CharField()


class PolicyRuleAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    severity = serializers.ChoiceField(choices=["low", "medium", "high"])
    message = serializers.CharField()
    basis = serializers.CharField()


class PolicyAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    version = serializers.IntegerField()
    hash = serializers.CharField()
    title = serializers.CharField()
    purpose = serializers.CharField()
    rules = PolicyRuleAnswer(many=True)


class PolicyListAnswer(serializers.Serializer[Any]):
    results = PolicyAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def object_or_refuse(value: Any) -> dict[str, Any]:
    """A JSON object. Raises ValidationError."""
    if not isinstance(value, dict):
        raise serializers.ValidationError(_("An object is expected."), code="invalid")
    return value
