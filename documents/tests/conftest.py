"""What the tests of documents share."""

import json
from pathlib import Path
from typing import Any

import pytest

from documents.adapters.library import LIBRARY

SETTLEMENT = LIBRARY / "settlement-agreement"


@pytest.fixture
def settlement_data() -> dict[str, Any]:
    """Data of a settlement with everything the schema knows."""
    return settlement()


def settlement() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((Path(__file__).parent / "settlement.json").read_text(encoding="utf-8"))
    return data
