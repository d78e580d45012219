"""The builders stand where they say."""

import pytest

from disputes.enums import DisputeStatus
from disputes.tests.factories import KINDS, case_in, peopled

pytestmark = pytest.mark.db


@pytest.mark.parametrize("status", list(DisputeStatus))
def test_case_in_reaches_every_state(status: DisputeStatus) -> None:
    assert case_in(status).status == status


def test_peopled_case_has_one_of_every_kind() -> None:
    _case, cast = peopled(DisputeStatus.INVITE_SENT)
    assert set(cast) == set(KINDS)
    assert len({user.pk for user in cast.values()}) == len(KINDS)
