"""A party's position is to be summed up for that party, from its own texts."""

from django.core.exceptions import ObjectDoesNotExist

from ai_mediation.adapters.gateway import gateway, input_hash
from ai_mediation.adapters.mediator.understanding import claim_form_question, summary_question
from ai_mediation.adapters.offline.draft import MODEL, PROMPT_VERSION
from ai_mediation.enums import Outcome
from ai_mediation.errors import DraftingFailedError
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.events import UnderstandingRequested
from disputes.public import party_file, record_understanding
from kernel.subscriptions import Done, subscriber


@subscriber(UnderstandingRequested, name="ai_mediation.sum_up_position", queue="ai", max_attempts=5)
def sum_up_position(event: UnderstandingRequested, done: Done) -> None:
    """Fill the claim form, sum it up, and hand both to the core.

    Who left meanwhile gets none. What rules cannot sum up either is recorded as failed: the core asks again, and the party's time to
    answer runs out without harm.
    """
    try:
        file = party_file(event.participant_id)
    except ObjectDoesNotExist:
        with done():
            return
    subject = ("participant", event.participant_id)
    form_question = claim_form_question(file)
    try:
        formed = gateway().ask(form_question)
        question = summary_question(file, formed.value)
        summed = gateway().ask(question)
    except DraftingFailedError as failure:
        asked = Asked(
            purpose=form_question.purpose,
            model=MODEL,
            prompt_version=PROMPT_VERSION,
            input_hash=input_hash(form_question),
            subject=subject,
        )
        with done():
            record_consultation(asked=asked, failure=(Outcome.FAILED, failure.reason))
        return
    with done():
        record_understanding(
            participant_id=event.participant_id,
            summary=summed.value,
            claim_form=formed.value.as_json(),
            model=summed.model,
            prompt_version=summed.prompt_version,
            understanding_id=file.understanding_id,
        )
        record_consultation(asked=Asked(**formed.record(form_question, subject=subject)))
        record_consultation(asked=Asked(**summed.record(question, subject=subject)))
