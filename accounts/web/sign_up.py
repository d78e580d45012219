"""Signing up with a browser: the service and the limits of POST /api/register."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.services.registration import register_person
from accounts.web.forms import SignUpForm
from accounts.web.sign_in import may_mail, private
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import ValidationFailedError
from kernel.readers import known_language


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """Name, address and password. The answer to a known address is the same page, and its owner is told by mail."""
    if request.method != "POST" and request.user.is_authenticated:
        return HttpResponseRedirect("/")
    if request.method != "POST":
        form = SignUpForm(initial={"locale": known_language(get_language() or ""), "timezone": "UTC"})
        return _form(request, form)
    form = SignUpForm(request.POST)
    if not form.is_valid() or not _register(request, form):
        return _form(request, form, status=400)
    return private(render(request, "accounts/sign_up_done.html", {"email": form.cleaned_data["email"]}))


def _register(request: HttpRequest, form: SignUpForm) -> bool:
    """Whether the service took it; what it refused stands on the form."""
    data = form.cleaned_data
    may_tell = may_mail("register", data["email"])
    try:
        with entry():
            register_person(
                email=data["email"],
                password=data["password"],
                full_name=data["full_name"],
                locale=data["locale"],
                timezone=data["timezone"],
                origin=origin_of(request),
                may_mail=may_tell,
            )
    except ValidationFailedError as error:
        for item in error.errors:
            form.add_error("password", item.detail)
        return False
    return True


def _form(request: HttpRequest, form: SignUpForm, *, status: int = 200) -> HttpResponse:
    return private(render(request, "accounts/sign_up.html", {"form": form}, status=status))
