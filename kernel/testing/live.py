"""Real processes for `live` tests. Filled in with the launcher."""

import pytest


@pytest.fixture(scope="module")
def live_server_stack() -> None:
    pytest.skip("comes with the launcher")
