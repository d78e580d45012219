"""The invited person's three screens: what is claimed, your side, and in the room.

Opening a link changes nothing, since mail scanners open links too; its buttons do. Everything here works without a script.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import SignInRequiredError
from accounts.public import Role, User, find_account, note_page_sign_in, open_page_session
from disputes.enums import DisputeStatus, Side
from disputes.errors import InvitationGoneError
from disputes.models import Invitation
from disputes.selectors.deadlines import own_wish
from disputes.selectors.mail_limits import may_mail_fresh_link
from disputes.selectors.notices import invitation_link, invited_address
from disputes.selectors.replies import typed_reply
from disputes.services.deadlines import ask_more_time
from disputes.services.door import answer_invitation, keep_typed_answer
from disputes.services.fresh_links import find_return, mail_fresh_links, return_by_link
from disputes.services.invitations import (
    accept_invitation,
    decline_invitation,
    find_invitation,
    join_dispute,
    report_wrong_person,
)
from disputes.web.door_forms import AnswerForm, FreshLinkForm, MoreTimeForm, as_typed
from disputes.web.forms import DeclineForm, JoinForm
from disputes.web.pages import as_read_by, private, reader, signed_in
from documents.public import Ingested, discard_bytes, ingest_upload
from kernel.clock import day_deadline
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import DomainError, ThrottledError, ValidationFailedError
from kernel.links import token_digest
from kernel.ratelimit import check
from kernel.readers import reading_language

Act = Callable[[HttpRequest, Invitation, str], HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Screen 1: what is claimed, by whom, what happens next. Its small forms: join, decline, more time, not me."""
    try:
        invitation = find_invitation(token)
    except InvitationGoneError:
        return _gone(request, token)
    with _as_invitee(request, invitation):
        if request.method != "POST":
            return _show(request, invitation)
        act = ACTS.get(request.POST.get("action", "join"))
        if act is None:
            return _show(request, invitation, status=400)
        try:
            return act(request, invitation, token)
        except InvitationGoneError:
            return _gone(request, token)
        except SignInRequiredError:
            return _show(request, invitation, status=409)
        except DomainError as error:
            return _show(request, invitation, refusal=error.detail, status=error.status)


@require_http_methods(["GET", "HEAD", "POST"])
def reply_page(request: HttpRequest, token: str) -> HttpResponse:
    """Screen 2: your side. Sent, it joins, puts the files on record and opens the room."""
    try:
        invitation = find_invitation(token)
    except InvitationGoneError:
        return _gone(request, token)
    with _as_invitee(request, invitation):
        invitee = _invitee(request, invited_address(invitation.participant))
        if request.method != "POST":
            if invitee is None and _needs_password(invitation):
                return private(HttpResponseRedirect(_sign_in_first(invitation)))
            typed = typed_reply(invitation.participant) if invitee is not None else None
            first = {"full_name": invitation.participant.full_name, **(as_typed(typed) if typed else {})}
            return _show_reply(
                request, AnswerForm(invitation=invitation, is_known=invitee is not None, initial=first), invitation
            )
        form = AnswerForm(request.POST, request.FILES, invitation=invitation, is_known=invitee is not None)
        try:
            return _answer(request, invitation, token, form, invitee)
        except InvitationGoneError:
            return _gone(request, token)


@require_safe
@signed_in
def own_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Back to one's own invitation after signing in: its address holds no secret, so it may stand in a `next`."""
    invitation = Invitation.objects.select_related("participant__dispute").filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404
    if invitation.participant.user_id == reader(request).pk:
        return HttpResponseRedirect(reverse("disputes-pages:case", args=[invitation.participant.dispute_id]))
    if invited_address(invitation.participant) != reader(request).email:
        raise Http404
    path = invitation_link(invitation).removeprefix(settings.ACCORD_BASE_URL)
    return HttpResponseRedirect(f"{path}/reply" if "reply" in request.GET else path)


@require_http_methods(["GET", "HEAD", "POST"])
def fresh_link_page(request: HttpRequest) -> HttpResponse:
    """Ask for a fresh link. The answer is the same whether the address is known or not."""
    form = FreshLinkForm(request.POST if request.method == "POST" else None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked:
        email = form.cleaned_data["email"].strip().lower()
        if may_mail_fresh_link(email):
            with entry():
                mail_fresh_links(email=email, origin=origin_of(request))
    context = {"form": form, "is_asked": is_asked}
    return private(render(request, "disputes/invitation_fresh.html", context, status=400 if form.errors else 200))


def _as_invitee(request: HttpRequest, invitation: Invitation) -> Any:
    """In the language the reader chose, else the invitee's; in the case's time zone, which its dates are meant in."""
    participant = invitation.participant
    return as_read_by(reading_language(request, participant.locale), participant.dispute.timezone)


def _invitee(request: HttpRequest, address: str) -> User | None:
    """The signed-in person, if the invitation was sent to them."""
    user = request.user
    return reader(request) if user.is_authenticated and user.is_active and reader(request).email == address else None


def _needs_password(invitation: Invitation) -> bool:
    """Twin of the refusal in `admit_invited_person`: a mailed link never replaces a password."""
    account = find_account(invited_address(invitation.participant))
    if account is None:
        return False
    if not account.is_active or account.role != Role.CLIENT:
        return True
    return account.email_verified_at is not None and account.has_usable_password()


def _sign_in_first(invitation: Invitation) -> str:
    back = reverse("disputes-pages:own-invitation", args=[invitation.pk]) + "?reply"
    return f"{reverse('accounts-pages:sign-in')}?{urlencode({'next': back})}"


def _show(
    request: HttpRequest,
    invitation: Invitation,
    *,
    forms: dict[str, Any] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """Screen 1, with forms as they were filled in."""
    participant, given = invitation.participant, forms or {}
    invitee = _invitee(request, invited_address(participant))
    may_ask = participant.dispute.status == DisputeStatus.INVITE_SENT
    context = {
        **_frame(invitation, request),
        "invitee": invitee,
        "stranger": reader(request) if invitee is None and request.user.is_authenticated else None,
        "needs_password": invitee is None and _needs_password(invitation),
        "sign_in_first": _sign_in_first(invitation),
        "can_decline": participant.side == Side.RESPONDENT and may_ask,
        "join_form": given.get("join") or JoinForm(initial={"full_name": participant.full_name}),
        "decline_form": given.get("decline") or DeclineForm(),
        "time_form": (given.get("time") or MoreTimeForm(invitation=invitation)) if may_ask else None,
        "wish": own_wish(participant),
        "refusal": refusal,
        "statement_days": settings.DISPUTES_STATEMENT_DAYS,
    }
    return private(render(request, "disputes/invitation.html", context, status=status))


def _frame(invitation: Invitation, request: HttpRequest) -> dict[str, Any]:
    participant = invitation.participant
    return {
        "token": request.resolver_match.kwargs["token"] if request.resolver_match is not None else "",
        "invitation": invitation,
        "participant": participant,
        "dispute": participant.dispute,
        "claimant": participant.dispute.filed_by.full_name,
    }


def _show_reply(
    request: HttpRequest, form: AnswerForm, invitation: Invitation, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    had_files = bool(request.FILES)  # a browser does not keep them
    context = {**_frame(invitation, request), "form": form, "refusal": refusal, "had_files": had_files}
    return private(render(request, "disputes/invitation_reply.html", context, status=status))


def _gone(request: HttpRequest, token: str) -> HttpResponse:
    """The way back in for a party without a password; on to the case for who is signed in; for all others the link is dead."""
    try:
        back = find_return(token)
    except InvitationGoneError:
        back = None
    except SignInRequiredError:
        return private(HttpResponseRedirect(reverse("accounts-pages:sign-in")))
    if back is not None:
        return _come_back(request, back, token)
    used = Invitation.objects.select_related("participant").filter(token_digest=token_digest(token)).first()
    if used is not None and request.user.is_authenticated and used.participant.user_id == request.user.pk:
        return private(HttpResponseRedirect(reverse("disputes-pages:case", args=[used.participant.dispute_id])))
    return private(render(request, "disputes/invitation_gone.html", {"form": FreshLinkForm()}, status=410))


def _come_back(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """GET shows a button, POST opens the session and uses the link up."""
    with _as_invitee(request, invitation):
        if request.method != "POST":
            return private(render(request, "disputes/invitation_return.html", _frame(invitation, request)))
        with entry():
            back = return_by_link(token=token)
            note_page_sign_in(user=back.user, origin=origin_of(request))
        open_page_session(request, back.user)
        return private(HttpResponseRedirect(reverse("disputes-pages:case", args=[back.dispute_id])))


# --- what the small forms of screen 1 do ----------------------------------------------------------------------------------
def _join(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """In, without a statement for now."""
    participant, dispute = invitation.participant, invitation.participant.dispute
    invitee = _invitee(request, invited_address(participant))
    if invitee is not None:
        with entry():
            join_dispute(acting_user=invitee, dispute_id=dispute.pk, token=token)
        return _into_the_room(request, dispute.pk)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _show(request, invitation, forms={"join": form}, status=400)
    with entry():
        joined = accept_invitation(
            token=token,
            full_name=form.cleaned_data["full_name"],
            timezone=dispute.timezone,
            origin=origin_of(request),
            locale=reading_language(request, participant.locale),
        )
    open_page_session(request, joined.user)
    return _into_the_room(request, dispute.pk)


def _into_the_room(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Screen 3."""
    messages.success(request, _("You are in. This is the room of your case."))
    return private(HttpResponseRedirect(reverse("disputes-pages:case", args=[dispute_id])))


def _decline(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, invitation, forms={"decline": form}, status=400)
    with entry():
        decline_invitation(token=token, reason=form.cleaned_data["reason"])
    return private(render(request, "disputes/invitation_declined.html", _frame(invitation, request)))


def _more_time(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = MoreTimeForm(request.POST, invitation=invitation)
    if not form.is_valid():
        return _show(request, invitation, forms={"time": form}, status=400)
    deadline = day_deadline(form.cleaned_data["date"], invitation.participant.dispute.timezone)
    try:
        check("more-time", str(invitation.participant_id), settings.ACCORD_RATES["more_time"])
        with entry():
            ask_more_time(token=token, deadline=deadline, reason=form.cleaned_data["why"])
    except ValidationFailedError as error:
        for item in error.errors:
            form.add_error("date", item.detail)
        return _show(request, invitation, forms={"time": form}, status=400)
    except ThrottledError as error:
        form.add_error("date", error.detail)
        return _show(request, invitation, forms={"time": form}, status=429)
    return private(HttpResponseRedirect(f"{request.path}#more-time"))


def _not_me(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    with entry():
        report_wrong_person(token=token)
    return private(render(request, "disputes/invitation_not_me.html"))


ACTS: dict[str, Act] = {"join": _join, "decline": _decline, "more-time": _more_time, "not-me": _not_me}


# --- screen 2 ------------------------------------------------------------------------------------------------------------
def _answer(
    request: HttpRequest, invitation: Invitation, token: str, form: AnswerForm, invitee: User | None
) -> HttpResponse:
    is_good = form.is_valid()
    if invitee is None and _needs_password(invitation):
        return _keep_and_sign_in(request, invitation, token, form)
    if not is_good:
        return _show_reply(request, form, invitation, status=400)
    stored = _ingest(form)
    if stored is None:
        return _show_reply(request, form, invitation, status=400)
    participant = invitation.participant
    try:
        with entry():
            joined = answer_invitation(
                token=token,
                acting_user=invitee,
                full_name=form.cleaned_data.get("full_name", ""),
                timezone=participant.dispute.timezone,
                locale=reading_language(request, participant.locale),
                answer=form.answer(),
                files=stored,
                origin=origin_of(request),
            )
    except BaseException as error:
        for item in stored:
            discard_bytes(item.key)
        if isinstance(error, SignInRequiredError):
            return _keep_and_sign_in(request, invitation, token, form)
        if isinstance(error, DomainError) and not isinstance(error, InvitationGoneError):
            return _show_reply(request, form, invitation, refusal=error.detail, status=error.status)
        raise
    if invitee is None:
        open_page_session(request, joined.user)
    return _into_the_room(request, joined.dispute_id)


def _keep_and_sign_in(request: HttpRequest, invitation: Invitation, token: str, form: AnswerForm) -> HttpResponse:
    """The address has an account with a password: what was typed waits, sealed, until its owner has signed in."""
    with entry():
        keep_typed_answer(token=token, answer=form.answer())
    had_files = bool(request.FILES)
    context = {**_frame(invitation, request), "sign_in_first": _sign_in_first(invitation), "had_files": had_files}
    return private(render(request, "disputes/invitation_sign_in.html", context, status=409))


def _ingest(form: AnswerForm) -> list[Ingested] | None:
    """The files, each opened by its real parser; None when one cannot be taken, said at the field, and then none is kept."""
    stored: list[Ingested] = []
    files: list[UploadedFile[Any]] = form.cleaned_data["uploads"]
    try:
        for file in files:
            name = file.name or _("file")
            try:
                stored.append(ingest_upload(file, file_name=name, max_bytes=settings.EVIDENCE_MAX_BYTES))
            except DomainError as error:
                reason = {"name": name, "reason": error.detail}
                form.add_error("uploads", _("%(name)s was not taken: %(reason)s") % reason)
    except BaseException:
        _discard(stored)
        raise
    if form.errors:
        _discard(stored)
        return None
    return stored


def _discard(stored: list[Ingested]) -> None:
    for item in stored:
        discard_bytes(item.key)
