"""Consultations in the back-office: metadata, read-only, for administrators."""

from django.contrib import admin

from ai_mediation.models import Consultation
from kernel.admin import AdminOnly


@admin.register(Consultation)
class ConsultationAdmin(AdminOnly):
    list_display = (
        "created_at",
        "purpose",
        "model",
        "prompt_version",
        "outcome",
        "latency_ms",
        "subject_kind",
        "subject_id",
    )
    list_filter = ("purpose", "outcome", "model")
    search_fields = ("subject_id",)
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "created_at",
        "asked_by",
        "purpose",
        "subject_kind",
        "subject_id",
        "model",
        "prompt_version",
        "input_tokens",
        "output_tokens",
        "latency_ms",
        "is_cached",
        "outcome",
        "reason",
    )
    readonly_fields = fields
