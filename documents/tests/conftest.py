"""What the tests of documents share."""

from typing import Any

import pytest

from documents.tests.factories import settlement


@pytest.fixture
def settlement_data() -> dict[str, Any]:
    """Data of a settlement with everything the schema knows."""
    return settlement()
