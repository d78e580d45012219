"""How the private answers of the mediation protocol are sealed: whose key, and which place they are bound to.

Summaries, corrections, claim forms and rankings lie under the dispute's key. A bid lies under a key of its own round, which is
destroyed with it: what remains of it in the write-ahead log or in a backup opens for nobody.
"""

import json
from decimal import Decimal
from uuid import UUID

from disputes.models import AwardDraft, Bid, Ranking, Understanding
from kernel.crypto import KeyScope, open_text, seal_text

BID_LENGTH = 32  # all sealed bids are equally long: their length would tell how many digits they have


def seal_understanding(text: str, *, dispute_id: UUID, understanding_id: UUID, column: str) -> bytes:
    return seal_text(
        text,
        scope=KeyScope("dispute", dispute_id),
        table="disputes_understanding",
        row_id=understanding_id,
        column=column,
    )


def understanding_text(row: Understanding, column: str) -> str:
    """`summary`, `correction` or `claim_form` in clear; empty where there is none. Callers have checked who reads it."""
    sealed = getattr(row, f"{column}_sealed")
    if sealed is None:
        return ""
    return open_text(
        bytes(sealed),
        scope=KeyScope("dispute", row.dispute_id),
        table="disputes_understanding",
        row_id=row.pk,
        column=column,
    )


def seal_award(text: str, *, dispute_id: UUID, draft_id: UUID) -> bytes:
    return seal_text(
        text, scope=KeyScope("dispute", dispute_id), table="disputes_award_draft", row_id=draft_id, column="content"
    )


def award_text(row: AwardDraft, dispute_id: UUID) -> str:
    """An award's draft in clear, for the arbitrator who asked for it. Callers have checked who reads it."""
    if row.content_sealed is None:
        return ""
    return open_text(
        bytes(row.content_sealed),
        scope=KeyScope("dispute", dispute_id),
        table="disputes_award_draft",
        row_id=row.pk,
        column="content",
    )


def seal_order(order: tuple[UUID, ...], *, dispute_id: UUID, ranking_id: UUID) -> bytes:
    return seal_text(
        json.dumps([str(candidate_id) for candidate_id in order]),
        scope=KeyScope("dispute", dispute_id),
        table="disputes_ranking",
        row_id=ranking_id,
        column="order",
    )


def ranking_order(row: Ranking, dispute_id: UUID) -> tuple[UUID, ...]:
    """The order in clear: for the count, and for the party whose own it is."""
    text = open_text(
        bytes(row.order_sealed),
        scope=KeyScope("dispute", dispute_id),
        table="disputes_ranking",
        row_id=row.pk,
        column="order",
    )
    return tuple(UUID(value) for value in json.loads(text))


def bidding_key(bidding_id: UUID) -> KeyScope:
    return KeyScope("bidding", bidding_id)


def seal_bid(amount: Decimal, *, bidding_id: UUID, bid_id: UUID) -> bytes:
    return seal_text(
        str(amount).rjust(BID_LENGTH),
        scope=bidding_key(bidding_id),
        table="disputes_bid",
        row_id=bid_id,
        column="amount",
    )


def bid_amount(row: Bid) -> Decimal:
    """The bid in clear: for the one comparison, and for nobody."""
    return Decimal(
        open_text(
            bytes(row.amount_sealed),
            scope=bidding_key(row.bidding_id),
            table="disputes_bid",
            row_id=row.pk,
            column="amount",
        ).strip()
    )
