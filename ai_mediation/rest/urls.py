"""Paths of the AI's API."""

from django.urls import path

from ai_mediation.rest.analysis import AnalysisViewSet, PolicyViewSet
from ai_mediation.rest.calmer import CalmerViewSet
from ai_mediation.rest.chat import ChatStreamViewSet, ChatViewSet, ConsultationViewSet
from ai_mediation.rest.drafts import DraftViewSet

app_name = "ai"
urlpatterns = [
    path("api/ai/chat", ChatViewSet.as_view({"post": "chat"}), name="chat"),
    path("api/ai/chat/stream", ChatStreamViewSet.as_view({"post": "stream"}), name="chat-stream"),
    path("api/ai/consultations", ConsultationViewSet.as_view({"get": "list"}), name="consultations"),
    path("api/ai/analyze", AnalysisViewSet.as_view({"post": "analyze"}), name="analyze"),
    path("api/ai/policies", PolicyViewSet.as_view({"get": "list"}), name="policies"),
    path("api/ai/calmer", CalmerViewSet.as_view({"post": "suggest"}), name="calmer"),
    path("api/ai/generate-document", DraftViewSet.as_view({"post": "generate"}), name="generate-document"),
    path("api/ai/drafts/<uuid:ai_draft_id>", DraftViewSet.as_view({"get": "retrieve"}), name="draft"),
]
