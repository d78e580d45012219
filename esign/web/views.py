"""The signer's page and the verification page. Opening a link changes nothing; opening the document is recorded."""

import base64
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from documents.public import file_response, stored_file
from esign.adapters import accord_verify, seal
from esign.adapters.images import prepare_signature_image, prepare_uploaded_signature
from esign.adapters.pages import page_picture
from esign.adapters.verification import Finding, verify_checksum, verify_file
from esign.enums import ACTING
from esign.errors import SignatureImageError
from esign.models import Signer
from esign.rules import can_act, is_on_turn, is_open
from esign.selectors.consent import consent_locale, consent_text
from esign.selectors.envelopes import is_time_left, signer_by_token
from esign.services.envelopes import decline_as, view_document
from esign.services.seats import delegate_signature
from esign.services.signing import sign_as
from esign.web.forms import DeclineForm, DelegateForm, SignForm, VerifyForm
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import DomainError, NotFoundError, ThrottledError, ValidationFailedError
from kernel.ratelimit import check, client_address
from kernel.readers import as_read_by, reading_language

LARGEST_CHOSEN = 200_000
View = Callable[..., HttpResponseBase]


def secret_address(view: View) -> View:
    """For pages whose address is the secret: it is told to nobody and kept nowhere."""

    @wraps(view)
    def protected(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    return protected


@secret_address
@require_http_methods(["GET", "HEAD", "POST"])
def sign_page(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be signed, the consent text, and the form."""
    signer = _signer(token)
    if signer is None:
        return render(request, "esign/link_dead.html", status=404)
    with as_read_by(_language(request, signer), _zone(signer)):
        if request.method == "POST":
            return _take(request, signer, token)
        return _show(request, signer, token)


@secret_address
@require_safe
def sign_document(request: HttpRequest, token: str) -> HttpResponseBase:
    """The document itself: as it is up for signature, and sealed once everybody has signed."""
    signer = _signer(token)
    if signer is None:
        return render(request, "esign/link_dead.html", status=404)
    with entry():
        view_document(signer_id=signer.pk)
    envelope = signer.envelope
    file = stored_file(envelope.sealed_file_id or envelope.file_id)
    return file_response(file, as_name=f"{envelope.title}.pdf", inline=True)


@secret_address
@require_safe
def sign_page_image(request: HttpRequest, token: str, number: str) -> HttpResponseBase:
    """One page of what will be signed, as a picture. Who is asked to sign has the document before them with it.

    A viewer's part is done by opening the document itself: programs that look at mails load the pictures of pages.
    """
    signer = _signer(token)
    if signer is None or not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise Http404
    picture = page_picture(stored_file(signer.envelope.file_id), int(number))
    if picture is None:
        raise Http404
    if signer.role in ACTING:
        with entry():
            view_document(signer_id=signer.pk)
    response = HttpResponse(picture, content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def verify_page(request: HttpRequest) -> HttpResponse:
    """Is this PDF or proof bundle ours and unchanged, who signed it and when? The code on a certificate names its checksum."""
    if request.method != "POST":
        asked = request.GET.get("checksum", "")
        return _verify_answer(request, VerifyForm(initial={"checksum": asked[:200]}), verify_checksum(asked))
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _verify_answer(request, form, None, status=400)
    upload = form.cleaned_data.get("file")
    if upload is not None:
        return _verify_answer(request, VerifyForm(), verify_file(upload.read()))
    finding = verify_checksum(form.cleaned_data["checksum"])
    if finding is None:
        form.add_error("checksum", _("A SHA-256 checksum has 64 hexadecimal digits."))
        return _verify_answer(request, form, None, status=400)
    return _verify_answer(request, form, finding)


@require_safe
def verify_program(request: HttpRequest) -> HttpResponse:
    """The program that checks a proof bundle offline: one file, for whoever has no source code of Accord."""
    body = Path(accord_verify.__file__).read_bytes()
    response = HttpResponse(body, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="accord-verify.py"'
    return response


def _verify_answer(
    request: HttpRequest, form: VerifyForm, finding: Finding | None, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "finding": finding, "fingerprints": seal.known_fingerprints()}
    response = render(request, "esign/verify.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def _signer(token: str) -> Signer | None:
    try:
        return signer_by_token(token)
    except NotFoundError:
        return None


def _language(request: HttpRequest, signer: Signer) -> str:
    """What the page is read in; a form says in which language it showed the text that is consented to."""
    shown = request.POST.get("language", "")
    if shown in dict(settings.LANGUAGES):
        return shown
    return reading_language(request, getattr(signer.user, "locale", "") or signer.envelope.locale)


def _zone(signer: Signer) -> str:
    return getattr(signer.user, "timezone", "") or "UTC"


def _take(request: HttpRequest, signer: Signer, token: str) -> HttpResponse:
    """One POST: sign or decline."""
    try:
        check("sign", client_address(request), settings.ACCORD_RATES["sign"])
        if request.POST.get("action") == "decline":
            form = DeclineForm(request.POST)
            if form.is_valid():
                with entry():
                    decline_as(envelope_id=signer.envelope_id, signer_id=signer.pk, reason=form.cleaned_data["reason"])
            return _show(request, _again(token), token)
        if request.POST.get("action") == "delegate":
            return _hand_on(request, signer, token)
        return _sign(request, signer, token)
    except ThrottledError as error:
        return _show(request, signer, token, refusal=error.detail, status=429)
    except DomainError as error:
        return _show(request, _again(token), token, refusal=error.detail, status=error.status)


def _hand_on(request: HttpRequest, signer: Signer, token: str) -> HttpResponse:
    form = DelegateForm(request.POST)
    if not form.is_valid():
        return _show(request, signer, token, hand_on_form=form, status=400)
    try:
        with entry():
            delegate_signature(
                envelope_id=signer.envelope_id,
                signer_id=signer.pk,
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
            )
    except ValidationFailedError as error:
        for item in error.errors:
            form.add_error("email", item.detail)
        return _show(request, signer, token, hand_on_form=form, status=400)
    return _show(request, _again(token), token)


def _sign(request: HttpRequest, signer: Signer, token: str) -> HttpResponse:
    form = SignForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, signer, token, form=form, status=400)
    try:
        image = _image(form)
    except SignatureImageError as error:
        form.add_error("signature_file", error.detail)
        return _show(request, signer, token, form=form, status=400)
    if request.POST.get("action") == "review":
        return _review(request, signer, token, form, image)
    try:
        with entry():
            sign_as(
                envelope_id=signer.envelope_id,
                signer_id=signer.pk,
                full_name=form.cleaned_data["full_name"],
                consent=form.cleaned_data["consent"],
                signature_image=image,
                checksum=form.cleaned_data["checksum"],
                origin=origin_of(request),
                locale=_language(request, signer),
                channel="link",
            )
    except ValidationFailedError as error:
        for item in error.errors:
            form.add_error("full_name", item.detail)
        return _show(request, signer, token, form=form, status=400)
    return _show(request, _again(token), token)


def _image(form: SignForm) -> bytes | None:
    """The signature as it was drawn or chosen, clean; None for a typed name alone. Raises SignatureImageError."""
    chosen = form.cleaned_data.get("signature_file")
    if chosen is not None:
        return prepare_uploaded_signature(chosen.read() if chosen.size <= LARGEST_CHOSEN else b"")
    return prepare_signature_image(form.cleaned_data["signature_image"])


def _review(request: HttpRequest, signer: Signer, token: str, form: SignForm, image: bytes | None) -> HttpResponse:
    """What is about to be signed, with which name and mark; nothing is written yet."""
    language = _language(request, signer)
    _version, consent = consent_text(consent_locale(language), signer.role)
    context = {
        "signer": signer,
        "envelope": signer.envelope,
        "token": token,
        "consent": consent,
        "name": form.cleaned_data["full_name"],
        "checksum": form.cleaned_data["checksum"],
        "image": f"data:image/png;base64,{base64.b64encode(image).decode()}" if image else "",
        "page_language": language,
    }
    return render(request, "esign/review.html", context)


def _again(token: str) -> Signer:
    return signer_by_token(token)


def _show(
    request: HttpRequest,
    signer: Signer,
    token: str,
    *,
    form: SignForm | None = None,
    hand_on_form: DelegateForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    envelope = signer.envelope
    language = _language(request, signer)
    _version, consent = consent_text(consent_locale(language), signer.role)
    is_running = is_open(envelope) and is_time_left(envelope.pk)
    can_sign = is_running and can_act(signer)
    context = {
        "signer": signer,
        "envelope": envelope,
        "token": token,
        "can_sign": can_sign,
        "has_to_see": is_running and not can_sign and is_on_turn(signer),
        "can_hand_on": can_sign and envelope.may_delegate and signer.delegated_from_id is None,
        "delegate": Signer.objects.filter(delegated_from=signer).first(),
        "hand_on_form": hand_on_form or DelegateForm(),
        "opens_hand_on": hand_on_form is not None,
        "consent": consent,
        "form": form or SignForm(initial={"full_name": signer.name, "checksum": envelope.document_sha256}),
        "decline_form": DeclineForm(),
        "pages": range(1, (envelope.document.pages or 0) + 1),
        "refusal": refusal,
        "page_language": language,
    }
    return render(request, "esign/sign.html", context, status=status)
