"""Paths of the e-sign API."""

from django.urls import path

from esign.rest.viewsets import EnvelopeViewSet, VerificationViewSet

app_name = "esign"
urlpatterns = [
    path("api/esign/initiate", EnvelopeViewSet.as_view({"post": "initiate"}), name="initiate"),
    path("api/esign/verify", VerificationViewSet.as_view({"post": "verify", "get": "seals"}), name="verify"),
    path("api/esign/<uuid:tracking_id>/bundle", EnvelopeViewSet.as_view({"get": "bundle"}), name="envelope-bundle"),
    path("api/esign/<uuid:tracking_id>", EnvelopeViewSet.as_view({"get": "retrieve"}), name="envelope"),
    path("api/esign/<uuid:tracking_id>/file", EnvelopeViewSet.as_view({"get": "file"}), name="envelope-file"),
    path("api/esign/<uuid:tracking_id>/remind", EnvelopeViewSet.as_view({"post": "remind"}), name="remind"),
    path("api/esign/<uuid:tracking_id>/sign", EnvelopeViewSet.as_view({"post": "sign"}), name="sign"),
    path("api/esign/<uuid:tracking_id>/decline", EnvelopeViewSet.as_view({"post": "decline"}), name="decline"),
    path("api/esign/<uuid:tracking_id>/delegate", EnvelopeViewSet.as_view({"post": "delegate"}), name="delegate"),
    path(
        "api/esign/<uuid:tracking_id>/signers/<uuid:signer_id>/resend",
        EnvelopeViewSet.as_view({"post": "resend"}),
        name="resend",
    ),
    path(
        "api/esign/<uuid:tracking_id>/signers/<uuid:signer_id>/correct",
        EnvelopeViewSet.as_view({"post": "correct"}),
        name="correct",
    ),
    path("api/esign/<uuid:tracking_id>/void", EnvelopeViewSet.as_view({"post": "void"}), name="void"),
]
