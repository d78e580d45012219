"""A draft of an award: from what every party could read; no word of a caucus, a correction or a bid is in the question or the draft."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from ai_mediation.adapters.mediator.award import award_question
from ai_mediation.adapters.offline.award import SeenCaucusError
from ai_mediation.adapters.questions import Audience
from ai_mediation.enums import Outcome
from ai_mediation.models import Consultation
from ai_mediation.subscribers.awards import draft_award
from disputes.events import AwardDraftRequested
from disputes.models import AwardDraft, Message, Resolution
from disputes.public import CaseFile, ResolutionDraft, case_file, joint_case_file
from disputes.selectors.award_drafts import shown_award_draft
from disputes.services.awards import request_award_draft
from disputes.services.caucus import permit_line
from disputes.services.understanding import answer_understanding
from disputes.tests import factories as make
from kernel import relay
from kernel.events import Event
from kernel.models import Delivery
from kernel.subscriptions import subscriber_named

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CANARIES = ("zqcaucuszq", "zqpermittedzq", "zqcorrectionzq", "zqpairzq")


@contextmanager
def done() -> Iterator[None]:
    with transaction.atomic():
        yield


def broken(_: CaseFile) -> ResolutionDraft:
    raise ZeroDivisionError("secret words of a party")


@pytest.fixture
def court() -> make.Case:
    """In arbitration; before it, each private channel was told a canary, and one line was even permitted to the mediator."""
    case = make.stating(protocol="mediated", amount=make.eur("1000.00"))
    make.state(case, case.claimant, "He broke my fence. I would take 800 euros. It cost me a summer.")
    make.state(case, case.respondent, "I offer 400 euros.")
    make.caucus(case, case.respondent, "zqcaucuszq I would pay 790 euros.")
    line = make.caucus(case, case.respondent, "zqpermittedzq I would pay 780 euros.")
    permit_line(acting_user=case.respondent, dispute_id=case.id, message_id=line.id)
    make.say(case, case.respondent, "zqpairzq", is_private=True, recipient_id=case.claimant.pk)
    make.understand(case, case.claimant)
    answer_understanding(
        acting_user=case.claimant, dispute_id=case.id, decision="correct", correction="zqcorrectionzq I take 500 euros."
    )
    make.arbitrate(case)
    make.assign(case, "arbitrator")
    return case


def asked(case: make.Case) -> AwardDraft:
    return request_award_draft(acting_user=case.staff["arbitrator"], dispute_id=case.id)


def request_for(draft: AwardDraft) -> AwardDraftRequested:
    return AwardDraftRequested(draft.resolution.dispute_id, draft.pk)


def test_request_becomes_a_draft_with_its_consultation_and_moves_nothing(court: make.Case) -> None:
    draft = asked(court)
    draft_award(request_for(draft), done)
    draft.refresh_from_db()
    shown = shown_award_draft(draft, court.dispute)
    (payment,) = [term for term in shown.terms if term.kind == "payment"]
    assert (draft.status, draft.model, payment.amount) == ("ready", "offline-rules", make.eur("600.00"))
    assert (payment.debtor_id, payment.creditor_id) == (court.respondent.pk, court.claimant.pk)
    assert (court.status, Resolution.objects.get(mode="arbitration").status) == ("arbitrating", "drafting")
    consultation = Consultation.objects.get(subject_id=draft.pk)
    assert (consultation.subject_kind, consultation.outcome) == ("award draft", Outcome.ANSWERED)


def test_no_private_word_is_in_the_question_or_the_draft(court: make.Case) -> None:
    assert Message.objects.filter(permitted_at__isnull=False).count() == 1
    case = joint_case_file(court.id)
    question = award_question(case)
    assert question.audience == Audience("joint", court.id)
    asked_about = "".join((material.label + material.text) for material in question.materials) + repr(question.values)
    draft = asked(court)
    draft_award(request_for(draft), done)
    draft.refresh_from_db()
    shown = shown_award_draft(draft, court.dispute)
    written = json.dumps([shown.summary, shown.reasoning, *shown.agreed_facts, *shown.disputed_facts, *shown.citations])
    written += repr(shown.terms)
    assert "I would take 800 euros" in asked_about  # the question does hold what both could read
    assert [canary for canary in CANARIES if canary in asked_about + written] == []


def test_case_file_of_the_mediation_is_refused_before_anything_is_asked(court: make.Case) -> None:
    with pytest.raises(SeenCaucusError):
        award_question(case_file(court.id))


def test_event_reaches_the_drafter_through_the_outbox(court: make.Case) -> None:
    draft = asked(court)
    relay.expand_events()
    delivery = Delivery.objects.get(subscriber="ai_mediation.draft_award")
    declared, claimed = subscriber_named(delivery.subscriber), relay.claim(delivery.pk)
    assert declared is not None
    assert claimed is not None
    declared.handler(Event.load(claimed.event.type, claimed.event.payload), lambda: relay.done_with_effect(claimed))
    draft.refresh_from_db()
    assert (declared.queue, draft.status) == ("ai", "ready")


def test_engine_that_breaks_fails_the_draft_and_tells_no_private_word(
    court: make.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai_mediation.adapters.mediator.award.draft_award", broken)
    draft = asked(court)
    draft_award(request_for(draft), done)
    draft.refresh_from_db()
    assert (draft.status, draft.content_sealed, court.status) == ("failed", None, "arbitrating")
    assert "secret" not in draft.failure
    assert Consultation.objects.get(subject_id=draft.pk).outcome == Outcome.FAILED


def test_second_delivery_changes_nothing(court: make.Case) -> None:
    draft = asked(court)
    for _ in range(2):
        with transaction.atomic():
            draft_award(request_for(draft), done)
    assert Consultation.objects.filter(subject_id=draft.pk).count() == 1
