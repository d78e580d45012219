"""What a reader of a case does next, or waits for."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from disputes.enums import DisputeStatus
from disputes.selectors.case_page import Room
from disputes.selectors.room_mediation import is_waiting_for_understandings, ranking_part, understanding_part

S = DisputeStatus


@dataclass(frozen=True)
class Step:
    """What the reader does next; `anchor` is the part of the page where, `label` the words of the button there."""

    text: str
    anchor: str = ""
    label: str = ""


def next_step(room: Room) -> Step:
    """The one thing that the reader does next, or what they wait for."""
    if not room.standing.is_party:
        return _neutral_step(room) or Step(_staff_step(room))
    dispute = room.dispute
    has_stated = room.own is not None and room.own.stated_at is not None
    match dispute.status:
        case S.STATING if not has_stated:
            return Step(
                _("Give your statement: what happened, what you ask for, what you would accept."),
                "statements",
                _("Write my statement"),
            )
        case S.STATING:
            return Step(_("Your statement is in. You will read the others' when all are in or the time is over."))
        case S.INVITE_SENT if not has_stated and "claimant" in room.standing.parts:
            return Step(
                _("Nothing is needed now. You can already write your statement and put evidence on record."),
                "statements",
                _("Write my statement"),
            )
        case S.MEDIATING:
            return _mediation_step(room)
        case S.PROPOSED if not room.has_answered:
            return Step(
                _("Read the proposal below. Accept it, reject it, or answer with other terms."),
                "proposal",
                _("Read and answer the proposal"),
            )
        case S.PROPOSED:
            return Step(_("You have answered. The others' answers are awaited."))
        case S.SIGNING if room.may_sign:
            return Step(_("Read the contract and sign it."), "contract", _("Read and sign the contract"))
        case S.SIGNING if room.is_sealing:
            return Step(_("Everybody has signed. The contract is being sealed."))
        case S.SIGNING:
            return Step(_("You have signed. The others' signatures are awaited."))
        case S.EXECUTED:
            return Step(
                _("Keep the sealed contract. Anybody can check it with us at any time."),
                "contract",
                _("To the sealed contract"),
            )
    return Step(_("Nothing is needed from you now."))


def _mediation_step(room: Room) -> Step:
    dispute = room.dispute
    if dispute.consent_deadline is not None:
        return Step(
            _(
                "The rounds are used up. Unless all parties consent to arbitration in time, or a mediator is appointed, "
                "the case is closed without an agreement."
            ),
            "proposal",
            _("See what is possible"),
        )
    if room.drafting is not None:
        return _ranking_step(room)
    understood = understanding_part(room)
    if understood is not None and understood.may_answer and understood.summary:
        return Step(
            _("Read how the mediator understands you, and say whether it is right."),
            "understanding",
            _("Read and answer"),
        )
    if dispute.escalated_at is not None and not room.neutrals:
        return Step(_("A human mediator was asked for and will be appointed."))
    if is_waiting_for_understandings(room):
        return Step(_("The mediator makes sure that it understands everybody. Then a proposal can be asked for."))
    return Step(
        _("Talk to the others or to the mediator alone, and ask for a proposal when you are ready."),
        "proposal",
        _("Ask for a proposal"),
    )


def _ranking_step(room: Room) -> Step:
    ranking = ranking_part(room)
    if ranking is None:
        return Step(_("A proposal is being drafted. It appears here by itself."))
    if ranking.may_rank:
        return Step(
            _("Several proposals are there. Put them in your order; nobody else sees it."), "proposal", _("Rank")
        )
    return Step(_("Your ranking is in. The others' are awaited."))


def _neutral_step(room: Room) -> Step | None:
    if room.may("decide"):
        return Step(
            _(
                "The parties wait for your award. Read the record, let the AI draft if you like, and sign what you decide."
            ),
            "proposal",
            _("To the award"),
        )
    if room.may("propose"):
        return Step(
            _("You mediate this case. Talk with each party, and make a proposal of your own when the time has come."),
            "proposal",
            _("To the proposal"),
        )
    return None


def _staff_step(room: Room) -> str:
    dispute = room.dispute
    if dispute.status == S.CONTRACTING and "counsel" in room.standing.parts:
        return _("If the contract waits for review, approve or return it in the back-office.")
    if dispute.escalated_at is not None and not dispute.is_final:
        return _("This case waits for a human mediator.")
    return _("Nothing is needed from you now.")
