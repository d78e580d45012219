"""One's own profile: name, language, zone, what one is told of, and the password. Each part is a form of its own."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.adapters.page_sessions import open_page_session
from accounts.enums import Channel, Role
from accounts.models import User
from accounts.selectors.people import profile
from accounts.services.passwords import replace_password
from accounts.services.people import PreferenceChoice, update_profile
from accounts.web.forms import AboutMeForm, NewsForm, PasswordForm
from accounts.web.sign_in import private
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import ThrottledError, ValidationFailedError
from kernel.ratelimit import check
from kernel.registries import NewsTopic, news_topics


@sensitive_post_parameters("current_password", "new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def profile_page(request: HttpRequest) -> HttpResponse:
    """Shows all parts; a POST names in `part` the one it changes. The others are shown as they are kept."""
    if not request.user.is_authenticated or not request.user.is_active:
        return private(HttpResponseRedirect(f"{reverse('accounts-pages:sign-in')}?{urlencode({'next': request.path})}"))
    user = profile(request.user.pk)
    part = request.POST.get("part", "") if request.method == "POST" else ""
    forms = {
        "about": AboutMeForm(
            request.POST if part == "about" else None,
            initial={"full_name": user.full_name, "locale": user.locale, "timezone": user.timezone},
        ),
        "news": NewsForm(request.POST if part == "news" else None, user=user, topics=_topics(user)),
        "password": PasswordForm(request.POST if part == "password" else None, has_password=user.has_usable_password()),
    }
    status = 200
    if part in forms:
        status = _CHANGES[part](request, user, forms[part]) if forms[part].is_valid() else 400
        if status == 200:
            return private(HttpResponseRedirect(f"{reverse('accounts-pages:profile')}#{part}"))
    return private(render(request, "accounts/profile.html", {"person": user, **forms}, status=status))


def _topics(user: User) -> list[tuple[str, NewsTopic]]:
    return [(name, topic) for name, topic in news_topics.items() if user.role != Role.CLIENT or not topic.is_for_staff]


def _change_about(request: HttpRequest, user: User, form: Any) -> int:
    with entry():
        update_profile(acting_user=user, changes=form.cleaned_data, origin=origin_of(request))
    with translation.override(form.cleaned_data["locale"]):
        messages.success(request, _("Your profile is saved."))
    return 200


def _change_news(request: HttpRequest, user: User, form: Any) -> int:
    changed = [
        PreferenceChoice(kind, Channel(channel), form.cleaned_data[name])
        for name in form.changed_data
        for kind, _colon, channel in [name.partition(":")]
    ]
    if changed:
        with entry():
            update_profile(acting_user=user, changes={}, preferences=changed, origin=origin_of(request))
    messages.success(request, _("What we tell you of is saved."))
    return 200


def _change_password(request: HttpRequest, user: User, form: Any) -> int:
    """Ends every session; this browser gets a new one."""
    try:
        check("password", str(user.pk), settings.ACCORD_RATES["login"])  # a stolen session must not guess it
        with entry():
            changed = replace_password(
                acting_user=user,
                current_password=form.cleaned_data.get("current_password"),
                new_password=form.cleaned_data["new_password"],
                origin=origin_of(request),
            )
    except ThrottledError as error:
        form.add_error(None, error.detail)
        return error.status
    except ValidationFailedError as error:
        for item in error.errors:
            form.add_error(item.pointer.removeprefix("/"), item.detail)
        return error.status
    open_page_session(request, changed)
    messages.success(request, _("Your new password is saved. Everything else that was signed in is signed out."))
    return 200


_CHANGES = {"about": _change_about, "news": _change_news, "password": _change_password}
