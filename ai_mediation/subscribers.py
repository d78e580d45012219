"""The mediator at work: a resolution was asked for, a draft is proposed. The AI is a client of the dispute core."""

from ai_mediation.adapters.gateway import DraftAnswer, DraftRequest, OfflineEngine, gateway
from ai_mediation.enums import Outcome, Purpose
from ai_mediation.errors import DraftingFailedError
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.errors import InvalidTermsError, UncitedDraftError
from disputes.events import ResolutionRequested
from disputes.public import case_file, fail_resolution, propose_resolution
from kernel.journal import Actor
from kernel.subscriptions import Done, subscriber


@subscriber(ResolutionRequested, name="ai_mediation.draft_resolution", queue="ai", max_attempts=5)
def draft_resolution(event: ResolutionRequested, done: Done) -> None:
    """Draft from the joint record and propose it.

    A database or broker that is away raises and is tried again. What rules cannot draft, or the core refuses, would fail
    the same way every time: the resolution fails at once, and the parties may ask again.
    """
    request = DraftRequest(case_file(event.dispute_id))
    try:
        answer = gateway().draft(request)
    except DraftingFailedError as failure:
        _give_up(event, done, _asked_offline(event, request), Outcome.FAILED, failure.reason)
        return
    asked = _asked(event, answer)
    try:
        with done():
            propose_resolution(resolution_id=event.resolution_id, draft=answer.draft, drafted_by=Actor.ai("mediator"))
            record_consultation(asked=asked)
    except (InvalidTermsError, UncitedDraftError) as refusal:
        _give_up(event, done, asked, Outcome.REFUSED, f"{type(refusal).__name__}: {refusal}")


def _give_up(event: ResolutionRequested, done: Done, asked: Asked, outcome: Outcome, reason: str) -> None:
    with done():
        fail_resolution(resolution_id=event.resolution_id, reason=reason)
        record_consultation(asked=asked, failure=(outcome, reason))


def _asked(event: ResolutionRequested, answer: DraftAnswer) -> Asked:
    return Asked(
        purpose=Purpose.MEDIATION,
        model=answer.draft.model,
        prompt_version=answer.draft.prompt_version,
        input_hash=answer.input_hash,
        subject=("resolution", event.resolution_id),
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
        latency_ms=answer.latency_ms,
    )


def _asked_offline(event: ResolutionRequested, request: DraftRequest) -> Asked:
    return Asked(
        purpose=request.purpose,
        model=OfflineEngine.name,
        prompt_version=OfflineEngine.prompt_version,
        input_hash=request.input_hash,
        subject=("resolution", event.resolution_id),
    )
