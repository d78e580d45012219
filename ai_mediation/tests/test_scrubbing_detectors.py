"""The seam for other detectors, with a small one of our own."""

import re
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from ai_mediation.adapters.scrubbing import Finding, Kind, Scrubber

TEXT = "The car with the plate B-AB 1234 of mara@example.org stood there on 3 May 2025."


class Plates:
    """Finds German number plates."""

    def find(self, text: str) -> Iterator[Finding]:
        for match in re.finditer(r"\b[A-Z]{1,3}-[A-Z]{1,2} \d{1,4}\b", text):
            yield Finding(Kind.ID, *match.span())


def outline(scrubbed: str) -> str:
    return re.sub(r"_[A-Z]{6}", "", scrubbed)


def test_without_a_setting_rules_find_alone() -> None:
    assert outline(Scrubber((), "x").scrub(TEXT)) == TEXT.replace("mara@example.org", "EMAIL")


def test_what_a_named_detector_finds_is_replaced_in_addition(settings: Settings) -> None:
    settings.SCRUBBING_DETECTOR = f"{__name__}.Plates"
    scrubber = Scrubber((), "x")
    scrubbed = scrubber.scrub(TEXT)

    assert outline(scrubbed) == TEXT.replace("mara@example.org", "EMAIL").replace("B-AB 1234", "ID")
    assert scrubber.restore(scrubbed) == TEXT


HAS_PRESIDIO = find_spec("presidio_analyzer") is not None
NEIGHBOUR = "My neighbour Olga Petrova saw it on 3 May 2025 in Berlin, from 10.0.0.17, and it cost 1,450.00 euros; ask lena@example.org."


@pytest.mark.skipif(not HAS_PRESIDIO, reason="requirements/pii.txt is not installed")
def test_presidio_finds_a_name_that_no_case_file_knows_and_leaves_days_towns_and_sums(settings: Settings) -> None:
    settings.SCRUBBING_DETECTOR = "presidio"
    scrubber = Scrubber((), "x")
    scrubbed = scrubber.scrub(NEIGHBOUR)

    wanted = NEIGHBOUR.replace("Olga Petrova", "NAME").replace("10.0.0.17", "ID").replace("lena@example.org", "EMAIL")
    assert outline(scrubbed) == wanted
    assert scrubber.restore(scrubbed) == NEIGHBOUR


@pytest.mark.skipif(HAS_PRESIDIO, reason="Presidio is there")
def test_a_detector_that_is_not_there_lets_nothing_leave(settings: Settings) -> None:
    settings.SCRUBBING_DETECTOR = "presidio"

    with pytest.raises(ImproperlyConfigured):
        Scrubber((), "x")
