"""The invited person's page. Opening it changes nothing, since mail scanners open links too; its buttons do."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import SignInRequiredError
from accounts.public import Role, User, find_account, open_page_session
from disputes.enums import Side
from disputes.errors import InvitationGoneError
from disputes.models import Invitation
from disputes.selectors.notices import invitation_link, invited_address
from disputes.services.invitations import accept_invitation, decline_invitation, find_invitation, join_dispute
from disputes.web.forms import DeclineForm, JoinForm
from disputes.web.pages import as_read_by, private, reader, signed_in
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import DomainError
from kernel.links import token_digest


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """What is claimed, by whom, what happens next; join or decline."""
    try:
        invitation = find_invitation(token)
    except InvitationGoneError:
        return _gone(request, token)
    dispute = invitation.participant.dispute
    with as_read_by(invitation.participant.locale, dispute.timezone):
        if request.method != "POST":
            return _show(request, invitation)
        try:
            if request.POST.get("action") == "decline":
                return _decline(request, invitation, token)
            return _join(request, invitation, token)
        except InvitationGoneError:
            return _gone(request, token)
        except SignInRequiredError:
            return _show(request, invitation, status=409)
        except DomainError as error:
            return _show(request, invitation, refusal=error.detail, status=error.status)


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
    return HttpResponseRedirect(invitation_link(invitation).removeprefix(settings.ACCORD_BASE_URL))


def _invitee(request: HttpRequest, address: str) -> User | None:
    """The signed-in person, if the invitation was sent to them."""
    user = request.user
    return reader(request) if user.is_authenticated and user.is_active and reader(request).email == address else None


def _needs_password(account: User | None) -> bool:
    """Twin of the refusal in `admit_invited_person`: a mailed link never replaces a password."""
    if account is None:
        return False
    if not account.is_active or account.role != Role.CLIENT:
        return True
    return account.email_verified_at is not None and account.has_usable_password()


def _show(
    request: HttpRequest,
    invitation: Invitation,
    *,
    join_form: JoinForm | None = None,
    decline_form: DeclineForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    participant = invitation.participant
    address = invited_address(participant)
    invitee = _invitee(request, address)
    context = {
        "invitation": invitation,
        "participant": participant,
        "dispute": participant.dispute,
        "invitee": invitee,
        "needs_password": invitee is None and _needs_password(find_account(address)),
        "can_decline": participant.side == Side.RESPONDENT,
        "join_form": join_form or JoinForm(initial={"full_name": participant.full_name}),
        "decline_form": decline_form or DeclineForm(),
        "refusal": refusal,
        "page_language": participant.locale,
        "statement_days": settings.DISPUTES_STATEMENT_DAYS,
        "own_invitation": reverse("disputes-pages:own-invitation", args=[invitation.pk]),
    }
    return private(render(request, "disputes/invitation.html", context, status=status))


def _gone(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever came in by this link and is signed in goes on to the case; for all others the link is dead."""
    used = Invitation.objects.select_related("participant").filter(token_digest=token_digest(token)).first()
    if used is not None and request.user.is_authenticated and used.participant.user_id == request.user.pk:
        return private(HttpResponseRedirect(reverse("disputes-pages:case", args=[used.participant.dispute_id])))
    return private(render(request, "disputes/invitation_gone.html", status=410))


def _join(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    dispute = invitation.participant.dispute
    onward = HttpResponseRedirect(reverse("disputes-pages:case", args=[dispute.pk]))
    invitee = _invitee(request, invited_address(invitation.participant))
    if invitee is not None:
        with entry():
            join_dispute(acting_user=invitee, dispute_id=dispute.pk, token=token)
        return private(onward)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _show(request, invitation, join_form=form, status=400)
    with entry():
        joined = accept_invitation(
            token=token, full_name=form.cleaned_data["full_name"], timezone=dispute.timezone, origin=origin_of(request)
        )
    open_page_session(request, joined.user)
    return private(onward)


def _decline(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, invitation, decline_form=form, status=400)
    with entry():
        decline_invitation(token=token, reason=form.cleaned_data["reason"])
    context = {"invitation": invitation, "page_language": invitation.participant.locale}
    return private(render(request, "disputes/invitation_declined.html", context))
