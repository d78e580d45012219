"""Destroying what nobody is to read any more."""

from disputes.enums import BiddingStatus
from disputes.models import Bid, BiddingRound, Dispute
from disputes.selectors.sealed_answers import bidding_key
from kernel.clock import DbNow
from kernel.crypto import destroy_key


def destroy_bids(bidding: BiddingRound) -> None:
    """Both bids go, and the key that copies of them in the log or a backup would need."""
    Bid.objects.filter(bidding=bidding).delete()
    destroy_key(bidding_key(bidding.pk))


def forget_open_bidding(dispute: Dispute) -> None:
    """An open round as if nobody had bid in it: what both agreed it is about has changed. Nobody learns whether there was a bid."""
    for bidding in BiddingRound.objects.filter(dispute=dispute, status=BiddingStatus.OPEN):
        destroy_bids(bidding)
        bidding.delete()


def drop_open_bidding(dispute: Dispute) -> None:
    """A round that cannot go on: the case moved on, or somebody joined. It closes without a word of who had bid."""
    for bidding in BiddingRound.objects.filter(dispute=dispute, status=BiddingStatus.OPEN):
        destroy_bids(bidding)
        BiddingRound.objects.filter(pk=bidding.pk).update(status=BiddingStatus.CLOSED, ended_at=DbNow())
