"""Pages of documents."""

from django.urls import path

from documents.web.fill_views import document_file, document_page, fill_page, preview
from documents.web.template_views import (
    begin_draft,
    edit_page,
    publish_page,
    retire_page,
    template_list,
    template_page,
)

app_name = "documents-pages"
urlpatterns = [
    path("templates/", template_list, name="templates"),
    path("templates/<uuid:template_id>/", template_page, name="template"),
    path("templates/<uuid:template_id>/draft/", begin_draft, name="draft"),
    path("templates/versions/<uuid:version_id>/edit/", edit_page, name="edit"),
    path("templates/versions/<uuid:version_id>/publish/", publish_page, name="publish"),
    path("templates/versions/<uuid:version_id>/retire/", retire_page, name="retire"),
    path("templates/versions/<uuid:version_id>/fill/", fill_page, name="fill"),
    path("templates/versions/<uuid:version_id>/preview/", preview, name="preview"),
    path("templates/documents/<uuid:document_id>/", document_page, name="document"),
    path("templates/documents/<uuid:document_id>/file/", document_file, name="document-file"),
]
