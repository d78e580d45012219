"""The last step of a server's start."""

import gc
from collections.abc import Iterator

import pytest
from django.urls import get_resolver

from config.settle import OLD, YOUNG, settle

pytestmark = pytest.mark.unit


@pytest.fixture
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_the_start_made_is_no_longer_looked_through(collector: None) -> None:
    settle()

    assert "url_patterns" in vars(get_resolver())
    assert gc.get_freeze_count() > 10_000
    assert (gc.get_threshold()[0], gc.get_threshold()[2]) == (YOUNG, OLD)
