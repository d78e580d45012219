"""Pages behind mailed links. Opening one changes nothing, since mail scanners open links too; its button does."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.adapters.sign_in import forgive_failures
from accounts.errors import LinkNotValidError
from accounts.models import LinkPurpose
from accounts.selectors.links import link_is_open
from accounts.services.passwords import reset_password
from accounts.services.registration import verify_email
from accounts.web.forms import NewPasswordForm
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import ValidationFailedError

View = Callable[..., HttpResponse]


def secret_address(view: View) -> View:
    """For pages whose address is the secret: it is told to nobody and kept nowhere."""

    @wraps(view)
    def protected(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    return protected


def _dead_link(request: HttpRequest, purpose: LinkPurpose) -> HttpResponse:
    return render(request, "accounts/link_dead.html", {"purpose": purpose.value}, status=410)


@secret_address
@require_http_methods(["GET", "HEAD", "POST"])
def verify_email_page(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an address: GET shows a button, POST confirms."""
    if request.method == "POST":
        try:
            with entry():
                verify_email(token=token, origin=origin_of(request))
        except LinkNotValidError:
            return _dead_link(request, LinkPurpose.VERIFY_EMAIL)
        return render(request, "accounts/verify_email_done.html")
    if not link_is_open(token, LinkPurpose.VERIFY_EMAIL):
        return _dead_link(request, LinkPurpose.VERIFY_EMAIL)
    return render(request, "accounts/verify_email.html")


@secret_address
@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_page(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password: GET shows the form, POST sets it and ends everything signed in."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with entry():
                user = reset_password(
                    token=token, new_password=form.cleaned_data["new_password"], origin=origin_of(request)
                )
        except LinkNotValidError:
            return _dead_link(request, LinkPurpose.PASSWORD_RESET)
        except ValidationFailedError as error:
            for item in error.errors:
                form.add_error("new_password", item.detail)
        else:
            forgive_failures(user.email)
            return render(request, "accounts/reset_done.html")
    if not link_is_open(token, LinkPurpose.PASSWORD_RESET):
        return _dead_link(request, LinkPurpose.PASSWORD_RESET)
    return render(request, "accounts/reset.html", {"form": form}, status=400 if form.errors else 200)
