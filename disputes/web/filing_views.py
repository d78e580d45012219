"""Filing a case, step by step. Every step saves; with a script it also saves while one types."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from disputes.models import FilingDraft
from disputes.selectors.drafts import draft_content, draft_of
from disputes.services.drafting import delete_draft, file_draft, save_draft
from disputes.web.filing_forms import STEPS, FilingForms, typed
from disputes.web.pages import reader, signed_in
from kernel.clock import now
from kernel.entry import entry
from kernel.errors import DomainError, NotFoundError, ValidationFailedError
from kernel.formats import clock_text
from kernel.ids import new_id

ORDER = list(STEPS)


@require_safe
@signed_in
def new_filing(request: HttpRequest) -> HttpResponse:
    """A fresh draft's first step. Nothing is kept before something is typed."""
    return HttpResponseRedirect(_address(new_id(), "who"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def filing_step(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """One step. POST saves whatever was typed; `next` goes on only when the step is complete."""
    if step not in STEPS:
        raise Http404
    draft = draft_of(reader(request), draft_id)
    if draft is not None and draft.dispute_id is not None:
        return HttpResponseRedirect(reverse("disputes-pages:case", args=[draft.dispute_id]))
    if step == "check":
        return _check(request, draft_id, draft)
    if request.method != "POST":
        content = draft_content(draft) if draft is not None else {}
        return _show(request, draft_id, step, FilingForms(content, reader(request), is_bound=False), draft=draft)
    return _save(request, draft_id, step)


@require_POST
@signed_in
def drop_draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    draft_of(reader(request), draft_id)
    with entry():
        delete_draft(acting_user=reader(request), draft_id=draft_id)
    messages.success(request, _("The draft is deleted."))
    return HttpResponseRedirect(reverse("disputes-pages:start"))


def _save(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    action = request.POST.get("action", "next")
    values = _changed(step, typed(step, request.POST), request.POST.get("remove", ""), action)
    try:
        with entry():
            draft = save_draft(acting_user=reader(request), draft_id=draft_id, values=values)
    except NotFoundError:
        raise
    except DomainError as error:
        if action == "autosave":
            return JsonResponse({"refused": error.detail}, status=error.status)
        forms = FilingForms(values, reader(request), is_bound=False)
        return _show(request, draft_id, step, forms, refusal=error.detail, status=error.status)
    if action == "autosave":
        return JsonResponse({"saved": _saved_words()})
    if action == "add" or "remove" in request.POST:
        return HttpResponseRedirect(f"{_address(draft_id, step)}#people")
    if action == "later":
        messages.success(request, _("Your draft is saved. You find it here whenever you come back."))
        return HttpResponseRedirect(reverse("disputes-pages:start"))
    if action == "back":
        return HttpResponseRedirect(_address(draft_id, ORDER[max(0, ORDER.index(step) - 1)]))
    forms = FilingForms(draft_content(draft), reader(request))
    if not forms.step(step).is_valid():
        return _show(request, draft_id, step, forms, draft=draft, is_wrong=True, status=400)
    return HttpResponseRedirect(_address(draft_id, ORDER[ORDER.index(step) + 1]))


def _changed(step: str, values: dict[str, Any], remove: str, action: str) -> dict[str, Any]:
    """With one person more or less, where that was asked for."""
    if step == "who" and remove.isdigit() and int(remove) < len(values["people"]):
        values["people"].pop(int(remove))
    elif step == "who" and action == "add":
        values["people"].append({})
    return values


def _saved_words() -> str:
    clock = clock_text(now(), locale=get_language() or "en", timezone=timezone.get_current_timezone())
    return _("Saved %(time)s") % {"time": clock}


def _check(request: HttpRequest, draft_id: UUID, draft: FilingDraft | None) -> HttpResponse:
    """Everything at one glance. Sent twice, it is filed once."""
    if draft is None:
        return HttpResponseRedirect(_address(draft_id, "who"))
    forms = FilingForms(draft_content(draft), reader(request))
    wrong = forms.wrong_steps()
    if request.method != "POST":
        return _show(request, draft_id, "check", forms, draft=draft, wrong=wrong)
    if wrong:
        return _show(request, draft_id, "check", forms, draft=draft, wrong=wrong, status=400)
    try:
        with entry():
            dispute_id = file_draft(acting_user=reader(request), draft_id=draft_id, filing=forms.filing())
    except NotFoundError:
        raise
    except ValidationFailedError as error:
        said = " ".join(item.detail for item in error.errors)
        return _show(request, draft_id, "check", forms, draft=draft, refusal=said, status=error.status)
    except DomainError as error:
        return _show(request, draft_id, "check", forms, draft=draft, refusal=error.detail, status=error.status)
    messages.success(
        request, _("Filed. The people you named are invited by mail. You can put your evidence on record here.")
    )
    return HttpResponseRedirect(reverse("disputes-pages:case", args=[dispute_id]))


def _address(draft_id: UUID, step: str) -> str:
    return reverse("disputes-pages:filing-step", args=[draft_id, step])


def _show(
    request: HttpRequest, draft_id: UUID, step: str, forms: FilingForms, *, status: int = 200, **more: Any
) -> HttpResponse:
    position = ORDER.index(step)
    draft: FilingDraft | None = more.pop("draft", None)
    wrong = more.get("wrong") or []
    context = {
        "step": step,
        "number": position + 1,
        "steps": [
            {"name": name, "label": label, "url": _address(draft_id, name), "is_done": at < position}
            for at, (name, label) in enumerate(STEPS.items())
        ],
        "forms": forms,
        "draft_id": draft_id,
        "draft": draft,
        "wrong_steps": [{"label": STEPS[name], "url": _address(draft_id, name)} for name in wrong],
        **more,
    }
    return render(request, f"disputes/filing_{step}.html", context, status=status)
