"""Paths of the AI's API."""

from django.urls import path

from ai_mediation.rest.analysis import AnalysisViewSet, PolicyViewSet

app_name = "ai"
urlpatterns = [
    path("api/ai/analyze", AnalysisViewSet.as_view({"post": "analyze"}), name="analyze"),
    path("api/ai/policies", PolicyViewSet.as_view({"get": "list"}), name="policies"),
]
