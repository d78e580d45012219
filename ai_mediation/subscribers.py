"""The mediator at work: a resolution was asked for, a draft is proposed. The AI is a client of the dispute core."""

from ai_mediation.adapters.gateway import gateway, input_hash
from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION
from ai_mediation.adapters.offline.draft import draft_resolution as drafted_by_rules
from ai_mediation.adapters.questions import Answer, Audience, Material, Question
from ai_mediation.enums import Outcome, Purpose
from ai_mediation.errors import DraftingFailedError
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.errors import InvalidTermsError, UncitedDraftError
from disputes.events import ResolutionRequested
from disputes.public import CaseFile, ResolutionDraft, case_file, fail_resolution, propose_resolution
from kernel.journal import Actor
from kernel.subscriptions import Done, subscriber


@subscriber(ResolutionRequested, name="ai_mediation.draft_resolution", queue="ai", max_attempts=5)
def draft_resolution(event: ResolutionRequested, done: Done) -> None:
    """Draft from the joint record and propose it.

    A database or broker that is away raises and is tried again. What rules cannot draft, or the core refuses, would fail
    the same way every time: the resolution fails at once, and the parties may ask again.
    """
    question = resolution_question(case_file(event.dispute_id))
    try:
        answer = gateway().ask(question)
    except DraftingFailedError as failure:
        _give_up(event, done, _asked_offline(event, question), Outcome.FAILED, failure.reason)
        return
    asked = _asked(event, answer)
    try:
        with done():
            propose_resolution(resolution_id=event.resolution_id, draft=answer.value, drafted_by=Actor.ai("mediator"))
            record_consultation(asked=asked)
    except (InvalidTermsError, UncitedDraftError) as refusal:
        _give_up(event, done, asked, Outcome.REFUSED, f"{type(refusal).__name__}: {refusal}")


def resolution_question(case: CaseFile) -> Question[ResolutionDraft]:
    """What is asked about a case: answered by rules alone, from the joint record."""
    return Question(
        purpose=Purpose.MEDIATION,
        prompt="",
        audience=Audience("joint", case.dispute_id),
        locale=case.locale,
        materials=(Material("case file", repr(case)),),
        offline=lambda: drafted_by_rules(case),
    )


def _give_up(event: ResolutionRequested, done: Done, asked: Asked, outcome: Outcome, reason: str) -> None:
    with done():
        fail_resolution(resolution_id=event.resolution_id, reason=reason)
        record_consultation(asked=asked, failure=(outcome, reason))


def _asked(event: ResolutionRequested, answer: Answer[ResolutionDraft]) -> Asked:
    return Asked(
        purpose=Purpose.MEDIATION,
        model=answer.value.model,
        prompt_version=answer.value.prompt_version,
        input_hash=answer.input_hash,
        subject=("resolution", event.resolution_id),
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
        latency_ms=answer.latency_ms,
    )


def _asked_offline(event: ResolutionRequested, question: Question[ResolutionDraft]) -> Asked:
    return Asked(
        purpose=question.purpose,
        model=MODEL,
        prompt_version=PROMPT_VERSION,
        input_hash=input_hash(question),
        subject=("resolution", event.resolution_id),
    )
