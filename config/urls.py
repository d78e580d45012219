"""Every route of Accord."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from kernel import problems

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("disputes.rest.urls")),  # first, since routes are tried in turn and these are asked most
    path("", include("kernel.urls")),
    path("", include("accounts.rest.urls")),
    path("", include("accounts.web.urls")),
    path("", include("documents.rest.urls")),
    path("", include("documents.web.urls")),
    path("", include("esign.rest.urls")),
    path("", include("esign.web.urls")),
    path("", include("disputes.web.urls")),
    path("", include("ai_mediation.rest.urls")),
    path("", include("notifications.rest.urls")),
    # Nothing here has a page "on the site", and Django's shortcut to it would answer 500 to an id that is none.
    path("admin/r/<path:rest>", lambda request, rest: problems.not_found(request)),
    # Django's own form sets a password past our service: tokens and other sessions would live on, and nothing would be journalled.
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts-pages:ask-reset")),
    path("admin/password_change/done/", RedirectView.as_view(pattern_name="accounts-pages:ask-reset")),
    path("admin/", admin.site.urls),
]
if settings.ACCORD_DEVELOPMENT_PAGES:
    urlpatterns.append(path("dev/", include("kernel.mailcatcher.urls")))

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.not_found
handler500 = problems.server_error
