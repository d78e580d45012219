"""Putting a case's page together: its parts, each with a template and what it shows, whole or one at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.public import User
from disputes.enums import AwardDraftStatus, DisputeStatus
from disputes.selectors.access import access_dispute
from disputes.selectors.award_drafts import newest_award_draft
from disputes.selectors.back_office import is_back_office
from disputes.selectors.case_page import Room, party_lines, state_in_words
from disputes.selectors.deadlines import deadline_panel
from disputes.selectors.next_step import next_step
from disputes.selectors.room_contract import contract_part
from disputes.selectors.room_mediation import (
    bidding_part,
    is_waiting_for_understandings,
    ranking_part,
    understanding_part,
)
from disputes.selectors.room_proposal import settlement, source_lines
from disputes.selectors.room_record import evidence_lines, statements
from disputes.selectors.terms import read_term
from disputes.web import mediation_forms
from disputes.web import room_forms as forms
from disputes.web.neutral_forms import award_form, proposal_form
from disputes.web.pages import reader
from disputes.web.room_chat import chat_of
from disputes.web.room_forms import RoomForm
from esign.public import consent_text
from kernel.ids import new_id

Context = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What the page has to say about the last act: a refusal, or that it is done. `forms` are shown again as they were filled in."""

    part: str = ""
    refusal: str = ""
    done: str = ""
    forms: Mapping[str, RoomForm] = field(default_factory=dict)


NOTHING = Said()


def _head(room: Room, user: User, said: Said) -> Context:
    return {"state": state_in_words(room.dispute), "step": next_step(room)}


def _deadline(room: Room, user: User, said: Said) -> Context:
    return {"panel": deadline_panel(room.access)}


def _people(room: Room, user: User, said: Said) -> Context:
    return {
        "people": party_lines(room),
        "may_start": room.may("start") and any(item.side == "respondent" for item in room.active),
        "may_invite": room.may("invite"),
        "invite_form": said.forms.get("invite") or forms.InviteForm(),
    }


def _statements(room: Room, user: User, said: Said) -> Context:
    return {"record": statements(room), "statement_form": said.forms.get("statement") or forms.StatementForm()}


def _evidence(room: Room, user: User, said: Said) -> Context:
    return {
        "evidence": evidence_lines(room),
        "may_add": room.may("add_evidence"),
        "is_disclosed": room.dispute.disclosed_at is not None,
        "is_answer_awaited": room.dispute.status == DisputeStatus.PROPOSED,
        "evidence_form": said.forms.get("evidence") or forms.EvidenceForm(),
    }


def _understanding(room: Room, user: User, said: Said) -> Context:
    return {
        "understood": understanding_part(room),
        "correct_form": said.forms.get("correct") or mediation_forms.CorrectForm(),
        "opened": next((name for name in said.forms), ""),
    }


def _ranked(room: Room, said: Said) -> Context:
    """The candidates, each with the field for its place."""
    ranking = ranking_part(room)
    if ranking is None:
        return {"ranking": None}
    if not ranking.may_rank:
        return {"ranking": ranking, "ranked": [(each, None) for each in ranking.candidates]}
    form = said.forms.get("ranking")
    if not isinstance(form, mediation_forms.RankingForm):
        form = mediation_forms.RankingForm(candidates=tuple(each.id for each in ranking.candidates))
    ranked = [(each, form.field_of(each.id)) for each in ranking.candidates]
    return {"ranking": ranking, "ranked": ranked, "ranking_form": form}


def _bidding(room: Room, said: Said) -> Context:
    bidding = bidding_part(room)
    if bidding is None:
        return {"bidding": None}
    form = said.forms.get("bid") or mediation_forms.BidForm(
        currency=bidding.currency, pays=bidding.pays, initial={"payer": bidding.payer_id}
    )
    return {"bidding": bidding, "bid_form": form}


def _neutral(room: Room, user: User, said: Said) -> Context:
    """What the case's neutral may write: the mediator a proposal, the arbitrator the award."""
    if room.may("propose"):
        base = room.shown_rounds[0] if room.shown_rounds else None
        return {"propose_form": said.forms.get("propose") or proposal_form(room, base=base)}
    if room.may("decide"):
        draft = newest_award_draft(room.access)
        ready = draft if draft is not None and draft.status == AwardDraftStatus.READY else None
        return {
            "may_decide": True,
            "award_draft": draft,
            "award_sources": list(source_lines(ready.citations)) if ready is not None else [],
            "award_form": said.forms.get("award") or award_form(room, user, draft=ready),
        }
    return {"may_decide": False}


def _proposal(room: Room, user: User, said: Said) -> Context:
    deal = settlement(room)
    proposal = room.open_proposal
    context: Context = {
        "deal": deal,
        **_ranked(room, said),
        **_bidding(room, said),
        **_neutral(room, user, said),
        "is_understanding_awaited": is_waiting_for_understandings(room),
        "accept_form": said.forms.get("accept") or forms.AcceptForm(),
        "reject_form": said.forms.get("reject") or forms.RejectForm(),
        "escalate_form": said.forms.get("escalate") or forms.EscalateForm(),
        "consent_form": said.forms.get("consent") or forms.ConsentForm(),
        "end_form": said.forms.get("end") or forms.EndForm(),
        "withdraw_form": said.forms.get("withdraw") or forms.WithdrawForm(),
        "opened": next((name for name in said.forms), ""),
    }
    if deal.may_answer and proposal is not None:
        terms = [read_term(term) for term in proposal.terms]
        context["counter_form"] = said.forms.get("counter") or forms.CounterForm(terms=terms)
    return context


def _contract(room: Room, user: User, said: Said) -> Context:
    part = contract_part(room)
    if part is None:
        return {"contract": None}
    return {
        "contract": part,
        "consent": consent_text(user.locale)[1],
        "sign_form": said.forms.get("sign")
        or forms.SignForm(initial={"full_name": user.full_name, "checksum": part.checksum}),
        "decline_form": said.forms.get("decline") or forms.DeclineContractForm(),
        "opened": next((name for name in said.forms), ""),
    }


def _history(room: Room, user: User, said: Said) -> Context:
    return {"timeline": room.timeline}


PARTS: dict[str, Callable[[Room, User, Said], Context]] = {
    "head": _head,
    "deadline": _deadline,
    "people": _people,
    "statements": _statements,
    "evidence": _evidence,
    "understanding": _understanding,
    "proposal": _proposal,
    "contract": _contract,
    "history": _history,
}


def shared(room: Room, user: User, said: Said) -> Context:
    """What every part's template may ask for."""
    return {
        "room": room,
        "dispute": room.dispute,
        "reader": user,
        "said": said,
        "is_staff_member": is_back_office(user),
        "is_party": room.standing.is_party,
    }


def show_part(request: HttpRequest, room: Room, name: str, said: Said = NOTHING, *, status: int = 200) -> HttpResponse:
    """One part by itself, to take the place of the one on the page."""
    user = reader(request)
    context = {**shared(room, user, said), **PARTS[name](room, user, said)}
    return render(request, f"disputes/room/{name}.html", context, status=status)


def show_page(request: HttpRequest, room: Room, said: Said = NOTHING, *, status: int = 200) -> HttpResponse:
    """The whole page. Raises NotFoundError, and ValidationFailedError for a `before` that we did not give."""
    user = reader(request)
    context = shared(room, user, said)
    for build in PARTS.values():
        context.update(build(room, user, said))
    asked = request.GET if request.method != "POST" else {}
    key = request.POST.get("room", "") if request.method == "POST" else asked.get("room", "")
    context["chat"] = chat_of(room, user, key=key, before=asked.get("before", ""))
    context["may_write"] = room.may("post_message")
    context["message_form"] = said.forms.get("message") or forms.MessageForm(initial={"client_id": str(new_id())})
    return render(request, "disputes/case.html", context, status=status)


def address(dispute_id: UUID, part: str = "", *, room: str = "") -> str:
    """The address of a case's page, at one of its parts, with one of its chat rooms open."""
    query = f"?room={room}" if room else ""
    return reverse("disputes-pages:case", args=[dispute_id]) + query + (f"#{part}" if part else "")


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, which puts one part in its place."""
    return request.headers.get("HX-Request") == "true"


def refuse(request: HttpRequest, dispute_id: UUID, said: Said, *, status: int) -> HttpResponse:
    """The page, or the part, again with what was wrong and what was typed."""
    room = Room(access_dispute(reader(request), dispute_id))
    if is_fragment(request):
        return show_part(request, room, said.part, said, status=status)
    return show_page(request, room, said, status=status)


def done(request: HttpRequest, dispute_id: UUID, part: str, words: str) -> HttpResponse:
    """It is done: the part as it is now, or on to the page at that part."""
    if is_fragment(request):
        room = Room(access_dispute(reader(request), dispute_id))
        response = show_part(request, room, part, Said(part=part, done=words))
        response["HX-Trigger"] = "accord:acted"
        return response
    if words:
        messages.success(request, words)
    return HttpResponseRedirect(address(dispute_id, part))
