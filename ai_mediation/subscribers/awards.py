"""An arbitrator asked for a draft of the award: written from what every party could read, and kept for that person alone."""

from ai_mediation.adapters.gateway import gateway, input_hash
from ai_mediation.adapters.mediator.award import award_question
from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION
from ai_mediation.enums import Outcome
from ai_mediation.errors import DraftingFailedError
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.errors import InvalidTermsError, UncitedDraftError
from disputes.events import AwardDraftRequested
from disputes.public import fail_award_draft, is_award_draft_awaited, joint_case_file, record_award_draft
from kernel.subscriptions import Done, subscriber


@subscriber(AwardDraftRequested, name="ai_mediation.draft_award", queue="ai", max_attempts=5)
def draft_award(event: AwardDraftRequested, done: Done) -> None:
    """Draft from the joint record alone; no person and no context that saw a caucus takes part.

    What rules cannot draft, or the core refuses, would fail the same way every time: it fails at once, and the arbitrator may ask again
    or write alone.
    """
    if not is_award_draft_awaited(event.draft_id):
        with done():
            return
    question = award_question(joint_case_file(event.dispute_id))
    subject = ("award draft", event.draft_id)
    asked = Asked(
        purpose=question.purpose,
        model=MODEL,
        prompt_version=PROMPT_VERSION,
        input_hash=input_hash(question),
        subject=subject,
        dispute_id=event.dispute_id,
    )
    try:
        answer = gateway().ask(question)
        asked = Asked(**answer.record(question, subject=subject))
        with done():
            record_award_draft(draft_id=event.draft_id, draft=answer.value)
            record_consultation(asked=asked)
    except DraftingFailedError as failure:
        _give_up(event, done, asked, Outcome.FAILED, failure.reason)
    except (InvalidTermsError, UncitedDraftError) as refusal:
        _give_up(event, done, asked, Outcome.REFUSED, f"{type(refusal).__name__}: {refusal}")


def _give_up(event: AwardDraftRequested, done: Done, asked: Asked, outcome: Outcome, reason: str) -> None:
    with done():
        fail_award_draft(draft_id=event.draft_id, reason=reason)
        record_consultation(asked=asked, failure=(outcome, reason))
