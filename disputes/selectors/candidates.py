"""A round's candidates as one reader gets them, and the reader's own ranking of them. Nobody ever gets another's."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as __

from disputes.enums import ChoiceRule, ResolutionStatus
from disputes.models import Candidate, Ranking, Resolution
from disputes.rules import Standing
from disputes.selectors.access import CaseAccess
from disputes.selectors.sealed_answers import ranking_order
from kernel.clock import now

RULES: Mapping[str, str | Promise] = {
    ChoiceRule.SCHULZE: __(
        "Each party ranked the candidates in private. Chosen by Schulze's method: in pairwise comparisons no other candidate beats it, "
        "directly or over others."
    ),
    ChoiceRule.NASH: __(
        "Each party ranked the candidates in private. Several were equal by Schulze's method; among them the one was chosen whose ranks "
        "have the largest product (Nash), so that all can live with it."
    ),
    ChoiceRule.LOT: __(
        "The rankings that were given left several candidates equal, or nobody ranked in time. Among the equal ones a lot decided: the "
        "smallest SHA-256 of the ids of the round and the candidate."
    ),
    ChoiceRule.MIDPOINT: __(
        "Both sides bid in private. The most the one would pay reached the least the other would take; the sum is half way between, "
        "rounded half-even to the smallest unit of the currency."
    ),
}


def rule_text(resolution: Resolution) -> str:
    """How the proposal was chosen, in words; empty where nothing was chosen."""
    return str(RULES[resolution.rule]) if resolution.rule else ""


def in_readers_order(candidates: Iterable[Candidate], resolution_id: UUID, reader_id: UUID | None) -> list[Candidate]:
    """Another order for every reader, always the same for each: none stands first for everybody."""
    reader = reader_id.bytes if reader_id is not None else b""
    return sorted(candidates, key=lambda one: sha256(resolution_id.bytes + reader + one.pk.bytes).digest())


def candidate_shape(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.pk,
        "principle": candidate.principle,
        "summary": candidate.summary,
        "agreed_facts": candidate.agreed_facts,
        "disputed_facts": candidate.disputed_facts,
        "terms": candidate.terms,
        "reasoning": candidate.reasoning,
        "citations": candidate.citations,
    }


def own_rankings(access: CaseAccess) -> QuerySet[Ranking]:
    """The only rankings a reader's request ever loads: the reader's own."""
    own = access.standing.participant
    return Ranking.objects.filter(participant=own) if own is not None else Ranking.objects.none()


def own_ranking(rankings: Iterable[Ranking], standing: Standing, dispute_id: UUID) -> list[UUID] | None:
    """The reader's own order, best first; None when they have given none."""
    own = standing.participant
    row = next((row for row in rankings if own is not None and row.participant_id == own.pk), None)
    return list(ranking_order(row, dispute_id)) if row is not None else None


def may_rank(resolution: Resolution, standing: Standing, ranked: list[UUID] | None) -> bool:
    """Whether this party can still give its order."""
    return (
        standing.participant is not None
        and ranked is None
        and resolution.status == ResolutionStatus.RANKING
        and resolution.rank_by is not None
        and resolution.rank_by > now()
    )
