"""The mediation protocol's own acts against the table: every kind of person × every state × every act; denied, nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.public import User
from disputes.enums import DisputeStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.models import Candidate, Dispute, Participant
from disputes.rest.shapes import allowed_actions
from disputes.rules import standing_in
from disputes.services.ranking import rank_candidates
from disputes.services.understanding import answer_understanding, ask_understanding
from disputes.tests.conftest import footprint
from disputes.tests.factories import (
    INSIDERS,
    KINDS,
    Case,
    bid,
    confirm,
    eur,
    participant_of,
    peopled,
    ranking,
    understand,
)
from disputes.transitions import OF_PROTOCOL, PARTY, parts_for, states_for
from kernel.clock import now
from kernel.errors import DomainError, NotFoundError

pytestmark = [pytest.mark.db, pytest.mark.django_db]
S = DisputeStatus


def _rank(case: Case, user: User) -> Any:
    order = list(Candidate.objects.filter(resolution=case.resolution).order_by("number").values_list("pk", flat=True))
    return rank_candidates(acting_user=user, dispute_id=case.id, resolution_id=case.resolution.pk, order=order)


ACTS: dict[str, Callable[[Case, User], Any]] = {
    "answer_understanding": lambda case, user: answer_understanding(
        acting_user=user, dispute_id=case.id, decision="confirm"
    ),
    "rank": _rank,
    "bid": lambda case, user: bid(case, user, "900.00"),
}


def in_state(status: DisputeStatus) -> tuple[Case, dict[str, User]]:
    """Candidates wait for rankings and every party for its answer; the co-claimant has left, so that two can bid."""
    case, cast = peopled(S.MEDIATING, protocol="mediated", amount=eur("1200.00"))
    Participant.objects.filter(pk=participant_of(case, cast["co_claimant"]).pk).update(status="removed")
    case.co_parties.clear()
    confirm(case, case.claimant, case.respondent)
    ranking(case)
    for user in case.parties:
        ask_understanding(case.dispute, participant_of(case, user))
        understand(case, user)
    Dispute.objects.filter(pk=case.id).update(
        status=status, statement_deadline=now(), outcome="unresolved" if status == S.CLOSED else ""
    )
    return case, cast


def expected(action: str, kind: str, status: DisputeStatus) -> type[DomainError] | None:
    if kind not in INSIDERS or kind == "co_claimant":
        return NotFoundError
    if kind not in parts_for(action):
        return NotYoursToDoError
    return None if status in states_for(action) else WrongStateError


def test_the_table_has_these_acts_for_parties_while_mediating() -> None:
    assert set(ACTS) == OF_PROTOCOL
    assert {(states_for(action), parts_for(action)) for action in ACTS} == {((S.MEDIATING,), PARTY)}


@pytest.mark.parametrize("status", list(DisputeStatus))
def test_who_may_do_what_in_a_state(status: DisputeStatus) -> None:
    case, cast = in_state(status)
    surprises, untouched = [], footprint()
    for action, act in ACTS.items():
        for kind in KINDS:
            point = transaction.savepoint()
            error: DomainError | None = None
            try:
                act(case, cast[kind])
            except DomainError as raised:
                error = raised
            after = footprint()
            transaction.savepoint_rollback(point)
            wanted = expected(action, kind, status)
            if type(error) is not (wanted or type(None)):
                surprises.append(f"{action} by {kind}: {error!r} instead of {wanted}")
            if (after == untouched) is not (error is not None):
                surprises.append(f"{action} by {kind}: {'denied, yet' if error else 'allowed, and nothing'} written")
    assert surprises == []


@pytest.mark.parametrize("status", list(DisputeStatus))
def test_what_is_offered_is_what_the_table_allows(status: DisputeStatus) -> None:
    case, cast = in_state(status)
    for kind in KINDS:
        offered = set(allowed_actions(case.dispute, standing_in(cast[kind], case.dispute))) & OF_PROTOCOL
        is_open = expected("bid", kind, status) is None
        assert offered == ({"answer_understanding", "bid"} if is_open else set()), (
            kind
        )  # `rank` by the resolution itself
