"""Addresses that mails carry."""

from django.urls import path

from accounts.web.views import reset_page, verify_email_page

app_name = "accounts-pages"
urlpatterns = [
    path("verify-email/<str:token>", verify_email_page, name="verify-email"),
    path("reset/<str:token>", reset_page, name="reset"),
]
