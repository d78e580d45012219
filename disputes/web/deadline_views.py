"""The deadline of a case: asking for another date, accepting, refusing.

Each answers with the case's page, or with the section alone for htmx. What was wrong is said in the section, with what was typed.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as __
from django.views.decorators.http import require_http_methods, require_POST

from disputes.selectors.access import access_dispute
from disputes.selectors.deadlines import deadline_panel
from disputes.services.deadlines import accept_deadline, propose_deadline, refuse_deadline
from disputes.web.fields import DayField
from disputes.web.forms import CleanTextField
from disputes.web.pages import reader, signed_in
from kernel.clock import day_deadline
from kernel.entry import entry
from kernel.errors import DomainError, NotFoundError, ValidationFailedError


class AnotherDateForm(forms.Form):
    date = DayField(label=__("Until which day?"))
    reason = CleanTextField(label=__("Why"), max_length=500, required=False)


class RefuseForm(forms.Form):
    reason = CleanTextField(
        label=__("Why not"),
        max_length=500,
        required=False,
        help_text=__("Everybody in the case reads it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def deadline_page(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """GET: the section as a page of its own. POST asks for another date."""
    if request.method != "POST":
        return _show(request, dispute_id)
    access = access_dispute(reader(request), dispute_id)
    form = AnotherDateForm(request.POST, auto_id="id_deadline_%s")
    if not form.is_valid():
        return _show(request, dispute_id, date_form=form, status=400)
    deadline = day_deadline(form.cleaned_data["date"], access.dispute.timezone)
    try:
        with entry():
            propose_deadline(
                acting_user=reader(request),
                dispute_id=dispute_id,
                deadline=deadline,
                reason=form.cleaned_data["reason"],
            )
    except ValidationFailedError as error:
        for item in error.errors:
            form.add_error("date", item.detail)
        return _show(request, dispute_id, date_form=form, status=400)
    except NotFoundError:
        raise
    except DomainError as error:
        return _show(request, dispute_id, date_form=form, refusal=error.detail, status=error.status)
    return _done(request, dispute_id)


@require_POST
@signed_in
def accept_page(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    try:
        with entry():
            accept_deadline(acting_user=reader(request), dispute_id=dispute_id)
    except NotFoundError:
        raise
    except DomainError as error:
        return _show(request, dispute_id, refusal=error.detail, status=error.status)
    return _done(request, dispute_id)


@require_POST
@signed_in
def refuse_page(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    form = RefuseForm(request.POST, auto_id="id_refusal_%s")
    if not form.is_valid():
        return _show(request, dispute_id, refuse_form=form, status=400)
    try:
        with entry():
            refuse_deadline(acting_user=reader(request), dispute_id=dispute_id, reason=form.cleaned_data["reason"])
    except NotFoundError:
        raise
    except DomainError as error:
        return _show(request, dispute_id, refuse_form=form, refusal=error.detail, status=error.status)
    return _done(request, dispute_id)


def _is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _done(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    if _is_fragment(request):
        return _show(request, dispute_id)
    return HttpResponseRedirect(reverse("disputes-pages:case", args=[dispute_id]) + "#deadline")


def _show(request: HttpRequest, dispute_id: UUID, *, status: int = 200, **said: Any) -> HttpResponse:
    access = access_dispute(reader(request), dispute_id)
    panel = deadline_panel(access)
    if panel is None and not _is_fragment(request):
        if request.method in ("GET", "HEAD"):
            raise Http404
        return HttpResponseRedirect(reverse("disputes-pages:case", args=[dispute_id]))
    template = "disputes/_deadline.html" if _is_fragment(request) else "disputes/deadline.html"
    return render(request, template, {"panel": panel, "dispute": access.dispute, **said}, status=status)
