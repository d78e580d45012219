"""The pages of whoever sends documents for signature: one's envelopes, where each stands, and what can still be done."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from documents.public import file_response, stored_file
from esign.models import Envelope
from esign.rules import is_creator, is_finished, is_on_turn, is_open, may_name_people
from esign.selectors.envelopes import (
    access_envelope,
    access_signer,
    envelope_events,
    is_time_left,
    sent_envelopes,
    signed_at_of,
    signers_of,
)
from esign.services.envelopes import void_envelope
from esign.services.seats import correct_signer, remind_signers, resend_link
from esign.web.forms import CorrectForm, DeclineForm
from kernel.entry import entry
from kernel.errors import DomainError, NotFoundError, ThrottledError, ValidationFailedError
from kernel.ratelimit import check
from kernel.readers import as_read_by

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Sends whoever is not signed in to sign in and back; what one may not see is a 404 like everything that is not there."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated or not request.user.is_active:
            return HttpResponseRedirect(f"/signin/?{urlencode({'next': request.get_full_path()})}")
        user = request.user
        try:
            with as_read_by(user.locale, user.timezone):
                response = view(request, *args, **kwargs)
        except NotFoundError as error:
            raise Http404 from error
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    return guarded


@require_safe
@signed_in
def envelopes_page(request: HttpRequest) -> HttpResponse:
    """What the person sent for signature, the newest first, each with how many have done their part."""
    return render(request, "esign/envelopes.html", {"envelopes": sent_envelopes(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def envelope_page(request: HttpRequest, envelope_id: UUID) -> HttpResponse:
    """One envelope of one's own: who has done what, and the acts that are still open. A signer has a page of their own."""
    envelope = _own(request, envelope_id)
    if request.method != "POST":
        return _show(request, envelope)
    try:
        check("sign", str(request.user.pk), settings.ACCORD_RATES["sign"])
        return _act(request, envelope)
    except ThrottledError as error:
        return _show(request, envelope, refusal=error.detail, status=429)
    except ValidationFailedError as error:
        return _show(request, envelope, refusal=" ".join(item.detail for item in error.errors), status=400)
    except NotFoundError:
        raise
    except DomainError as error:
        return _show(request, _own(request, envelope_id), refusal=error.detail, status=error.status)


@require_safe
@signed_in
def envelope_file_page(request: HttpRequest, envelope_id: UUID) -> Any:
    """The sealed PDF once completed; until then the document as it is up for signature."""
    envelope = _own(request, envelope_id)
    file = stored_file(envelope.sealed_file_id or envelope.file_id)
    return file_response(file, as_name=f"{envelope.title}.pdf", inline=True)


def _own(request: HttpRequest, envelope_id: UUID) -> Envelope:
    envelope = access_envelope(request.user, envelope_id)
    if not is_creator(request.user, envelope):
        raise NotFoundError
    return envelope


def _act(request: HttpRequest, envelope: Envelope) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "remind":
        with entry():
            remind_signers(envelope_id=envelope.pk, acting_user=request.user)
    elif action == "void":
        form = DeclineForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        with entry():
            void_envelope(envelope_id=envelope.pk, acting_user=request.user, reason=reason)
    elif action in {"resend", "correct"}:
        seat = access_signer(request.user, envelope.pk, _seat_id(request), action)
        correction = CorrectForm(request.POST)
        if action == "resend":
            with entry():
                resend_link(envelope_id=envelope.pk, signer_id=seat.pk, acting_user=request.user)
        elif correction.is_valid():
            values = correction.cleaned_data
            with entry():
                correct_signer(
                    envelope_id=envelope.pk,
                    signer_id=seat.pk,
                    name=values["name"],
                    email=values["email"],
                    acting_user=request.user,
                )
        else:
            return _show(request, envelope, correction=(seat.pk, correction), status=400)
    else:
        raise NotFoundError
    return redirect("esign-pages:envelope", envelope.pk)


def _seat_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("signer", ""))
    except ValueError as error:
        raise NotFoundError from error


def _show(
    request: HttpRequest,
    envelope: Envelope,
    *,
    refusal: str = "",
    correction: tuple[UUID, CorrectForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    is_running = is_open(envelope) and is_time_left(envelope.pk)
    seats = [
        {
            "signer": seat,
            "signed_at": signed_at_of(seat),
            "is_on_turn": is_running and is_on_turn(seat),
            "can_be_corrected": is_running
            and may_name_people(envelope)
            and (seat.status == "waiting" or not is_finished(seat)),
            "form": correction[1] if correction and correction[0] == seat.pk else CorrectForm(prefix=""),
            "is_open": bool(correction and correction[0] == seat.pk),
        }
        for seat in signers_of(envelope.pk)
    ]
    context = {
        "envelope": envelope,
        "seats": seats,
        "is_running": is_running,
        "void_form": DeclineForm(),
        "events": envelope_events(envelope.pk),
        "refusal": refusal,
    }
    return render(request, "esign/envelope.html", context, status=status)
