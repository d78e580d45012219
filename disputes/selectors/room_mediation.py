"""The mediation protocol on a case's page: one's own summary, the candidates to rank, secret bidding. Each reader sees their own alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from disputes.enums import BiddingStatus, DisputeStatus, Protocol, ResolutionStatus, UnderstandingStatus
from disputes.errors import BiddingUnavailableError
from disputes.models import Candidate, Resolution, Understanding
from disputes.selectors.bidding import bidders_of, newest_bidding, open_direction
from disputes.selectors.candidates import in_readers_order, may_rank, own_ranking, own_rankings
from disputes.selectors.case_page import Room
from disputes.selectors.room_proposal import SourceLine, TermLine, source_lines, term_lines
from disputes.selectors.terms import read_term
from disputes.selectors.understandings import (
    effective_status,
    is_understanding_pending,
    newest_understanding,
    shown_understanding,
)
from kernel.money import Money


@dataclass(frozen=True)
class UnderstandingPart:
    """How the mediator understood the reader, for the reader."""

    status: UnderstandingStatus
    summary: str
    correction: str
    confirm_by: datetime
    may_answer: bool

    @property
    def is_awaited(self) -> bool:
        """Whether the mediator still writes it."""
        return self.may_answer and not self.summary


def understanding_part(room: Room) -> UnderstandingPart | None:
    """None for who has none: staff, a simple mediation, before the truths are disclosed."""
    own = room.own
    row: Understanding | None = newest_understanding(own) if own is not None else None
    if row is None:
        return None
    status = effective_status(row)
    summary, correction = shown_understanding(row)
    return UnderstandingPart(
        status=status,
        summary=summary,
        correction=correction,
        confirm_by=row.confirm_by,
        may_answer=status == UnderstandingStatus.PENDING and room.may("answer_understanding"),
    )


def is_waiting_for_understandings(room: Room) -> bool:
    """Whether a proposal cannot be asked for yet, whoever is waited for."""
    return room.dispute.status == DisputeStatus.MEDIATING and is_understanding_pending(room.dispute)


@dataclass(frozen=True)
class CandidateLine:
    """One candidate as it is read; `place` is where the reader put it, once they have ranked."""

    id: UUID
    number: int
    principle: str
    summary: str
    terms: tuple[TermLine, ...]
    agreed_facts: tuple[str, ...]
    disputed_facts: tuple[str, ...]
    reasoning: str
    sources: tuple[SourceLine, ...]
    place: int | None


@dataclass(frozen=True)
class RankingPart:
    resolution_id: UUID
    round: int
    rank_by: datetime | None
    candidates: tuple[CandidateLine, ...]
    may_rank: bool
    has_ranked: bool


def ranking_part(room: Room) -> RankingPart | None:
    """The round that is being ranked, in this reader's own order of candidates; None when there is none."""
    resolution = room.drafting
    if resolution is None or resolution.status != ResolutionStatus.RANKING:
        return None
    rankings = own_rankings(room.access).filter(resolution=resolution)
    order = own_ranking(rankings, room.standing, room.dispute.pk)
    lines = [
        _candidate(room, number, candidate, order or [])
        for number, candidate in enumerate(_in_order(resolution, room), start=1)
    ]
    return RankingPart(
        resolution_id=resolution.pk,
        round=resolution.round,
        rank_by=resolution.rank_by,
        candidates=tuple(lines),
        may_rank=may_rank(resolution, room.standing, order) and room.may("rank"),
        has_ranked=order is not None,
    )


def _candidate(room: Room, number: int, candidate: Candidate, order: list[UUID]) -> CandidateLine:
    return CandidateLine(
        id=candidate.pk,
        number=number,
        principle=str(candidate.get_principle_display()),
        summary=candidate.summary,
        terms=tuple(term_lines(room, [read_term(term) for term in candidate.terms])),
        agreed_facts=tuple(candidate.agreed_facts),
        disputed_facts=tuple(candidate.disputed_facts),
        reasoning=candidate.reasoning,
        sources=tuple(source_lines(candidate.citations)),
        place=order.index(candidate.pk) + 1 if candidate.pk in order else None,
    )


def ranked_ids(resolution: Resolution, room: Room) -> tuple[UUID, ...]:
    """The candidates of a round in the order this reader sees them."""
    return tuple(candidate.pk for candidate in _in_order(resolution, room))


def _in_order(resolution: Resolution, room: Room) -> list[Candidate]:
    return in_readers_order(resolution.candidates.all(), resolution.pk, room.me)


@dataclass(frozen=True)
class BiddingPart:
    """Secret bidding as this reader may see it. `pays`: whether the reader's bid is the most they would pay."""

    pays: bool
    currency: str
    round: int
    rounds: int
    status: BiddingStatus
    amount: Money | None
    may_bid: bool
    has_closed_before: bool
    payer_id: UUID | None
    payer: str
    asker: str
    asker_id: UUID | None
    # another direction that waits for an answer: whose suggestion, and who would pay by it
    suggested_by_me: bool | None
    suggested_payer: str


def bidding_part(room: Room) -> BiddingPart | None:
    """None where nobody can bid: a simple mediation, more than two parties, no sum in dispute, or not one of the two."""
    own = room.own
    if own is None or room.dispute.protocol != Protocol.MEDIATED:
        return None
    try:
        bidders = bidders_of(room.dispute)
    except BiddingUnavailableError:
        return None
    newest = newest_bidding(room.dispute)
    is_over = newest is not None and newest.status != BiddingStatus.OPEN
    used = newest.number if newest is not None else 0
    may_bid = room.may("bid") and not (is_over and used >= settings.DISPUTES_BIDDING_ROUNDS)
    if newest is None and not may_bid:
        return None
    suggested = open_direction(room.dispute) if may_bid else None
    return BiddingPart(
        pays=bidders.payer.pk == own.pk,
        currency=room.dispute.currency,
        round=used + 1 if newest is None or is_over else used,
        rounds=settings.DISPUTES_BIDDING_ROUNDS,
        status=BiddingStatus(newest.status) if newest is not None else BiddingStatus.OPEN,
        amount=Money(newest.amount, newest.currency) if newest is not None and newest.amount is not None else None,
        may_bid=may_bid,
        has_closed_before=newest is not None and newest.status == BiddingStatus.CLOSED,
        payer_id=bidders.payer.user_id,
        payer=room.name_of(bidders.payer),
        asker=room.name_of(bidders.asker),
        asker_id=bidders.asker.user_id,
        suggested_by_me=suggested.proposed_by_id == own.pk if suggested is not None else None,
        suggested_payer=room.name_of(suggested.payer) if suggested is not None else "",
    )
