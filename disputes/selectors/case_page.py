"""Everything a page about one case says, as its reader may know it: the state in words, who, until when, what next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from disputes.enums import ContractStatus, DisputeStatus, ParticipantStatus, ResolutionStatus, Side
from disputes.models import Contract, Dispute, Participant, Resolution
from disputes.rules import Standing, can_read_review
from disputes.selectors.access import CaseAccess
from disputes.selectors.chronicle import Happening, chronicle
from disputes.selectors.notices import signatures_of

S = DisputeStatus

STATE: Mapping[str, str | Promise] = {
    S.INVITE_SENT: __("Waiting for the invited to answer."),
    S.LAPSED: __("Ended: nobody answered the invitation."),
    S.STATING: __("Each side gives its statement. Nobody reads another's before all are in or the time is over."),
    S.WITHDRAWN: __("Ended: the case was withdrawn."),
    S.MEDIATING: __("In mediation: a proposal is being looked for."),
    S.PROPOSED: __("A proposal is on the table. It holds if everybody accepts it."),
    S.ARBITRATING: __("In arbitration: the arbitrator decides."),
    S.AGREED: __("Everybody accepted the proposal."),
    S.DECIDED: __("The arbitrator has decided."),
    S.CONTRACTING: __("Agreed. The contract is being drawn up."),
    S.SIGNING: __("The contract is ready and waits for every signature."),
    S.EXECUTED: __("Done: everybody has signed, and the contract is sealed."),
    S.CLOSED: __("The case is closed."),
}


@dataclass(frozen=True)
class PartyLine:
    name: str
    side: str
    status: str
    is_active: bool
    has_stated: bool
    is_me: bool


@dataclass(frozen=True)
class DeadlineLine:
    label: str
    at: datetime


@dataclass(frozen=True)
class ContractLine:
    status: str
    label: str
    text: str
    has_file: bool
    checksum: str
    signed: tuple[tuple[str, datetime | None], ...]
    returned_because: str

    @property
    def is_executed(self) -> bool:
        return self.status == ContractStatus.EXECUTED


@dataclass(frozen=True)
class CasePage:
    dispute: Dispute
    state: str
    next_step: str
    parties: tuple[PartyLine, ...]
    deadlines: tuple[DeadlineLine, ...]
    resolution: Resolution | None
    answers: tuple[tuple[str, str], ...]
    contract: ContractLine | None
    timeline: tuple[Happening, ...]


SHOWN_RESOLUTIONS = (
    ResolutionStatus.PROPOSED,
    ResolutionStatus.ACCEPTED,
    ResolutionStatus.REJECTED,
    ResolutionStatus.COUNTERED,
    ResolutionStatus.DECIDED,
)


def case_page(access: CaseAccess) -> CasePage:
    """The page of one case for one reader."""
    dispute = access.dispute
    participants = list(
        Participant.objects.filter(dispute=dispute)
        .exclude(status=ParticipantStatus.REMOVED)
        .exclude(side=Side.NEUTRAL)
        .order_by("side", "created_at", "id")
    )
    names = {item.user_id: item.full_name for item in participants if item.user_id is not None}
    resolution = (
        Resolution.objects.filter(dispute=dispute, status__in=SHOWN_RESOLUTIONS)
        .prefetch_related("responses__participant")
        .order_by("-round")
        .first()
    )
    contract = Contract.objects.filter(dispute=dispute).order_by("-created_at").first()
    signed = signatures_of(contract) if contract is not None else {}
    return CasePage(
        dispute=dispute,
        state=_state(dispute),
        next_step=_next_step(access.standing, dispute, resolution, signed),
        parties=tuple(_party(item, access.standing) for item in participants),
        deadlines=tuple(_deadlines(dispute)),
        resolution=resolution,
        answers=_answers(resolution),
        contract=_contract(access.standing, contract, signed, names),
        timeline=tuple(chronicle(access)),
    )


def _state(dispute: Dispute) -> str:
    words = str(STATE[dispute.status])
    return f"{words} ({dispute.get_outcome_display()})" if dispute.outcome and dispute.status == S.CLOSED else words


def _party(participant: Participant, standing: Standing) -> PartyLine:
    return PartyLine(
        participant.full_name or _("the invited person"),
        participant.get_side_display(),
        participant.get_status_display(),
        participant.is_active_party,
        participant.stated_at is not None,
        participant.user_id is not None and participant.user_id == standing.user_id,
    )


def _deadlines(dispute: Dispute) -> list[DeadlineLine]:
    if dispute.status == S.INVITE_SENT:
        return [DeadlineLine(_("Answer to the invitation until"), dispute.respond_by)]
    if dispute.status == S.STATING and dispute.statement_deadline is not None:
        return [DeadlineLine(_("Statements until"), dispute.statement_deadline)]
    if dispute.consent_deadline is not None:
        return [DeadlineLine(_("Consent to arbitration until"), dispute.consent_deadline)]
    return []


def _answers(resolution: Resolution | None) -> tuple[tuple[str, str], ...]:
    if resolution is None:
        return ()
    given = sorted(resolution.responses.all(), key=lambda response: response.created_at)
    return tuple((response.participant.full_name, response.get_decision_display()) for response in given)


def _contract(
    standing: Standing, contract: Contract | None, signed: Mapping[UUID, datetime], names: Mapping[UUID, str]
) -> ContractLine | None:
    if contract is None:
        return None
    signatures: tuple[tuple[str, datetime | None], ...] = ()
    if contract.status in {ContractStatus.SIGNING, ContractStatus.EXECUTED}:
        signatures = tuple((name, signed.get(user_id)) for user_id, name in names.items())
    return ContractLine(
        contract.status,
        contract.get_status_display(),
        contract.text,
        contract.file_id is not None,
        contract.checksum,
        signatures,
        contract.review_comment if contract.is_returned and can_read_review(standing, contract) else "",
    )


def _next_step(standing: Standing, dispute: Dispute, resolution: Resolution | None, signed: Mapping[UUID, Any]) -> str:
    if not standing.is_party:
        return _staff_step(standing, dispute)
    own = standing.participant
    has_stated = own is not None and own.stated_at is not None
    answered = resolution is not None and any(
        own is not None and item.participant_id == own.pk for item in resolution.responses.all()
    )
    match dispute.status:
        case S.STATING if not has_stated:
            return _("Give your statement: what happened, what you ask for, what you would accept.")
        case S.STATING:
            return _("Your statement is in. You will read the others' when all are in or the time is over.")
        case S.INVITE_SENT if not has_stated and "claimant" in standing.parts:
            return _("Nothing is needed now. You can already write your statement and put evidence on record.")
        case S.MEDIATING if dispute.consent_deadline is not None:
            return _(
                "The rounds are used up. Unless all parties consent to arbitration in time, or a mediator is appointed, "
                "the case is closed without an agreement."
            )
        case S.MEDIATING if dispute.escalated_at is not None:
            return _("A human mediator was asked for and will be appointed.")
        case S.MEDIATING:
            return _("Talk to the others or to the mediator alone, and ask for a proposal when you are ready.")
        case S.PROPOSED if not answered:
            return _("Read the proposal below. Accept it, reject it, or answer with other terms.")
        case S.PROPOSED:
            return _("You have answered. The others' answers are awaited.")
        case S.SIGNING if standing.user_id not in signed:
            return _("Read the contract and sign it. The link is in the mail we sent you.")
        case S.SIGNING:
            return _("You have signed. The others' signatures are awaited.")
        case S.EXECUTED:
            return _("Keep the sealed contract. Anybody can check it with us at any time.")
    return _("Nothing is needed from you now.")


def _staff_step(standing: Standing, dispute: Dispute) -> str:
    if dispute.status == S.CONTRACTING and "counsel" in standing.parts:
        return _("If the contract waits for review, approve or return it in the back-office.")
    if dispute.escalated_at is not None and not dispute.is_final:
        return _("This case waits for a human mediator.")
    return _("Nothing is needed from you now.")
