"""Signing in and out with a browser, by the rules of the API: one answer for every refusal, limits, and the lock-out."""

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.adapters.page_sessions import close_page_session, open_page_session
from accounts.enums import Role
from accounts.models import User
from accounts.services.page_sessions import note_page_sign_in, note_page_sign_out
from accounts.services.passwords import request_password_reset
from accounts.services.registration import remind_unverified
from accounts.web.forms import AskResetForm, SignInForm
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import ThrottledError
from kernel.ratelimit import check, client_address

MAIL_RATE = "5/hour"  # what an address gets at strangers' word; the same bucket as the API's


def may_mail(cause: str, address: str) -> bool:
    """Whether an address may be written to at a stranger's word; refused silently, so that nobody learns anything."""
    try:
        check(f"mail-{cause}", address, MAIL_RATE)
    except ThrottledError:
        return False
    return True


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Address and password; then on to `next`, if that is a page of ours."""
    user = request.user
    if request.method != "POST" and user.is_authenticated:
        return HttpResponseRedirect(_onward(request, user))
    form = SignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        signed_in = _sign_in(request, form)
        if signed_in is not None:
            return HttpResponseRedirect(_onward(request, signed_in))
    status = 429 if form.has_error("__all__", "throttled") else 400 if form.errors else 200
    return private(
        render(request, "accounts/sign_in.html", {"form": form, "next": wanted_page(request)}, status=status)
    )


def _sign_in(request: HttpRequest, form: SignInForm) -> User | None:
    """The person, signed in; None when refused, with the reason on the form. Not yet verified addresses get a fresh mail."""
    email, origin = form.cleaned_data["email"], origin_of(request)
    try:
        check("login", f"{client_address(request)}|{email}", settings.ACCORD_RATES["login"])
    except ThrottledError as error:
        form.add_error(None, ValidationError(error.detail, code="throttled"))
        return None
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        _remind(email, request)
        form.add_error(
            None,
            _(
                "That is not right: the password is wrong, there is no such account, or its address is not verified yet."
            ),
        )
        return None
    open_page_session(request, user)
    with entry():
        note_page_sign_in(user=user, origin=origin)
    return user


def _remind(email: str, request: HttpRequest) -> None:
    """Counted for every address, known or not, so that both take the same way through."""
    if may_mail("login", email) and not getattr(request, "axes_locked_out", False):
        with entry():
            remind_unverified(email=email, origin=origin_of(request))


def wanted_page(request: HttpRequest) -> str:
    """Where the person wanted to go; empty unless it is an address of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours and wanted.startswith("/") else ""


def _onward(request: HttpRequest, user: User) -> str:
    return wanted_page(request) or ("/" if user.role == Role.CLIENT else "/staff/")


def private(response: HttpResponse) -> HttpResponse:
    """Told to nobody and kept nowhere."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ask_reset_page(request: HttpRequest) -> HttpResponse:
    """Ask for a link that sets a password. The answer is the same whether the address is known or not."""
    form = AskResetForm(request.POST if request.method == "POST" else None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked:
        email = form.cleaned_data["email"]
        if may_mail("reset", email):
            with entry():
                request_password_reset(email=email, origin=origin_of(request))
    context = {"form": form, "is_asked": is_asked}
    return private(render(request, "accounts/ask_reset.html", context, status=400 if form.errors else 200))


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """GET asks, POST signs out: no picture or link of somebody else's can."""
    if request.method == "POST":
        if request.user.is_authenticated:
            with entry():
                note_page_sign_out(user=User.objects.get(pk=request.user.pk), origin=origin_of(request))
        close_page_session(request)
        return HttpResponseRedirect("/")
    return private(render(request, "accounts/sign_out.html"))
