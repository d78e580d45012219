"""What a list costs does not grow with its rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import UserFactory
from disputes.enums import DisputeStatus
from disputes.models import Participant, Resolution, Truth
from disputes.services.assignments import assign_lawyer
from disputes.tests.conftest import client_of
from disputes.tests.factories import Case, caucus, fail_rounds, file_case, mediating, put_on_record, say, state

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]


def add_case(case: Case) -> None:
    file_case(claimant=case.claimant)


def add_assignment(case: Case) -> None:
    assign_lawyer(
        acting_user=UserFactory(admin=True), dispute_id=case.id, lawyer_id=UserFactory(lawyer=True).pk, part="counsel"
    )


def add_messages(case: Case) -> None:
    say(case, case.claimant)
    caucus(case, case.claimant, "x")


LISTS: dict[str, Callable[[Case], object]] = {
    "": add_case,
    "truths": lambda case: state(case, case.claimant, "more"),
    "evidence": lambda case: put_on_record(case, case.respondent),
    "messages": add_messages,
    "resolutions": lambda case: fail_rounds(case, 1),
    "assignments": add_assignment,
    "timeline": lambda case: put_on_record(case, case.claimant),
}


@pytest.mark.parametrize("name", list(LISTS))
def test_twenty_rows_cost_as_many_statements_as_one(name: str, settings: Any) -> None:
    settings.DISPUTES_MAX_ROUNDS = 100
    case = mediating()
    reader = UserFactory(admin=True) if name == "assignments" else case.claimant
    client = client_of(reader)
    address = case.url(name) if name else "/api/disputes"

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as taken:
            answer = client.get(address + "?limit=100")
        assert answer.status_code == 200, answer.content
        return len(taken), len(answer.json()["results"])

    LISTS[name](case)
    cost()  # keys and sessions are now at hand
    few, first = cost()
    for _ in range(19):
        LISTS[name](case)
    many, last = cost()
    assert last >= first + 19
    assert many == few


@pytest.mark.parametrize("others", [1, 18])
def test_a_case_costs_the_same_with_twenty_parties(others: int) -> None:
    from disputes.services.invitations import Invitee

    case = file_case(invitees=tuple(Invitee(f"p{n}@example.org") for n in range(others)))
    client = client_of(case.claimant)
    client.get(case.url())
    with CaptureQueriesContext(connection) as taken:
        assert len(client.get(case.url()).json()["participants"]) == others + 2
    assert len(taken) <= 6, [entry["sql"][:100] for entry in taken]
    assert Participant.objects.count() == others + 2
    assert (Truth.objects.count(), Resolution.objects.count()) == (0, 0)
    assert case.status == DisputeStatus.INVITE_SENT
