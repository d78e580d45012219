"""The staff's desk: what waits, scoped to what the viewer works; links lead into the admin."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.public import Role
from disputes.selectors.back_office import desk, is_back_office
from disputes.web.pages import reader, signed_in
from kernel.relay import backlog

_staff_only = partial(signed_in, at="/admin/login/")


@require_safe
@_staff_only
def staff_page(request: HttpRequest) -> HttpResponse:
    """For lawyers and admins; nobody else learns that it is there."""
    if not is_back_office(request.user):
        raise Http404
    user = reader(request)
    dead_letters = backlog()[2] if user.role == Role.ADMIN else None
    return render(request, "staff/desk.html", {"desk": desk(user), "dead_letters": dead_letters, "reader": user})
