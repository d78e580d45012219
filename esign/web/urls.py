"""Public pages of esign."""

from django.urls import path

from esign.web.sender_views import envelope_file_page, envelope_page, envelopes_page
from esign.web.views import sign_document, sign_page, sign_page_image, verify_page, verify_program

app_name = "esign-pages"
urlpatterns = [
    path("sign/<str:token>", sign_page, name="sign"),
    path("sign/<str:token>/document", sign_document, name="sign-document"),
    path("sign/<str:token>/pages/<str:number>", sign_page_image, name="sign-page-image"),
    path("envelopes/", envelopes_page, name="envelopes"),
    path("envelopes/<uuid:envelope_id>/", envelope_page, name="envelope"),
    path("envelopes/<uuid:envelope_id>/document", envelope_file_page, name="envelope-document"),
    path("verify/", verify_page, name="verify"),
    path("verify/accord-verify.py", verify_program, name="verify-program"),
]
