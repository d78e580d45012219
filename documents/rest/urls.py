"""Paths of the documents API."""

from django.urls import path

from documents.rest.viewsets import DocumentFileViewSet, DocumentViewSet, TemplateViewSet

app_name = "documents"
urlpatterns = [
    path("api/docs/templates", TemplateViewSet.as_view({"get": "list"}), name="templates"),
    path("api/docs/templates/<uuid:template_id>", TemplateViewSet.as_view({"get": "retrieve"}), name="template"),
    path("api/docs/render-pdf", DocumentViewSet.as_view({"post": "render_pdf"}), name="render-pdf"),
    path("api/docs/<uuid:document_id>", DocumentViewSet.as_view({"get": "retrieve"}), name="document"),
    path("api/docs/<uuid:document_id>/file", DocumentFileViewSet.as_view({"get": "retrieve"}), name="document-file"),
]
