"""The Content-Security-Policy: one for the site, and a wider one for the admin, whose pages are not ours."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

FOR_PROGRAMS = "default-src 'none'; frame-ancestors 'none'"  # JSON loads nothing; composing a policy takes a while


class PolicyMiddleware(CSPMiddleware):
    """Below ADMIN_PREFIX the directives of ADMIN_DIRECTIVES stand in place of those of the same name."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(settings.ADMIN_PREFIX):
            parts.replace = {**settings.ADMIN_DIRECTIVES, **(parts.replace or {})}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "accord_is_program", False):
            response.setdefault(HEADER, FOR_PROGRAMS)
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
