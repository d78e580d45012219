"""The language switch at the foot of every page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.services.people import update_profile
from accounts.web.sign_in import private, wanted_page
from kernel.context import origin_of
from kernel.entry import entry


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Kept in the profile of whoever is signed in, and in a cookie for when nobody is; then back to the page."""
    wanted = request.POST.get("language", "")
    response = private(HttpResponseRedirect(wanted_page(request) or "/"))
    if wanted not in dict(settings.LANGUAGES):
        return response
    user = request.user
    if isinstance(user, User) and user.is_active:
        with entry():
            update_profile(acting_user=user, changes={"locale": wanted}, origin=origin_of(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
