"""The start page, and one case to read. What one does in a case comes with the full pages."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from disputes.selectors.access import access_dispute, visible_to
from disputes.selectors.back_office import is_back_office
from disputes.selectors.case_page import case_page as page_of
from disputes.web.pages import as_read_by, known_zone, private, reader, signed_in

SHOWN = 50


@require_safe
def start_page(request: HttpRequest) -> HttpResponse:
    """What Accord is and where to go; one's own cases for whoever is signed in."""
    if not request.user.is_authenticated or not request.user.is_active:
        return private(render(request, "disputes/start.html", {"reader": None}))
    user = reader(request)
    with as_read_by(user.locale, user.timezone):
        cases = list(visible_to(user).order_by("-updated_at", "-id")[: SHOWN + 1])
        context = {
            "reader": user,
            "cases": cases[:SHOWN],
            "has_more": len(cases) > SHOWN,
            "is_staff_member": is_back_office(user),
        }
        return private(render(request, "disputes/start.html", context))


@require_safe
@signed_in
def case_page(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """The case in words, in its own time zone. Raises Http404 for whoever does not see it."""
    access = access_dispute(reader(request), dispute_id)
    with timezone.override(known_zone(access.dispute.timezone)):
        context = {
            "page": page_of(access),
            "reader": reader(request),
            "is_staff_member": is_back_office(reader(request)),
        }
        return render(request, "disputes/case.html", context)
