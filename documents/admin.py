"""The back-office's view of documents: read-only; legal texts are public, files and documents are administrators' metadata."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from documents.models import Clause, Document, StoredFile, Template, TemplateVersion
from kernel.admin import AdminOnly


@admin.register(Template)
class TemplateAdmin(AdminOnly):
    list_display = ["title", "kind", "locale", "slug", "signature_excluded", "created_at"]
    list_filter = ["kind", "locale"]


@admin.register(TemplateVersion)
class TemplateVersionAdmin(AdminOnly):
    list_display = ["template", "number", "status", "published_at", "content_hash"]
    list_filter = ["status", "template__kind"]
    list_select_related = ["template"]
    exclude = ["logo"]
    readonly_fields = ["fill_in"]

    @admin.display(description=_("form"))
    def fill_in(self, version: TemplateVersion) -> str:
        """Where the form that the schema makes is filled in, with its preview."""
        address = reverse("documents-pages:fill", args=[version.pk])
        return format_html('<a href="{}">{}</a>', address, _("Fill in and preview"))


@admin.register(Clause)
class ClauseAdmin(AdminOnly):
    list_display = ["title", "slug", "locale", "changed_at"]
    list_filter = ["locale"]


@admin.register(Document)
class DocumentAdmin(AdminOnly):
    list_display = ["id", "version", "status", "pages", "subject_kind", "created_at", "finished_at"]
    list_filter = ["status"]
    list_select_related = ["version"]
    exclude = ["data"]  # what people agreed is not metadata


@admin.register(StoredFile)
class StoredFileAdmin(AdminOnly):
    list_display = ["id", "media_type", "size", "scan_status", "purpose", "created_at"]
    list_filter = ["scan_status", "purpose", "media_type"]
    search_fields = ["sha256"]
    exclude = ["text_extract", "file_name"]
