"""Who can bid with whom, and what the parties are told of a round: its number, its state and, once settled, the sum. Nothing else."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from disputes.enums import BiddingStatus, DisputeStatus, ParticipantStatus, ProposalStatus, Protocol, Side
from disputes.errors import BiddingUnavailableError
from disputes.models import BiddingDirection, BiddingRound, Dispute, Participant
from disputes.rules import Standing
from disputes.selectors.access import active_parties
from kernel.money import Money


@dataclass(frozen=True)
class Bidders:
    """Who pays and who asks: the respondent pays the claimant, unless the two agreed on the other way round."""

    payer: Participant
    asker: Participant

    def other_than(self, participant: Participant) -> Participant:
        return self.asker if participant.pk == self.payer.pk else self.payer


def bidders_of(dispute: Dispute) -> Bidders:
    """The two sides. Raises BiddingUnavailableError with what is missing."""
    if dispute.protocol != Protocol.MEDIATED:
        raise BiddingUnavailableError(_("Bidding belongs to the mediation protocol; this case runs by the simple one."))
    if not dispute.currency:
        raise BiddingUnavailableError(_("The case is about no sum of money, so there is no currency to bid in."))
    parties = list(active_parties(dispute))
    claimants = [party for party in parties if party.side == Side.CLAIMANT]
    respondents = [party for party in parties if party.side == Side.RESPONDENT]
    if len(claimants) != 1 or len(respondents) != 1:
        raise BiddingUnavailableError(_("Bidding is for exactly one claimant and one respondent."))
    agreed = agreed_payer_id(dispute)
    payer, asker = respondents[0], claimants[0]
    return Bidders(payer=asker, asker=payer) if agreed == asker.pk else Bidders(payer=payer, asker=asker)


def agreed_payer_id(dispute: Dispute) -> UUID | None:
    """The participant who pays by the parties' newest agreement; None while they have made none."""
    return (
        BiddingDirection.objects.filter(dispute=dispute, status=ProposalStatus.ACCEPTED)
        .order_by("-created_at", "-id")
        .values_list("payer_id", flat=True)
        .first()
    )


def open_direction(dispute: Dispute) -> BiddingDirection | None:
    """The suggestion that waits for the other side's answer. One of a party who has left since says nothing any more."""
    return (
        BiddingDirection.objects.filter(
            dispute=dispute,
            status=ProposalStatus.OPEN,
            payer__status=ParticipantStatus.JOINED,
            proposed_by__status=ParticipantStatus.JOINED,
        )
        .select_related("payer", "proposed_by")
        .first()
    )


def may_bid(dispute: Dispute, standing: Standing) -> bool:
    """Whether bidding is open to this party. `dispute.participants`, when prefetched, saves the statement."""
    if (
        standing.participant is None
        or dispute.protocol != Protocol.MEDIATED
        or dispute.status != DisputeStatus.MEDIATING
        or not dispute.currency
    ):
        return False
    sides = sorted(str(party.side) for party in dispute.participants.all() if party.is_active_party)
    return sides == [Side.CLAIMANT, Side.RESPONDENT]


def newest_bidding(dispute: Dispute) -> BiddingRound | None:
    return BiddingRound.objects.filter(dispute=dispute).order_by("-number").first()


def bidding_shape(dispute: Dispute) -> dict[str, Any]:
    """The round as both sides get it; the same whether nobody, oneself or the other one has bid in it.

    Raises BiddingUnavailableError where nobody can bid and nobody ever has.
    """
    newest = newest_bidding(dispute)
    shown: dict[str, Any] = {"round": 1, "status": BiddingStatus.OPEN}
    if newest is not None:
        shown = {"round": newest.number, "status": newest.status}
        if newest.amount is not None:
            shown["amount"] = Money(newest.amount, newest.currency).as_json()
    try:
        bidders = bidders_of(dispute)
    except BiddingUnavailableError:
        if newest is None:
            raise
        return {**shown, "payer_id": None, "suggested": None}
    suggested = open_direction(dispute)
    return {
        **shown,
        "payer_id": bidders.payer.user_id,
        "suggested": {"payer_id": suggested.payer.user_id, "by_id": suggested.proposed_by.user_id}
        if suggested
        else None,
    }
