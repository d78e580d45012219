"""The neutral's forms as they stand on the page: whom they name, what they begin with."""

from typing import Any

from accounts.public import User
from disputes.models import Resolution
from disputes.selectors.award_drafts import AwardDraftShown
from disputes.selectors.case_page import Room
from disputes.selectors.terms import read_term
from disputes.web.terms_forms import AwardForm, ProposalForm


def _case(room: Room) -> dict[str, Any]:
    return {
        "parties": [(item.user_id, room.name_of(item)) for item in room.active if item.user_id is not None],
        "currency": room.dispute.currency,
    }


def proposal_form(room: Room, *data: Any, base: Resolution | None) -> ProposalForm:
    """The mediator's proposal; it begins with the terms of `base`, the last round."""
    terms = [read_term(term) for term in base.terms] if base is not None else []
    return ProposalForm(*data, **_case(room), terms=terms, initial={"base": base.pk if base is not None else None})


def award_form(room: Room, signer: User, *data: Any, draft: AwardDraftShown | None) -> AwardForm:
    """The arbitrator's award; it begins with the words of `draft`."""
    initial = {"draft": draft.id, "reasoning": draft.reasoning} if draft is not None else {}
    return AwardForm(
        *data,
        **_case(room),
        terms=draft.terms if draft is not None else (),
        signer=signer.full_name,
        is_drafted=draft is not None,
        initial=initial,
    )
