"""The seam for other detectors: something that finds more in a text than rules can, used when a setting names it.

`SCRUBBING_DETECTOR` is empty (rules only), "presidio" (Microsoft Presidio, if it is installed) or the dotted path of a factory without
arguments. What a detector finds is replaced in addition to what the rules find, never instead of it.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ai_mediation.adapters.scrubbing.findings import Finding, Kind


class Detector(Protocol):
    """Finds in a text, as it stands, what must not leave. Places may overlap; a name belongs to nobody in particular (Kind.NAME)."""

    def find(self, text: str) -> Iterator[Finding]: ...


_KINDS = {
    "PERSON": Kind.NAME,
    "EMAIL_ADDRESS": Kind.EMAIL,
    "PHONE_NUMBER": Kind.PHONE,
    "IBAN_CODE": Kind.IBAN,
    "CREDIT_CARD": Kind.CARD,
    "LOCATION": None,  # towns are facts of a case
    "DATE_TIME": None,
    "NRP": None,
    "URL": None,
    "MONEY": None,
}


class PresidioDetector:
    """Presidio's analyser with its default recognisers for English. Days and sums are left to stand: the mediator needs them."""

    def __init__(self) -> None:
        self._analyzer: Any = import_module("presidio_analyzer").AnalyzerEngine()

    def find(self, text: str) -> Iterator[Finding]:
        for result in self._analyzer.analyze(text=text, language="en", score_threshold=0.5):
            if kind := _KINDS.get(result.entity_type, Kind.ID):
                yield Finding(kind, result.start, result.end)


@cache
def _made(name: str) -> Detector:
    if name != "presidio":
        made: Detector = import_string(name)()
        return made
    try:
        return PresidioDetector()
    except ImportError as error:
        raise ImproperlyConfigured(
            "SCRUBBING_DETECTOR names presidio, which is not installed: install the extra `pii`, or leave the setting empty."
        ) from error


def configured_detector() -> Detector | None:
    """The deployment's detector, made once. Raises ImproperlyConfigured when what the setting names is not there: nothing leaves then."""
    name: str = getattr(settings, "SCRUBBING_DETECTOR", "")
    return _made(name) if name else None
