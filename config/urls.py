"""Every route of Accord."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from kernel import problems

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kernel.urls")),
    path("", include("accounts.rest.urls")),
    path("", include("accounts.web.urls")),
    path("admin/", admin.site.urls),
]
if settings.ACCORD_DEVELOPMENT_PAGES:
    urlpatterns.append(path("dev/mail", include("kernel.mailcatcher.urls")))

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.not_found
handler500 = problems.server_error
