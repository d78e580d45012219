# ruff: noqa: N815 - these names are promised to front ends
"""Shapes of the documents API (camelCase: api.md promises them to front ends)."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from kernel.rest.fields import StrictBooleanField


class TemplateAnswer(serializers.Serializer[Any]):
    templateId = serializers.UUIDField()
    slug = serializers.CharField()
    kind = serializers.CharField()
    locale = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField()
    schema = serializers.DictField()


class TemplateListAnswer(serializers.Serializer[Any]):
    results = TemplateAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class RenderOptionsInput(serializers.Serializer[Any]):
    """`async`: answer 202 at once; poll the document. `pdfA`: PDF/A-3 with `data` embedded as `data.json`. `draftId`: the caller's
    own draft that the document is made of.
    """

    pdfA = StrictBooleanField(required=False, default=False)
    draftId = serializers.UUIDField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["async"] = StrictBooleanField(required=False, default=False)
        return fields


class RenderInput(serializers.Serializer[Any]):
    templateId = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2_000_000_000, required=False, allow_null=True)
    data = serializers.JSONField()  # type: ignore[assignment]
    options = RenderOptionsInput(required=False)

    def validate_data(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise serializers.ValidationError(
                _("The data must be an object that fits the template's schema."), code="invalid"
            )
        return value


class DocumentAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField()
    progress = serializers.IntegerField()
    fileUrl = serializers.CharField(allow_null=True)
    checksum = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True)
    pages = serializers.IntegerField(allow_null=True)
    pdfA = serializers.BooleanField()
    failure = serializers.CharField(allow_null=True)
