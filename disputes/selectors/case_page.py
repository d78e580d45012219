"""The head of a case's page, as its reader may know it: the state in words, who takes part, what next.

`Room` reads the rows that the parts of the page have in common, each once and when a part first asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from disputes.enums import ContractStatus, DisputeStatus, Mode, ParticipantStatus, ResolutionStatus, Side
from disputes.models import Assignment, Contract, Dispute, Participant, Resolution, ResolutionResponse
from disputes.rules import Standing, can_act, is_open_for, may_state_now
from disputes.selectors.access import CaseAccess, neutrals
from disputes.selectors.chronicle import Happening, chronicle
from disputes.selectors.notices import signatures_of
from disputes.selectors.rounds import FAILED_ROUNDS

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
NOT_SHOWN = (ResolutionStatus.DRAFTING, ResolutionStatus.FAILED, ResolutionStatus.SUPERSEDED, ResolutionStatus.RANKING)


class Room:
    """One case with one reader."""

    def __init__(self, access: CaseAccess) -> None:
        self.access = access
        self.dispute: Dispute = access.dispute
        self.standing: Standing = access.standing

    @property
    def me(self) -> UUID | None:
        return self.standing.user_id

    @property
    def own(self) -> Participant | None:
        """The reader's own participation; None for staff."""
        return self.standing.participant if self.standing.is_party else None

    @property
    def is_before_proposals(self) -> bool:
        """Whether statements are what the case is about now."""
        return self.dispute.status in (S.INVITE_SENT, S.STATING)

    def may(self, action: str) -> bool:
        """Whether the table allows the reader this act now; what else must hold, the service says."""
        return can_act(self.standing, action) and is_open_for(self.dispute, action)

    @cached_property
    def participants(self) -> list[Participant]:
        """Claimants and respondents in the order they came, without those who were removed."""
        return list(
            Participant.objects.filter(dispute=self.dispute)
            .exclude(status=ParticipantStatus.REMOVED)
            .exclude(side=Side.NEUTRAL)
            .order_by("side", "created_at", "id")
        )

    @cached_property
    def active(self) -> list[Participant]:
        return [item for item in self.participants if item.is_active_party]

    @cached_property
    def neutrals(self) -> list[Assignment]:
        """Who mediates or arbitrates now."""
        return list(neutrals().filter(dispute=self.dispute))

    @cached_property
    def names(self) -> dict[UUID, str]:
        """User ids with the name each person has in this case."""
        known = {item.user_id: item.full_name for item in self.participants if item.user_id is not None}
        return {**{item.lawyer_id: item.lawyer.full_name for item in self.neutrals}, **known}

    def name_of(self, participant: Participant) -> str:
        return participant.full_name or _("the invited person")

    @cached_property
    def resolutions(self) -> list[Resolution]:
        """Every round, newest first, with its answers."""
        return list(
            Resolution.objects.filter(dispute=self.dispute)
            .prefetch_related(Prefetch("responses", queryset=ResolutionResponse.objects.select_related("participant")))
            .order_by("-round", "-id")
        )

    @cached_property
    def shown_rounds(self) -> list[Resolution]:
        """The rounds that have come to something to read."""
        return [item for item in self.resolutions if item.status not in NOT_SHOWN]

    @cached_property
    def drafting(self) -> Resolution | None:
        return next(
            (item for item in self.resolutions if item.status in (ResolutionStatus.DRAFTING, ResolutionStatus.RANKING)),
            None,
        )

    @cached_property
    def open_proposal(self) -> Resolution | None:
        return next((item for item in self.resolutions if item.status == ResolutionStatus.PROPOSED), None)

    @property
    def failed_rounds(self) -> int:
        """Twin of `rounds.failed_rounds`, from the rows at hand."""
        return sum(item.mode == Mode.MEDIATION and item.status in FAILED_ROUNDS for item in self.resolutions)

    @property
    def has_answered(self) -> bool:
        """Whether the reader has answered the proposal that is on the table."""
        own, proposal = self.own, self.open_proposal
        return (
            own is not None
            and proposal is not None
            and any(item.participant_id == own.pk for item in proposal.responses.all())
        )

    @property
    def may_answer(self) -> bool:
        return self.open_proposal is not None and self.may("respond") and not self.has_answered

    @property
    def may_state(self) -> bool:
        """A first statement, an addendum or a late one: not before the reader's time, nor once a proposal was made."""
        if not self.may("submit_truth") or not may_state_now(self.dispute, self.standing):
            return False
        if self.dispute.disclosed_at is None:
            return True
        made = (item for item in self.resolutions if item.status not in (ResolutionStatus.DRAFTING, "failed"))
        return next(made, None) is None

    @cached_property
    def contract(self) -> Contract | None:
        """The newest one."""
        return (
            Contract.objects.filter(dispute=self.dispute)
            .select_related("envelope", "document")
            .order_by("-created_at")
            .first()
        )

    @cached_property
    def signed(self) -> dict[UUID, datetime]:
        """Who has signed the newest contract, and when."""
        return signatures_of(self.contract) if self.contract is not None else {}

    @property
    def may_sign(self) -> bool:
        contract = self.contract
        return (
            contract is not None
            and contract.status == ContractStatus.SIGNING
            and self.may("sign_contract")
            and self.me not in self.signed
        )

    @property
    def is_sealing(self) -> bool:
        """Everybody has signed, and the seal is on its way."""
        contract = self.contract
        if contract is None or contract.status != ContractStatus.SIGNING:
            return False
        return bool(self.active) and all(item.user_id in self.signed for item in self.active)

    @cached_property
    def timeline(self) -> list[Happening]:
        return chronicle(self.access)


@dataclass(frozen=True)
class PartyLine:
    """One person of the case. `user_id` is None until they have joined."""

    user_id: UUID | None
    name: str
    role: str
    status: str
    is_active: bool
    is_neutral: bool
    is_me: bool
    has_stated: bool = False
    has_consented: bool = False
    has_asked_to_end: bool = False
    address_is_wrong: bool = False


def state_in_words(dispute: Dispute) -> str:
    words = str(STATE[dispute.status])
    return f"{words} ({dispute.get_outcome_display()})" if dispute.outcome and dispute.status == S.CLOSED else words


def party_lines(room: Room) -> list[PartyLine]:
    """The parties, then the neutrals."""
    return [
        *(
            PartyLine(
                item.user_id,
                room.name_of(item),
                item.get_side_display(),
                item.get_status_display(),
                item.is_active_party,
                False,
                item.user_id is not None and item.user_id == room.me,
                item.stated_at is not None,
                item.arbitration_consent_at is not None,
                item.end_asked_at is not None,
                item.wrong_address_at is not None and item.status == ParticipantStatus.INVITED,
            )
            for item in room.participants
        ),
        *(
            PartyLine(
                item.lawyer_id,
                item.lawyer.full_name,
                item.get_part_display(),
                "",
                True,
                True,
                item.lawyer_id == room.me,
            )
            for item in room.neutrals
        ),
    ]
