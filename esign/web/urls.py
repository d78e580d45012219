"""Public pages of esign."""

from django.urls import path

from esign.web.views import sign_document, sign_page, verify_page

app_name = "esign-pages"
urlpatterns = [
    path("sign/<str:token>", sign_page, name="sign"),
    path("sign/<str:token>/document", sign_document, name="sign-document"),
    path("verify/", verify_page, name="verify"),
]
