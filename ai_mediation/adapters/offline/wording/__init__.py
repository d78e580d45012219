"""The sentences of a draft in the languages Accord speaks. Legal wording is written in each language, not translated."""

from ai_mediation.adapters.offline.wording.english import English
from ai_mediation.adapters.offline.wording.protocol import Wording
from ai_mediation.adapters.offline.wording.spanish import Spanish


def wording_for(locale: str) -> Wording:
    """Spanish for es and its regions, English for everything else."""
    return Spanish() if locale.lower().replace("_", "-").split("-")[0] == "es" else English()


__all__ = ["Wording", "wording_for"]
