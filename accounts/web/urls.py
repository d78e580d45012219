"""Pages of accounts: coming in and going, one's own profile, and what mailed links open."""

from django.urls import path

from accounts.web.language import choose_language
from accounts.web.profile import profile_page
from accounts.web.sign_in import ask_reset_page, sign_in_page, sign_out_page
from accounts.web.sign_up import sign_up_page
from accounts.web.views import reset_page, verify_email_page

app_name = "accounts-pages"
urlpatterns = [
    path("signin/", sign_in_page, name="sign-in"),
    path("signup/", sign_up_page, name="sign-up"),
    path("signout/", sign_out_page, name="sign-out"),
    path("profile/", profile_page, name="profile"),
    path("language/", choose_language, name="language"),
    path("verify-email/<str:token>", verify_email_page, name="verify-email"),
    path("reset/", ask_reset_page, name="ask-reset"),
    path("reset/<str:token>", reset_page, name="reset"),
]
