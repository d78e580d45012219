"""What one does in the mediation protocol: answer one's own summary, rank candidates, bid, let the mediator use a line."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as __

from disputes.enums import UnderstandingDecision, UnderstandingStatus
from disputes.models import Ranking
from disputes.selectors.access import access_resolution
from disputes.selectors.case_page import Room
from disputes.selectors.room_mediation import bidding_part, ranked_ids, understanding_part
from disputes.services.bidding import place_bid
from disputes.services.bidding_direction import answer_direction, suggest_direction
from disputes.services.caucus import permit_line, take_permission_back
from disputes.services.ranking import rank_candidates
from disputes.services.understanding import answer_understanding
from disputes.web import mediation_forms as forms
from disputes.web.room_acts import Asked, Words, act
from disputes.web.room_forms import RoomForm
from disputes.web.room_page import address
from kernel.entry import entry

Ids = Mapping[str, UUID]


# --- one's own summary ------------------------------------------------------------------------------------------------
def _confirm(asked: Asked) -> Words:
    with entry():
        answer_understanding(**asked.to, decision=UnderstandingDecision.CONFIRM)
    return __("Thank you. The mediator goes on from this.")


def _correct(asked: Asked) -> Words:
    with entry():
        answer_understanding(**asked.to, decision=UnderstandingDecision.CORRECT, correction=asked.given["correction"])
    return __("Thank you. The mediator goes on from what you have put right.")


def _has_confirmed(room: Room, asked: Asked) -> bool:
    part = understanding_part(room)
    return part is not None and part.status == UnderstandingStatus.CONFIRMED


def _has_corrected(room: Room, asked: Asked) -> bool:
    part = understanding_part(room)
    return (
        part is not None
        and part.status == UnderstandingStatus.CORRECTED
        and part.correction == asked.given.get("correction")
    )


confirm_understanding = act("understanding", "answer_understanding", _confirm, is_done_already=_has_confirmed)
correct_understanding = act(
    "understanding",
    "answer_understanding",
    _correct,
    make_form=lambda request, room, ids: forms.CorrectForm(request.POST),
    is_done_already=_has_corrected,
)


# --- candidates -------------------------------------------------------------------------------------------------------
def _ranking_form(request: HttpRequest, room: Room, ids: Ids) -> RoomForm:
    resolution = access_resolution(room.access, ids["resolution_id"])
    return forms.RankingForm(request.POST, candidates=ranked_ids(resolution, room))


def _rank(asked: Asked) -> Words:
    with entry():
        rank_candidates(**asked.to, resolution_id=asked.ids["resolution_id"], order=asked.given["order"])
    return __("Your ranking is in. Nobody else sees it.")


def _has_ranked(room: Room, asked: Asked) -> bool:
    """The last ranking chooses: its second sending finds the round moved on."""
    own = room.own
    if own is None:
        return False
    return Ranking.objects.filter(resolution_id=asked.ids["resolution_id"], participant=own).exists()


rank = act("proposal", "rank", _rank, make_form=_ranking_form, is_done_already=_has_ranked)


# --- secret bids ------------------------------------------------------------------------------------------------------
def _bid_form(request: HttpRequest, room: Room, ids: Ids) -> RoomForm:
    bidding = bidding_part(room)
    return forms.BidForm(request.POST, currency=room.dispute.currency, pays=bidding is not None and bidding.pays)


def _bid(asked: Asked) -> Words:
    with entry():
        bidding = place_bid(**asked.to, amount=asked.given["amount"], payer_id=asked.given["payer"])
    return {
        "settled": __("Your bids met: the middle between them is now a proposal that you both still accept or not."),
        "closed": __("The bids did not meet. Both are deleted; nobody has seen them."),
    }.get(bidding.status, __("Your bid is in, sealed. You can change it until the other side has bid."))


bid = act("proposal", "bid", _bid, make_form=_bid_form)


def _suggest(asked: Asked) -> Words:
    with entry():
        suggest_direction(**asked.to, payer_id=asked.given["payer"])
    return ""


def _agree(asked: Asked) -> Words:
    with entry():
        answer_direction(**asked.to, is_agreed=True)
    return __("You both agree on who pays. Bids that were placed before are deleted.")


def _refuse(asked: Asked) -> Words:
    with entry():
        answer_direction(**asked.to, is_agreed=False)
    return __("Who pays stays as it was.")


suggest_payer = act("proposal", "bid", _suggest, make_form=lambda request, room, ids: forms.DirectionForm(request.POST))
agree_on_payer = act("proposal", "bid", _agree)
refuse_payer = act("proposal", "bid", _refuse)


# --- what the mediator may use of a caucus ----------------------------------------------------------------------------
def _permit(asked: Asked) -> Words:
    with entry():
        permit_line(**asked.to, message_id=asked.ids["message_id"])
    return ""


def _take_back(asked: Asked) -> Words:
    with entry():
        take_permission_back(**asked.to, message_id=asked.ids["message_id"])
    return ""


_permit_view = act("chat", "post_message", _permit)
_take_back_view = act("chat", "post_message", _take_back)


def permit(request: HttpRequest, dispute_id: UUID, message_id: UUID) -> HttpResponse:
    """Without a script: the page comes back with the caucus open."""
    return _back_to_caucus(_permit_view(request, dispute_id=dispute_id, message_id=message_id), dispute_id)


def take_back(request: HttpRequest, dispute_id: UUID, message_id: UUID) -> HttpResponse:
    """The same for taking it back."""
    return _back_to_caucus(_take_back_view(request, dispute_id=dispute_id, message_id=message_id), dispute_id)


def _back_to_caucus(response: HttpResponse, dispute_id: UUID) -> HttpResponse:
    if response.status_code == 302 and response["Location"] == address(dispute_id, "chat"):
        response["Location"] = address(dispute_id, "chat", room="mediator")
    return response
