"""From "a resolution was asked for" to a proposal in the dispute, on the real database and through the real relay."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from accounts.tests.factories import UserFactory, browser
from ai_mediation.adapters.gateway import Gateway, input_hash
from ai_mediation.adapters.offline.draft import draft_resolution
from ai_mediation.adapters.questions import Audience, Question
from ai_mediation.enums import Outcome, Purpose
from ai_mediation.errors import DraftingFailedError, ProviderUnavailableError
from ai_mediation.models import Consultation
from ai_mediation.selectors.consultations import sent_request
from ai_mediation.services.consultations import Asked, forget_old_requests, record_consultation
from ai_mediation.subscribers import draft_resolution as draft_on_request
from ai_mediation.subscribers import drafting
from ai_mediation.subscribers.drafting import resolution_question
from ai_mediation.tests.cases import case_of, euros
from disputes.events import ResolutionRequested
from disputes.public import CaseFile, ResolutionDraft
from disputes.tests import factories
from kernel import relay
from kernel.clock import now
from kernel.crypto import CannotOpenError, KeyScope, destroy_key
from kernel.events import Event
from kernel.ids import new_id
from kernel.models import Delivery
from kernel.subscriptions import subscriber_named

pytestmark = pytest.mark.db


@contextmanager
def done() -> Iterator[None]:
    with transaction.atomic():
        yield


@pytest.fixture
def case() -> factories.Case:
    """Two parties who named their figures, disclosed, with a caucus and a joint message, and a resolution asked for."""
    case = factories.stating(amount=factories.eur("1000.00"))
    factories.state(case, case.claimant, "He broke my fence. I would take 800 euros. It cost me a summer.")
    factories.state(case, case.respondent, "I offer 400 euros.")
    factories.ask(case)
    return case


def request_for(case: factories.Case) -> ResolutionRequested:
    return ResolutionRequested(case.id, case.resolution.pk)


def test_a_request_becomes_a_proposal_with_its_consultation(db: None, case: factories.Case) -> None:
    draft_on_request(request_for(case), done)

    resolution = case.resolution
    (payment,) = [term for term in resolution.terms if term["kind"] == "payment"]
    assert resolution.status == "proposed"
    assert payment["amount"] == {"amount": "600.00", "currency": "EUR"}
    assert (payment["debtor_id"], payment["creditor_id"]) == (str(case.respondent.pk), str(case.claimant.pk))
    assert (resolution.model, resolution.prompt_version) == ("offline-rules", "offline-1")
    consultation = Consultation.objects.get()
    assert (consultation.subject_kind, consultation.subject_id) == ("resolution", resolution.pk)
    assert (consultation.outcome, consultation.purpose) == (Outcome.ANSWERED, Purpose.MEDIATION)
    assert len(bytes(consultation.input_hash)) == 32


def test_the_event_reaches_the_mediator_through_the_outbox(db: None, case: factories.Case) -> None:
    relay.expand_events()
    delivery = Delivery.objects.get(subscriber="ai_mediation.draft_resolution")
    declared = subscriber_named(delivery.subscriber)
    claimed = relay.claim(delivery.pk)
    assert declared is not None
    assert claimed is not None
    declared.handler(Event.load(claimed.event.type, claimed.event.payload), lambda: relay.done_with_effect(claimed))

    assert declared.queue == "ai"
    assert case.resolution.status == "proposed"
    assert Delivery.objects.get(pk=delivery.pk).state == "done"


def test_a_second_delivery_changes_nothing(db: None, case: factories.Case) -> None:
    draft_on_request(request_for(case), done)
    first = case.resolution.terms
    draft_on_request(request_for(case), done)

    assert case.resolution.terms == first
    assert case.resolution.status == "proposed"


def broken(_: CaseFile) -> ResolutionDraft:
    raise ZeroDivisionError("secret words of a party")


def test_an_engine_that_breaks_fails_the_resolution_and_tells_no_private_word(
    db: None, case: factories.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai_mediation.subscribers.drafting.drafted_by_rules", broken)
    draft_on_request(request_for(case), done)

    consultation = Consultation.objects.get()
    assert case.resolution.status == "failed"
    assert case.status == "mediating"
    assert consultation.outcome == Outcome.FAILED
    assert consultation.reason == "The offline engine raised ZeroDivisionError."


def test_a_draft_the_core_refuses_fails_the_resolution(
    db: None, case: factories.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_terms(file: CaseFile) -> ResolutionDraft:
        return replace(draft_resolution(file), terms=())

    monkeypatch.setattr("ai_mediation.subscribers.drafting.drafted_by_rules", without_terms)
    draft_on_request(request_for(case), done)

    assert case.resolution.status == "failed"
    assert Consultation.objects.get().outcome == Outcome.REFUSED


def test_a_database_that_is_away_is_tried_again_and_nothing_is_written(
    db: None, case: factories.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(drafting, "propose_resolution", away)
    with pytest.raises(DatabaseError):
        draft_on_request(request_for(case), done)

    assert case.resolution.status == "drafting"
    assert not Consultation.objects.exists()


def test_a_caucus_never_reaches_the_draft(db: None) -> None:
    case = factories.stating(amount=factories.eur("1000.00"))
    factories.state(case, case.claimant, "He broke my fence.")
    factories.state(case, case.respondent, "I offer 400 euros.")
    factories.say(case, case.claimant, "I would take 450 euros. MARKER-CAUCUS", is_private=True)
    factories.ask(case)
    draft_on_request(request_for(case), done)

    told = repr(case.resolution.__dict__)
    assert "MARKER" not in told
    assert "450.00" not in told
    assert "450 euros" not in told
    assert "700.00" in told


# --- answered by rules ------------------------------------------------------------------------------------------------
FILE = case_of({"Bert Claes": "I offer 400 euros."}, amount=euros(1000))
QUESTION = resolution_question(FILE)


def test_a_question_without_a_model_is_answered_by_its_rules() -> None:
    answer = Gateway().ask(QUESTION)

    assert answer.value == draft_resolution(FILE)
    assert (answer.provider, answer.model, answer.usage.input_tokens) == ("offline-rules", "offline-rules", 0)
    assert (answer.is_cached, answer.request) == (False, b"")


def test_a_question_that_needs_a_model_is_told_that_none_answers() -> None:
    with pytest.raises(ProviderUnavailableError) as refusal:
        Gateway().ask(replace(QUESTION, offline=None))

    assert (refusal.value.status, refusal.value.code) == (503, "ai_unavailable")
    assert refusal.value.detail == "The AI is busy right now, please try again."
    assert int(refusal.value.headers["Retry-After"]) > 0


def test_a_stream_of_rules_is_one_piece_and_then_whole() -> None:
    greeting: Question[str] = Question(
        Purpose.CHAT, "", Audience("person", person_id=new_id()), "en", offline=lambda: "Good morning."
    )
    stream = Gateway().stream(greeting)
    with pytest.raises(RuntimeError):
        _ = stream.answer

    assert list(stream) == ["Good morning."]
    assert stream.answer.value == "Good morning."


def test_rules_that_break_say_only_how() -> None:
    def broken_rules() -> ResolutionDraft:
        raise ZeroDivisionError("secret words of a party")

    with pytest.raises(DraftingFailedError) as failure:
        Gateway().ask(replace(QUESTION, offline=broken_rules))

    assert failure.value.reason == "The offline engine raised ZeroDivisionError."
    assert "secret" not in failure.value.detail


def test_the_same_question_has_the_same_fingerprint_and_another_one_another() -> None:
    other = resolution_question(replace(FILE, title="Another matter"))

    assert input_hash(QUESTION) == input_hash(resolution_question(replace(FILE)))
    assert input_hash(QUESTION) != input_hash(other)


# --- consultations ----------------------------------------------------------------------------------------------------
ASKED = Asked(purpose=Purpose.MEDIATION, model="m", prompt_version="1", input_hash=b"\0" * 32)


@pytest.mark.parametrize(
    "broken", [{"purpose": "gossip"}, {"outcome": "maybe"}, {"subject_kind": "dispute"}, {"reason": "why"}]
)
def test_the_database_refuses_a_consultation_that_makes_no_sense(db: None, broken: dict[str, str]) -> None:
    given = {"purpose": "chat", "model": "m", "prompt_version": "1", "input_hash": b"", "outcome": "answered", **broken}
    with pytest.raises(IntegrityError), transaction.atomic():
        Consultation.objects.create(**given)


def test_the_exact_request_is_sealed_and_opens_until_its_key_or_its_time_is_gone(db: None) -> None:
    case = factories.stating()
    body = b'{"messages": "PRIVATE-MARKER"}'
    first, second = (
        record_consultation(asked=replace(ASKED, dispute_id=case.id, request=body, provider="openai")) for _ in "12"
    )
    row = Consultation.objects.get(pk=first)
    assert sent_request(row) == body
    assert b"PRIVATE" not in bytes(row.request or b"")
    assert row.request_scope == "dispute"

    Consultation.objects.filter(pk=second).update(created_at=now() - timedelta(days=31))
    assert forget_old_requests(batch=10) == 1
    assert sent_request(Consultation.objects.get(pk=second)) is None
    destroy_key(KeyScope("dispute", case.id))
    with pytest.raises(CannotOpenError):
        sent_request(Consultation.objects.get(pk=first))


def test_who_asked_is_kept(db: None) -> None:
    person = UserFactory()
    row = record_consultation(asked=ASKED, asked_by_id=person.pk)

    assert Consultation.objects.get(pk=row).asked_by == person


@pytest.mark.parametrize(("role", "sees"), [("admin", True), ("lawyer", False), ("client", False)])
def test_consultations_are_shown_to_administrators_only_and_never_edited(db: None, role: str, sees: bool) -> None:
    row = record_consultation(asked=ASKED)
    client: Client = browser(UserFactory(role=role))
    listed = client.get("/admin/ai_mediation/consultation/")
    shown = client.get(f"/admin/ai_mediation/consultation/{row}/change/")
    client.post(f"/admin/ai_mediation/consultation/{row}/change/", {"model": "other"})
    client.post(f"/admin/ai_mediation/consultation/{row}/delete/", {"post": "yes"})

    assert ((listed.status_code, shown.status_code) == (200, 200)) is sees
    assert Consultation.objects.get(pk=row).model == "m"
