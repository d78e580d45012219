# ruff: noqa: N815 - these names are promised to front ends
"""Shapes of the AI's API (camelCase: api.md promises them to front ends)."""

from typing import Any

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


class ContextInput(serializers.Serializer[Any]):
    """`disputeId` brings the caller's own case in; other members are passed over."""

    disputeId = serializers.UUIDField(required=False, allow_null=True)


class ChatInput(serializers.Serializer[Any]):
    userId = serializers.UUIDField(required=False, allow_null=True)
    message = TextField(max_length=LONGEST_MESSAGE, multiline=True)
    context = ContextInput(required=False, allow_null=True)  # type: ignore[assignment]
    locale = TextField(max_length=12, required=False, allow_null=True)


class ReferenceAnswer(serializers.Serializer[Any]):
    """`quote` is `text[start:end]` of the source as this API gives it: a statement, evidence (description, line end, text), a line …"""

    number = serializers.IntegerField(min_value=1)
    source = serializers.ChoiceField(choices=["description", "truth", "evidence", "message", "proposal", "contract"])  # type: ignore[assignment]
    sourceId = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    isPrivate = serializers.BooleanField()
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=0)
    quote = serializers.CharField()


class ChatAnswer(serializers.Serializer[Any]):
    answer = serializers.CharField()
    references = ReferenceAnswer(many=True)
    tokensUsed = serializers.IntegerField(min_value=0)
    cached = serializers.BooleanField()
    consultationId = serializers.UUIDField()


class SubjectAnswer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.UUIDField()


class ConsultationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    purpose = serializers.CharField()
    model = serializers.CharField()
    promptVersion = serializers.CharField()
    outcome = serializers.CharField()
    question = serializers.CharField(allow_null=True)
    answer = serializers.CharField(allow_null=True)
    references = ReferenceAnswer(many=True)
    subject = SubjectAnswer(allow_null=True)
    tokensUsed = serializers.IntegerField(min_value=0)
    cached = serializers.BooleanField()
    createdAt = serializers.DateTimeField()


class DraftInput(serializers.Serializer[Any]):
    type = TextField(max_length=60)
    inputs = serializers.DictField()
    tone = TextField(max_length=40, required=False, allow_null=True)
    locale = TextField(max_length=12, required=False, allow_null=True)
    policy = TextField(max_length=60, required=False, allow_null=True)
    context = ContextInput(required=False, allow_null=True)  # type: ignore[assignment]


class QualityCheckAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    score = serializers.FloatField(min_value=0, max_value=1)


class DraftAnswer(serializers.Serializer[Any]):
    """`sections`: heading → text below it, in the order of the document."""

    draftId = serializers.UUIDField()
    draftText = serializers.CharField()
    sections = serializers.DictField(child=serializers.CharField())
    qualityScore = serializers.FloatField(min_value=0, max_value=1)
    warnings = serializers.ListField(child=serializers.CharField())
    checks = QualityCheckAnswer(many=True)


class DraftLinksAnswer(serializers.Serializer[Any]):
    case = serializers.CharField(allow_null=True)
    document = serializers.CharField(allow_null=True)


class StoredDraftAnswer(DraftAnswer):
    status = serializers.ChoiceField(choices=["drafted", "rendered"])
    type = serializers.CharField()
    locale = serializers.CharField()
    inputs = serializers.DictField()
    disputeId = serializers.UUIDField(allow_null=True)
    documentId = serializers.UUIDField(allow_null=True)
    links = DraftLinksAnswer()
    createdAt = serializers.DateTimeField()


class CalmerInput(serializers.Serializer[Any]):
    text = TextField(max_length=LONGEST_WORDING, multiline=True)
    locale = TextField(max_length=12, required=False, allow_null=True)


class CalmerAnswer(serializers.Serializer[Any]):
    """`text` is a proposal: nothing was sent anywhere."""

    text = serializers.CharField()
    changed = serializers.BooleanField()
    found = serializers.ListField(child=serializers.CharField())
    explanation = serializers.CharField()
