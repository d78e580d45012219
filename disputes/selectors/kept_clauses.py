"""Clauses that every party agrees to, although the proposal as a whole failed: the next round keeps them as they are.

A party agrees to a clause when its last answer that concerned it accepted the proposal it stood in, left it unchanged in a counter, or put
it into its own counter. A rejection, or a counter that changes or drops the clause, takes that back. A clause is the same only while its id
and every word, sum and date of it are the same: whoever agreed to the earlier wording has not agreed to a new one.

This is what a draft starts from, never an acceptance: a proposal binds only whom accepted it as a whole, in its own round.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from disputes.enums import Decision, ResolutionStatus
from disputes.models import Dispute, Resolution, ResolutionResponse
from disputes.selectors.access import active_parties
from kernel.canonical import canonical_bytes

Clause = Mapping[str, Any]
NEVER_PROPOSED = (ResolutionStatus.DRAFTING, ResolutionStatus.RANKING, ResolutionStatus.FAILED)


def kept_clauses(dispute: Dispute) -> tuple[UUID, ...]:
    """The ids of the newest proposal's clauses that every active party agrees to."""
    rounds = (
        Resolution.objects.filter(dispute=dispute)
        .exclude(status__in=NEVER_PROPOSED)
        .prefetch_related("responses")
        .order_by("round")
    )
    newest: Sequence[Clause] = ()
    agreed: dict[UUID, set[bytes]] = {party.pk: set() for party in active_parties(dispute)}
    for item in rounds:
        newest = item.terms
        for response in sorted(item.responses.all(), key=lambda answer: answer.created_at):
            if response.participant_id in agreed:
                agreed[response.participant_id] = _after(agreed[response.participant_id], newest, response)
    return tuple(
        UUID(str(clause["id"])) for clause in newest if all(_mark(clause) in clauses for clauses in agreed.values())
    )


def kept_terms_now(dispute: Dispute) -> list[dict[str, Any]]:
    """The clauses that the last failed round left for the next one, as they were."""
    last = (
        Resolution.objects.filter(dispute=dispute, status__in=[ResolutionStatus.REJECTED, ResolutionStatus.COUNTERED])
        .order_by("-round")
        .first()
    )
    return [term for term in last.terms if term["id"] in last.kept_clause_ids] if last is not None else []


def _after(agreed: set[bytes], proposed: Iterable[Clause], response: ResolutionResponse) -> set[bytes]:
    """What a party agrees to once it has given this answer."""
    others = agreed - {_mark(clause) for clause in proposed}
    if response.decision == Decision.ACCEPT:
        return others | {_mark(clause) for clause in proposed}
    if response.decision == Decision.COUNTER and response.terms is not None:
        return others | {_mark(clause) for clause in response.terms}
    if response.decision == Decision.COUNTER and response.instalments is not None:
        return others | {_mark(clause) for clause in proposed if clause["kind"] != "payment"}
    return others


def _mark(clause: Clause) -> bytes:
    return canonical_bytes(dict(clause))
