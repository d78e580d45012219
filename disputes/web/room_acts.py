"""What one does in a case: each act is a form with an address of its own, one service, and the page again.

Without a script the browser is sent on to the page; htmx gets the part that changed. What is refused comes back with the words, the
status and everything that was typed. The same form twice does what once does.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as __
from django.views.decorators.http import require_http_methods

from accounts.public import User
from disputes.enums import ContractStatus, Decision, DisputeStatus
from disputes.models import Contract, ResolutionResponse, Truth
from disputes.selectors.access import access_dispute, access_evidence, access_resolution, truths_for
from disputes.selectors.case_files import truth_content
from disputes.selectors.case_page import Room
from disputes.selectors.terms import read_term
from disputes.services.contracts import decline_contract, sign_contract
from disputes.services.ending import (
    ask_to_end,
    consent_to_arbitration,
    end_dispute,
    escalate_dispute,
    revoke_arbitration_consent,
    take_back_ending,
    withdraw_dispute,
)
from disputes.services.evidence import withdraw_evidence
from disputes.services.invitations import Invitee, invite_another, start_dispute
from disputes.services.resolving import request_resolution
from disputes.services.responding import Answer, respond_to_resolution
from disputes.services.stating import submit_truth
from disputes.web import room_forms as forms
from disputes.web.pages import reader, signed_in
from disputes.web.room_chat import post_line
from disputes.web.room_page import Said, address, done, refuse
from disputes.web.room_uploads import put_on_record
from esign.public import prepare_signature_image
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import ConflictError, DomainError, NotFoundError, ValidationFailedError
from kernel.ratelimit import check

Words = str | Promise


@dataclass(frozen=True)
class Asked:
    """One act: who asks for what, with the form filled in rightly."""

    request: HttpRequest
    user: User
    dispute_id: UUID
    given: Mapping[str, Any]
    ids: Mapping[str, UUID]

    @property
    def to(self) -> dict[str, Any]:
        """Whose act it is, and on which dispute."""
        return {"acting_user": self.user, "dispute_id": self.dispute_id}


Run = Callable[[Asked], Words]
MakeForm = Callable[[HttpRequest, Room, Mapping[str, UUID]], forms.RoomForm]


def _plain(form_class: type[forms.RoomForm]) -> MakeForm:
    return lambda request, room, ids: form_class(request.POST)


def _is_never(room: Room, asked: Asked) -> bool:
    return False


def act(
    part: str,
    action: str,
    run: Run,
    *,
    make_form: MakeForm | None = None,
    is_done_already: Callable[[Room, Asked], bool] = _is_never,
    rate: str = "",
) -> Callable[..., HttpResponse]:
    """The view of one act. Opened instead of sent, its address leads to the page.

    `is_done_already` tells of a conflict whether it is only that the same form came twice; `rate` names a limit that the API has too.
    """

    @require_http_methods(["GET", "HEAD", "POST"])
    @signed_in
    def view(request: HttpRequest, dispute_id: UUID, **ids: UUID) -> HttpResponse:
        user = reader(request)
        room = Room(access_dispute(user, dispute_id))
        if request.method != "POST":
            return HttpResponseRedirect(address(dispute_id, part))
        form: forms.RoomForm | None = None
        asked = Asked(request, user, dispute_id, {}, ids)
        try:
            if rate:
                check(rate, str(user.pk), settings.ACCORD_RATES[rate])
            form = make_form(request, room, ids) if make_form is not None else None
            access_dispute(user, dispute_id, action)
            if form is not None and not form.is_valid():
                return refuse(request, dispute_id, _said(part, form), status=400)
            asked = Asked(request, user, dispute_id, form.cleaned_data if form is not None else {}, ids)
            return done(request, dispute_id, part, str(run(asked)))
        except NotFoundError:
            raise
        except DomainError as error:
            again = Room(access_dispute(user, dispute_id))
            if isinstance(error, ConflictError) and is_done_already(again, asked):
                return done(request, dispute_id, part, "")
            return _refused(request, dispute_id, part, form, error)

    return view


def _said(part: str, form: forms.RoomForm | None, refusal: str = "") -> Said:
    return Said(part=part, refusal=refusal, forms={form.name: form} if form is not None else {})


def _refused(
    request: HttpRequest, dispute_id: UUID, part: str, form: forms.RoomForm | None, error: DomainError
) -> HttpResponse:
    """The refusal in words, at its field where it names one."""
    refusal = error.detail
    if isinstance(error, ValidationFailedError) and form is not None and form.is_bound:
        refusal = ""
        for item in error.errors:
            name = item.pointer.strip("/").partition("/")[0]
            form.add_error(name if name in form.fields else None, ValidationError(item.detail, code=item.code))
    response = refuse(request, dispute_id, _said(part, form, refusal), status=error.status)
    for header, value in error.headers.items():
        response[header] = value
    return response


# --- statements -------------------------------------------------------------------------------------------------------
def _state(asked: Asked) -> Words:
    content = asked.given["content"]
    with entry():
        access = access_dispute(asked.user, asked.dispute_id, "submit_truth", lock=True)
        if access.standing.participant is not None and _newest_statement(access.participant.pk) == content:
            return __("Your statement is in.")  # the same form twice
        truth = submit_truth(**asked.to, content=content)
    return __("Your addendum is in.") if truth.is_addendum else __("Your statement is in.")


def _newest_statement(participant_id: UUID) -> str | None:
    newest = Truth.objects.filter(participant_id=participant_id).order_by("-submitted_at", "-id").first()
    return truth_content(newest) if newest is not None else None


def _has_stated_this(room: Room, asked: Asked) -> bool:
    """The last statement discloses all; its second sending may then be too late."""
    own = room.own
    if own is None or "content" not in asked.given:
        return False
    mine = truths_for(room.access).filter(participant=own).order_by("-submitted_at", "-id").first()
    return mine is not None and truth_content(mine) == asked.given["content"]


state = act(
    "statements", "submit_truth", _state, make_form=_plain(forms.StatementForm), is_done_already=_has_stated_this
)


# --- evidence ---------------------------------------------------------------------------------------------------------
def _add_evidence(asked: Asked) -> Words:
    refused = put_on_record(
        asked.user,
        asked.dispute_id,
        files=asked.given["file"],
        text=asked.given["text"],
        description=asked.given["description"],
    )
    if refused:
        raise ValidationFailedError(errors=refused)
    return __("Added to the evidence.")


add_evidence = act(
    "evidence",
    "add_evidence",
    _add_evidence,
    make_form=lambda request, room, ids: forms.EvidenceForm(request.POST, request.FILES),
)


def _withdraw_evidence(asked: Asked) -> Words:
    with entry():
        withdraw_evidence(**asked.to, evidence_id=asked.ids["evidence_id"])
    return __("Withdrawn. It stays listed, and nobody relies on it any more.")


def _is_there(request: HttpRequest, room: Room, ids: Mapping[str, UUID]) -> forms.RoomForm:
    access_evidence(room.access, ids["evidence_id"])
    return forms.RoomForm(request.POST)


withdraw_piece = act("evidence", "add_evidence", _withdraw_evidence, make_form=_is_there)


# --- chat ---------------------------------------------------------------------------------------------------------------
def _post(asked: Asked) -> Words:
    room = Room(access_dispute(asked.user, asked.dispute_id))
    post_line(
        room,
        asked.user,
        key=asked.request.POST.get("room", ""),
        content=asked.given["content"],
        client_id=asked.given["client_id"] or None,
        ask_mediator=asked.given["ask_mediator"],
    )
    return ""


_post_view = act("chat", "post_message", _post, make_form=_plain(forms.MessageForm))


def post_message(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """A line by form; the page comes back with the same room open."""
    response = _post_view(request, dispute_id=dispute_id)
    key = request.POST.get("room", "")
    if response.status_code == 302 and key and response["Location"] == address(dispute_id, "chat"):
        response["Location"] = address(dispute_id, "chat", room=key)
    return response


# --- the proposal -------------------------------------------------------------------------------------------------------
def _ask_for_proposal(asked: Asked) -> Words:
    with entry():
        route = request_resolution(**asked.to)
    if route.resolution is None:
        return __("The rounds are used up; a human mediator has been asked to take the case.")
    return ""


def _has_proposal(room: Room, asked: Asked) -> bool:
    return room.open_proposal is not None or room.drafting is not None


resolve = act("proposal", "resolve", _ask_for_proposal, is_done_already=_has_proposal)


def _answer(asked: Asked, answer: Answer) -> None:
    with entry():
        respond_to_resolution(**asked.to, resolution_id=asked.ids["resolution_id"], answer=answer)


def _has_answered(decision: Decision) -> Callable[[Room, Asked], bool]:
    def is_given(room: Room, asked: Asked) -> bool:
        return (
            room.own is not None
            and ResolutionResponse.objects.filter(
                resolution_id=asked.ids["resolution_id"], participant=room.own, decision=decision
            ).exists()
        )

    return is_given


def _accept(asked: Asked) -> Words:
    _answer(asked, Answer(Decision.ACCEPT, comment=asked.given["comment"]))
    return __("You have accepted the proposal.")


def _reject(asked: Asked) -> Words:
    _answer(asked, Answer(Decision.REJECT, comment=asked.given["comment"]))
    return __("You have rejected the proposal. Mediation goes on.")


def _counter(asked: Asked) -> Words:
    given = asked.given
    answer = Answer(
        Decision.COUNTER,
        comment=given["comment"],
        terms=given.get("terms") if given["how"] == "terms" else None,
        instalments=given["instalments"] if given["how"] == "instalments" else None,
    )
    _answer(asked, answer)
    return __("Your counter-proposal is with the others. Mediation goes on.")


def _of_resolution(form_class: type[forms.RoomForm]) -> MakeForm:
    def make(request: HttpRequest, room: Room, ids: Mapping[str, UUID]) -> forms.RoomForm:
        access_resolution(room.access, ids["resolution_id"])
        return form_class(request.POST)

    return make


def _counter_form(request: HttpRequest, room: Room, ids: Mapping[str, UUID]) -> forms.RoomForm:
    resolution = access_resolution(room.access, ids["resolution_id"])
    return forms.CounterForm(request.POST, terms=[read_term(term) for term in resolution.terms])


accept = act(
    "proposal",
    "respond",
    _accept,
    make_form=_of_resolution(forms.AcceptForm),
    is_done_already=_has_answered(Decision.ACCEPT),
)
reject = act(
    "proposal",
    "respond",
    _reject,
    make_form=_of_resolution(forms.RejectForm),
    is_done_already=_has_answered(Decision.REJECT),
)
counter = act("proposal", "respond", _counter, make_form=_counter_form, is_done_already=_has_answered(Decision.COUNTER))


# --- the case as a whole --------------------------------------------------------------------------------------------------
def _escalate(asked: Asked) -> Words:
    with entry():
        dispute = escalate_dispute(**asked.to, reason=asked.given["reason"])
    if dispute.status == DisputeStatus.ARBITRATING:
        return __("Everybody consented: arbitration has begun.")
    return __("A human mediator has been asked for.")


def _consent(asked: Asked) -> Words:
    with entry():
        consent_to_arbitration(**asked.to)
    return __("Your consent to arbitration is recorded.")


def _revoke_consent(asked: Asked) -> Words:
    with entry():
        revoke_arbitration_consent(**asked.to)
    return __("Your consent to arbitration is taken back.")


def _end(asked: Asked) -> Words:
    """A party asks for the end; the mediator ends it."""
    is_party = access_dispute(asked.user, asked.dispute_id).standing.is_party
    with entry():
        dispute = (ask_to_end if is_party else end_dispute)(**asked.to, reason=asked.given["reason"])
    return __("The case is closed.") if dispute.is_final else __("The others see that you would like to end the case.")


def _take_back_end(asked: Asked) -> Words:
    with entry():
        take_back_ending(**asked.to)
    return __("The case goes on: you no longer ask to end it.")


def _withdraw(asked: Asked) -> Words:
    with entry():
        withdraw_dispute(**asked.to, reason=asked.given["reason"])
    return __("The case is withdrawn.")


def _start(asked: Asked) -> Words:
    with entry():
        start_dispute(**asked.to)
    return __("The case has begun: everybody now gives their statement.")


def _invite(asked: Asked) -> Words:
    given = asked.given
    with entry():
        invite_another(**asked.to, invitee=Invitee(given["email"], full_name=given["full_name"], side=given["side"]))
    return __("The invitation is on its way.")


def _has_status(status: DisputeStatus) -> Callable[[Room, Asked], bool]:
    return lambda room, asked: room.dispute.status == status


def end(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Asked for by a party, done by the mediator: the table has a name for each."""
    with suppress(NotFoundError):
        if request.user.is_authenticated and access_dispute(reader(request), dispute_id).standing.is_party:
            return _ask_to_end(request, dispute_id=dispute_id)
    return _end_it(request, dispute_id=dispute_id)


escalate = act("proposal", "escalate", _escalate, make_form=_plain(forms.EscalateForm))
consent = act("proposal", "consent_to_arbitration", _consent, make_form=_plain(forms.ConsentForm))
revoke_consent = act("proposal", "consent_to_arbitration", _revoke_consent)
_ask_to_end = act(
    "proposal", "ask_to_end", _end, make_form=_plain(forms.EndForm), is_done_already=_has_status(DisputeStatus.CLOSED)
)
_end_it = act(
    "proposal", "end", _end, make_form=_plain(forms.EndForm), is_done_already=_has_status(DisputeStatus.CLOSED)
)
take_back_end = act("proposal", "ask_to_end", _take_back_end)
withdraw = act(
    "proposal",
    "withdraw",
    _withdraw,
    make_form=_plain(forms.WithdrawForm),
    is_done_already=_has_status(DisputeStatus.WITHDRAWN),
)
start = act("people", "start", _start, is_done_already=_has_status(DisputeStatus.STATING))
invite = act("people", "invite", _invite, make_form=_plain(forms.InviteForm))


# --- the contract -----------------------------------------------------------------------------------------------------------
def _sign(asked: Asked) -> Words:
    given = asked.given
    image = prepare_signature_image(given["signature_image"] or None)  # in the killable child, before the transaction
    with entry():
        sign_contract(
            **asked.to,
            full_name=given["full_name"],
            consent=given["consent"],
            signature_image=image,
            checksum=given["checksum"],
            origin=origin_of(asked.request),
        )
    return __("You have signed the contract.")


def _has_signed(room: Room, asked: Asked) -> bool:
    return room.me in room.signed


def _decline_contract(asked: Asked) -> Words:
    with entry():
        decline_contract(**asked.to, reason=asked.given["reason"])
    return __("You have declined to sign. The contract is void, and mediation goes on.")


def _is_void(room: Room, asked: Asked) -> bool:
    newest = Contract.objects.filter(dispute=room.dispute).order_by("-created_at").first()
    return newest is not None and newest.status == ContractStatus.VOIDED


sign = act(
    "contract",
    "sign_contract",
    _sign,
    make_form=_plain(forms.SignForm),
    is_done_already=_has_signed,
    rate="sign",
)
decline_signing = act(
    "contract",
    "decline_contract",
    _decline_contract,
    make_form=_plain(forms.DeclineContractForm),
    is_done_already=_is_void,
)
