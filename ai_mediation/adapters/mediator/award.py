"""The question for an award's draft: from a context that never saw a caucus. Its answer is a draft for the arbitrator, a person."""

from ai_mediation.adapters.offline.award import assert_unseen, draft_award
from ai_mediation.adapters.questions import Audience, Material, Question
from ai_mediation.enums import Purpose
from disputes.public import CaseFile, ResolutionDraft


def award_question(case: CaseFile) -> Question[ResolutionDraft]:
    """Answered by rules alone. Raises SeenCaucusError before anything is asked when the case file holds a private word."""
    assert_unseen(case)
    return Question(
        purpose=Purpose.MEDIATION,
        prompt="",
        audience=Audience("joint", case.dispute_id),
        locale=case.locale,
        materials=(Material("case file", repr(case)),),
        offline=lambda: draft_award(case),
    )
