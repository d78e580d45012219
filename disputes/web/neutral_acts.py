"""What the neutral does in the room: a mediator's own proposal; the arbitrator's draft, and the award that a person signs."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as __

from disputes.enums import DisputeStatus
from disputes.selectors.access import access_resolution
from disputes.selectors.award_drafts import own_award_draft
from disputes.selectors.case_file import ResolutionDraft
from disputes.selectors.case_page import Room
from disputes.services.awards import request_award_draft
from disputes.services.ending import decide_dispute
from disputes.services.resolving import propose_by_mediator
from disputes.web.neutral_forms import award_form, proposal_form
from disputes.web.pages import reader
from disputes.web.room_acts import Asked, Words, act
from disputes.web.room_forms import RoomForm
from kernel.entry import entry

Ids = Mapping[str, UUID]


def _given_id(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None


# --- the mediator's proposal --------------------------------------------------------------------------------------------
def _proposal_form(request: HttpRequest, room: Room, ids: Ids) -> RoomForm:
    base = _given_id(request, "base")
    return proposal_form(room, request.POST, base=access_resolution(room.access, base) if base is not None else None)


def _propose(asked: Asked) -> Words:
    given = asked.given
    draft = ResolutionDraft(
        summary=given["summary"],
        agreed_facts=(),
        disputed_facts=(),
        terms=given["terms"],
        reasoning=given["reasoning"],
        citations=(),
        model="",
        prompt_version="",
    )
    with entry():
        propose_by_mediator(**asked.to, draft=draft)
    return __("Your proposal is with the parties. Each accepts it or not.")


def _is_proposed(room: Room, asked: Asked) -> bool:
    proposal = room.open_proposal
    return proposal is not None and proposal.summary == asked.request.POST.get("summary", "").strip()


propose = act("proposal", "propose", _propose, make_form=_proposal_form, is_done_already=_is_proposed)


# --- the arbitrator's award ---------------------------------------------------------------------------------------------
def _ask_for_draft(asked: Asked) -> Words:
    with entry():
        request_award_draft(**asked.to)
    return ""


def _award_form(request: HttpRequest, room: Room, ids: Ids) -> RoomForm:
    draft_id = _given_id(request, "draft")
    draft = own_award_draft(room.access, draft_id) if draft_id is not None else None
    return award_form(room, reader(request), request.POST, draft=draft)


def _decide(asked: Asked) -> Words:
    given = asked.given
    with entry():
        decide_dispute(
            **asked.to,
            terms=given["terms"],
            reasoning=given["reasoning"],
            draft_id=given["draft"],
            keep_sources=bool(given.get("keep_sources")),
        )
    return __("You have signed the award. The parties are told.")


def _is_decided(room: Room, asked: Asked) -> bool:
    return room.dispute.status not in (DisputeStatus.ARBITRATING, DisputeStatus.WITHDRAWN) and any(
        item.decided_by_id == room.me for item in room.resolutions
    )


ask_for_draft = act("proposal", "draft_award", _ask_for_draft)
decide = act("proposal", "decide", _decide, make_form=_award_form, is_done_already=_is_decided)
