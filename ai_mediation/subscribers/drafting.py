"""A resolution was asked for: one draft is proposed, or in a mediation by the protocol several candidates are put up for ranking."""

from dataclasses import replace
from typing import Any

from ai_mediation.adapters.gateway import gateway, input_hash
from ai_mediation.adapters.mediator.candidates import candidates_question
from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION
from ai_mediation.adapters.offline.draft import draft_resolution as drafted_by_rules
from ai_mediation.adapters.questions import Answer, Audience, Material, Question
from ai_mediation.enums import Outcome, Purpose
from ai_mediation.errors import DraftingFailedError
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.errors import InvalidTermsError, UncitedDraftError
from disputes.events import ResolutionRequested
from disputes.public import (
    CandidateDraft,
    CaseFile,
    ResolutionDraft,
    case_file,
    fail_resolution,
    propose_resolution,
    submit_candidates,
)
from kernel.journal import Actor
from kernel.subscriptions import Done, subscriber

MEDIATOR = Actor.ai("mediator")
FEWEST_TO_RANK = 2


@subscriber(ResolutionRequested, name="ai_mediation.draft_resolution", queue="ai", max_attempts=5)
def draft_resolution(event: ResolutionRequested, done: Done) -> None:
    """Draft from the joint record and propose it.

    A database or broker that is away raises and is tried again. What rules cannot draft, or the core refuses, would fail
    the same way every time: the resolution fails at once, and the parties may ask again.
    """
    case = case_file(event.dispute_id)
    if case.protocol == "mediated":
        _submit(event, done, case)
    else:
        _propose(event, done, case)


def _propose(event: ResolutionRequested, done: Done, case: CaseFile) -> None:
    """One proposal."""
    question = resolution_question(case)
    try:
        answer = gateway().ask(question)
    except DraftingFailedError as failure:
        _give_up(event, done, _asked_offline(event, question), Outcome.FAILED, failure.reason)
        return
    asked = _asked(event, answer)
    try:
        with done():
            propose_resolution(resolution_id=event.resolution_id, draft=answer.value, drafted_by=MEDIATOR)
            record_consultation(asked=asked)
    except (InvalidTermsError, UncitedDraftError) as refusal:
        _give_up(event, done, asked, Outcome.REFUSED, f"{type(refusal).__name__}: {refusal}")


def _submit(event: ResolutionRequested, done: Done, case: CaseFile) -> None:
    """Candidates to rank; where the record leaves no choice of two, the one there is is proposed as in a simple mediation."""
    question = candidates_question(case)
    try:
        answer = gateway().ask(question)
    except DraftingFailedError as failure:
        _give_up(event, done, _asked_offline(event, question), Outcome.FAILED, failure.reason)
        return
    asked = Asked(**answer.record(question, subject=("resolution", event.resolution_id)))
    candidates = [_made_by(one, answer) for one in answer.value]
    try:
        with done():
            if len(candidates) >= FEWEST_TO_RANK:
                submit_candidates(resolution_id=event.resolution_id, candidates=candidates, drafted_by=MEDIATOR)
            else:
                alone = candidates[0].draft if candidates else drafted_by_rules(_joint(case))
                propose_resolution(resolution_id=event.resolution_id, draft=alone, drafted_by=MEDIATOR)
            record_consultation(asked=asked)
    except (InvalidTermsError, UncitedDraftError) as refusal:
        _give_up(event, done, asked, Outcome.REFUSED, f"{type(refusal).__name__}: {refusal}")


def _made_by(candidate: CandidateDraft, answer: Answer[tuple[CandidateDraft, ...]]) -> CandidateDraft:
    draft = replace(candidate.draft, model=answer.model, prompt_version=answer.prompt_version)
    return replace(candidate, draft=draft)


def _joint(case: CaseFile) -> CaseFile:
    """What every party could read, and nothing that one told the mediator."""
    return replace(case, understandings=(), permitted=())


def resolution_question(case: CaseFile) -> Question[ResolutionDraft]:
    """What is asked about a case: answered by rules alone, from the joint record."""
    return Question(
        purpose=Purpose.MEDIATION,
        prompt="",
        audience=Audience("joint", case.dispute_id),
        locale=case.locale,
        materials=(Material("case file", repr(_joint(case))),),
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


def _asked_offline(event: ResolutionRequested, question: Question[Any]) -> Asked:
    return Asked(
        purpose=question.purpose,
        model=MODEL,
        prompt_version=PROMPT_VERSION,
        input_hash=input_hash(question),
        subject=("resolution", event.resolution_id),
    )
