"""Caught mails to read: pages for people, JSON for tests and the demo. Development only: 404 elsewhere."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import wraps
from typing import Any

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from kernel.mailcatcher.store import CaughtMail, MailStore

View = Callable[..., HttpResponseBase]


def development_only(view: View) -> View:
    """404 unless the settings are development's."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not getattr(settings, "ACCORD_DEVELOPMENT_PAGES", False):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _store() -> MailStore:
    return MailStore(settings.ACCORD_DATA / "mail")


def _find(mail_id: str) -> CaughtMail:
    mail = _store().find(mail_id)
    if mail is None:
        raise Http404
    return mail


@require_safe
@never_cache
@development_only
def mail_json(request: HttpRequest) -> HttpResponse:
    """A list, newest first, of {to, subject, text, html, links, received_at}."""
    kept = ("to", "subject", "text", "html", "links", "received_at")
    mails = [asdict(mail) for mail in _store().newest(to=request.GET.get("to", "").strip())]
    return JsonResponse([{name: mail[name] for name in kept} for mail in mails], safe=False)


@require_safe
@never_cache
@development_only
def mail_list(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "").strip()
    mails = [(mail, datetime.fromisoformat(mail.received_at)) for mail in _store().newest(to=to)]
    return render(request, "kernel/mailcatcher/list.html", {"mails": mails, "to": to})


@require_safe
@never_cache
@development_only
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type] # its stubs know no view with arguments
def mail_detail(request: HttpRequest, mail_id: str) -> HttpResponse:
    mail = _find(mail_id)
    arrival = datetime.fromisoformat(mail.received_at)
    return render(request, "kernel/mailcatcher/detail.html", {"mail": mail, "arrival": arrival})


@require_safe
@never_cache
@development_only
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type] # as above
    {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox", "allow-top-navigation-by-user-activation"],
    }
)
def mail_body(request: HttpRequest, mail_id: str) -> HttpResponse:
    """The HTML part alone, for the frame: it runs nothing and fetches nothing."""
    return HttpResponse(_find(mail_id).html)
