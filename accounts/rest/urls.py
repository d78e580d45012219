"""Paths of the accounts API."""

from django.urls import path

from accounts.rest.viewsets import (
    MeViewSet,
    MyPasswordViewSet,
    PasswordResetViewSet,
    RegistrationViewSet,
    SessionViewSet,
    VerificationViewSet,
)

app_name = "accounts"
urlpatterns = [
    path("api/register", RegistrationViewSet.as_view({"post": "create"}), name="register"),
    path("api/auth/login", SessionViewSet.as_view({"post": "login"}), name="login"),
    path("api/auth/refresh", SessionViewSet.as_view({"post": "refresh"}), name="refresh"),
    path("api/auth/logout", SessionViewSet.as_view({"post": "logout"}), name="logout"),
    path("api/auth/password/reset", PasswordResetViewSet.as_view({"post": "ask"}), name="password-reset"),
    path(
        "api/auth/password/reset/confirm",
        PasswordResetViewSet.as_view({"post": "confirm"}),
        name="password-reset-confirm",
    ),
    path("api/auth/verify-email", VerificationViewSet.as_view({"post": "verify"}), name="verify-email"),
    path("api/me", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("api/me/password", MyPasswordViewSet.as_view({"post": "change"}), name="me-password"),
]
