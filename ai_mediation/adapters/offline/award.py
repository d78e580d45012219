"""The draft of an award: for the appointed human arbitrator, who alone signs one.

It rests on what every party could read, and on nothing else: a context that has seen a caucus never arbitrates the same dispute.
"""

from ai_mediation.adapters.offline.draft import draft_resolution
from disputes.public import CaseFile, ResolutionDraft


class SeenCaucusError(ValueError):
    """The case file holds more than every party could read: no award may rest on it."""


def draft_award(case: CaseFile) -> ResolutionDraft:
    """By fixed rules from the joint record. Raises SeenCaucusError for a case file of a mediation, or one that holds private words."""
    assert_unseen(case)
    return draft_resolution(case)


def assert_unseen(case: CaseFile) -> None:
    """Raises SeenCaucusError unless the case file is one of arbitration and holds the joint record alone."""
    if case.mode != "arbitration":
        raise SeenCaucusError("An award is drafted from a case file of arbitration only.")
    if case.understandings or case.permitted:
        raise SeenCaucusError("An award never rests on understandings or lines of a caucus.")
