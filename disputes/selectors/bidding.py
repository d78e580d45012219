"""Who can bid with whom, and what the parties are told of a round: its number, its state and, once settled, the sum. Nothing else."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from disputes.enums import BiddingStatus, DisputeStatus, Protocol, Side
from disputes.errors import BiddingUnavailableError
from disputes.models import BiddingRound, Dispute, Participant
from disputes.rules import Standing
from disputes.selectors.access import active_parties
from kernel.money import Money


@dataclass(frozen=True)
class Bidders:
    """Who pays and who asks: respondents pay claimants. Who sees it the other way round counters with terms."""

    payer: Participant
    asker: Participant


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
    return Bidders(payer=respondents[0], asker=claimants[0])


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


def bidding_shape(bidding: BiddingRound | None) -> dict[str, Any]:
    """The round as both sides get it; the same whether nobody, oneself or the other one has bid in it."""
    if bidding is None:
        return {"round": 1, "status": BiddingStatus.OPEN}
    shown: dict[str, Any] = {"round": bidding.number, "status": bidding.status}
    if bidding.amount is not None:
        shown["amount"] = Money(bidding.amount, bidding.currency).as_json()
    return shown
