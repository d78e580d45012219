"""Double-blind bidding on a sum between one who pays and one who asks: commit, compare once, reveal only a deal.

The paying side (the respondent, unless both agreed otherwise) bids the most it would pay, the asking side the least it would take.
Both bids are sealed until both are there. Then they are compared in one transaction: where they meet, the middle between them, rounded
half-even to the currency's smallest unit, is settled; where they do not, the round closes without a deal. Either way both bids and the
key they lay under are destroyed in that transaction, and nothing of them stands in the journal, the outbox or a log.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import BiddingStatus, ChoiceRule, Mode
from disputes.errors import BiddingUnavailableError
from disputes.events import BiddingClosed
from disputes.models import Bid, BiddingRound, Dispute, Resolution
from disputes.selectors.access import access_dispute
from disputes.selectors.bidding import Bidders, bidders_of, newest_bidding
from disputes.selectors.case_file import TermData
from disputes.selectors.kept_clauses import kept_terms_now
from disputes.selectors.sealed_answers import bid_amount, seal_bid
from disputes.selectors.terms import term_json
from disputes.services.destroying import destroy_bids
from disputes.services.moves import move_resolution
from disputes.services.private_records import write_private
from disputes.services.records import write
from disputes.services.resolving import OPEN, put_on_the_table
from kernel.clock import DbNow, local_date, now
from kernel.errors import ConflictError, FieldError, ValidationFailedError
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.money import Money
from kernel.outbox import publish


@transaction.atomic
def place_bid(*, acting_user: User, dispute_id: UUID, amount: Money, payer_id: UUID | None = None) -> BiddingRound:
    """Place or replace one's own bid in the open round; the second party's bid ends it. A closed round may be followed by another.

    `payer_id` (a user) says who pays as the bidder understood it: a bid that was meant the other way round is refused. Raises
    ConflictError for that, NotFoundError, NotYoursToDoError, WrongStateError, BiddingUnavailableError, ValidationFailedError for another
    currency or a sum that is not greater than zero.
    """
    access = access_dispute(acting_user, dispute_id, "bid", lock=True)
    dispute, participant = access.dispute, access.participant
    bidders = bidders_of(dispute)
    if payer_id is not None and payer_id != bidders.payer.user_id:
        raise ConflictError(
            _("Meanwhile you both agreed that the other one pays. Look at the question again before you bid.")
        )
    _check(dispute, amount)
    bidding = _open_round(dispute, bidders)
    Bid.objects.filter(bidding=bidding, participant=participant).delete()
    bid_id = new_id()
    Bid.objects.create(
        id=bid_id,
        bidding=bidding,
        participant=participant,
        amount_sealed=seal_bid(amount.amount, bidding_id=bidding.pk, bid_id=bid_id),
    )
    write_private(participant, "bid.placed", Actor.user(acting_user.pk), subject=("bidding", bidding.pk))
    bids = {bid.participant_id: bid for bid in Bid.objects.filter(bidding=bidding)}
    if {bidders.payer.pk, bidders.asker.pk} <= set(bids):
        _compare(dispute, bidding, bidders, bid_amount(bids[bidders.payer.pk]), bid_amount(bids[bidders.asker.pk]))
    bidding.refresh_from_db()
    return bidding


def _check(dispute: Dispute, amount: Money) -> None:
    if amount.currency != dispute.currency:
        raise ValidationFailedError(
            errors=[
                FieldError(
                    "/amount",
                    "invalid",
                    _("Bids are made in the case's currency, %(currency)s.") % {"currency": dispute.currency},
                )
            ]
        )
    if amount.amount <= 0:
        raise ValidationFailedError(errors=[FieldError("/amount", "out_of_range", _("A bid is greater than zero."))])


def _open_round(dispute: Dispute, bidders: Bidders) -> BiddingRound:
    newest = newest_bidding(dispute)
    if newest is not None and newest.status == BiddingStatus.OPEN:
        return newest
    number = newest.number + 1 if newest is not None else 1
    if number > settings.DISPUTES_BIDDING_ROUNDS:
        raise BiddingUnavailableError(
            _("All %(count)d rounds of bidding are used up.") % {"count": settings.DISPUTES_BIDDING_ROUNDS}
        )
    return BiddingRound.objects.create(dispute=dispute, number=number, currency=dispute.currency, payer=bidders.payer)


def _compare(dispute: Dispute, bidding: BiddingRound, bidders: Bidders, most: Decimal, least: Decimal) -> None:
    destroy_bids(bidding)
    if most < least:
        BiddingRound.objects.filter(pk=bidding.pk).update(status=BiddingStatus.CLOSED, ended_at=DbNow())
        write(
            dispute,
            "bidding.closed",
            Actor.system("bidding"),
            subject=("bidding", bidding.pk),
            facts={"round": bidding.number},
        )
        publish(BiddingClosed(dispute.pk, bidding.pk))
        return
    sum_settled = middle(most, least, bidding.currency)
    kept = kept_terms_now(dispute)
    for resolution in Resolution.objects.filter(dispute=dispute, status__in=OPEN):
        move_resolution(resolution, "supersede")  # the settled sum takes the place of what was being drafted or ranked
    number = Resolution.objects.filter(dispute=dispute).count() + 1
    resolution = Resolution.objects.create(dispute=dispute, round=number, mode=Mode.MEDIATION)
    BiddingRound.objects.filter(pk=bidding.pk).update(
        status=BiddingStatus.SETTLED, amount=sum_settled.amount, resolution=resolution, ended_at=DbNow()
    )
    write(
        dispute,
        "bidding.settled",
        Actor.system("bidding"),
        subject=("bidding", bidding.pk),
        facts={"round": bidding.number, "amount": sum_settled.as_json()},
    )
    with translation.override(dispute.locale):
        content = _content(dispute, bidders, sum_settled)
    content["terms"] += [term for term in kept if term["kind"] != "payment"]
    put_on_the_table(dispute, resolution, content, Actor.system("bidding"), rule=ChoiceRule.MIDPOINT)


def middle(most: Decimal, least: Decimal, currency: str) -> Money:
    """Half way between two bids, rounded half-even to the currency's smallest unit; never outside them."""
    return Money(least, currency).rounded((most + least) / 2)


def _content(dispute: Dispute, bidders: Bidders, sum_settled: Money) -> dict[str, Any]:
    """The settled sum as a proposal, which both still accept or not."""
    due = local_date(now() + timedelta(days=settings.DISPUTES_BIDDING_PAYMENT_DAYS), dispute.timezone)
    people = {"payer": bidders.payer.full_name, "asker": bidders.asker.full_name}
    text = _("%(payer)s pays %(asker)s the sum on which their bids met.") % people
    term = TermData(
        id=new_id(),
        kind="payment",
        debtor_id=bidders.payer.user_id,
        creditor_id=bidders.asker.user_id,
        amount=sum_settled,
        due_date=due,
        condition="",
        text=text,
    )
    return {
        "summary": text,
        "agreed_facts": [],
        "disputed_facts": [],
        "terms": [term_json(term)],
        "reasoning": _(
            "Both sides bid in secret; the most one would pay reached the least the other would take. The sum is half way."
        ),
        "citations": [],
        "recitals": [],
        "model": "",
        "prompt_version": "",
    }
