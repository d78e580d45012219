"""The contract: leased, drawn up, given up, reviewed, signed, declined, voided, executed."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.tests.factories import browser
from disputes.enums import ContractStatus, DisputeStatus, Outcome, Part
from disputes.errors import DocumentChangedError, WrongStateError
from disputes.events import ContractRequested
from disputes.models import Contract
from disputes.selectors.contract_inputs import TEMPLATE_KIND, contract_inputs
from disputes.selectors.due import contracts_to_draw_up
from disputes.services.contracts import (
    LEASE,
    MAX_ATTEMPTS,
    ask_for_contract,
    complete_drawing_up,
    decline_contract,
    execute_contract,
    extend_contract_lease,
    lease_contract,
    note_failed_attempt,
    review_contract,
    void_contract,
)
from disputes.subscribers import draw_up as hear_request
from disputes.subscribers import execute, void_declined, void_expired, void_voided
from disputes.tasks import generate_due_contracts
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    accept,
    ask,
    assign,
    contracting,
    draft,
    draw_up,
    drawn_up,
    in_review,
    mediating,
    payment,
    propose,
    seal,
    sign,
    signing,
)
from documents.public import published_version, validate_inputs
from documents.tests.factories import published
from esign.errors import AlreadySignedError, ConsentMissingError
from esign.events import EnvelopeCompleted, EnvelopeDeclined, EnvelopeExpired, EnvelopeVoided
from esign.public import expire_envelope
from esign.tests.factories import Envelope, Signature
from kernel.errors import DomainError
from kernel.journal import StreamRef, entries
from kernel.models import JournalEntry, OutboxEvent
from kernel.subscriptions import GiveUp, RetryLater
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
S = DisputeStatus
C = ContractStatus


def refuses(act: Any, error: type[Exception]) -> None:
    before = footprint()
    with pytest.raises(error):
        act()
    assert footprint() == before


def events(name: str) -> int:
    return OutboxEvent.objects.filter(type=f"disputes.{name}").count()


def envelope_of(case: Case) -> Envelope:
    return Envelope.objects.get(subject_id=case.contract.pk)


# --- drawing up ---------------------------------------------------------------------------------------------------------
def test_a_contract_is_leased_to_one_worker_and_due_again_when_the_lease_ends(clock: Clock) -> None:
    case = contracting()
    contract_id = case.contract.pk
    assert contracts_to_draw_up() == [(case.id, contract_id)]
    assert lease_contract(contract_id=contract_id) is not None
    assert lease_contract(contract_id=contract_id) is None
    assert contracts_to_draw_up() == []
    clock.advance(LEASE - timedelta(seconds=1))
    assert lease_contract(contract_id=contract_id) is None
    clock.advance(timedelta(seconds=2))
    assert contracts_to_draw_up() == [(case.id, contract_id)]
    taken = lease_contract(contract_id=contract_id)
    assert taken is not None
    assert taken.attempts == 2


def test_a_lease_lasts_as_long_as_its_holder_extends_it(clock: Clock) -> None:
    case = contracting()
    contract_id = case.contract.pk
    first = lease_contract(contract_id=contract_id)
    assert first is not None
    for _ in range(3):
        clock.advance(LEASE - timedelta(seconds=1))
        assert extend_contract_lease(contract=first)
        assert lease_contract(contract_id=contract_id) is None
    clock.advance(LEASE + timedelta(seconds=1))
    second = lease_contract(contract_id=contract_id)
    assert second is not None
    until = case.contract.lease_until
    assert not extend_contract_lease(contract=first)
    assert case.contract.lease_until == until


def test_a_second_delivery_waits_for_the_first_and_takes_over_when_that_died(clock: Clock) -> None:
    published()
    case = contracting()
    event = ContractRequested(case.id, case.contract.pk)
    lease_contract(contract_id=case.contract.pk)  # a worker that is never heard of again

    with pytest.raises(RetryLater):
        hear_request(event, nullcontext)
    clock.advance(LEASE + timedelta(seconds=1))
    hear_request(event, nullcontext)

    assert (case.status, case.contract.status) == (S.SIGNING, C.SIGNING)
    hear_request(event, nullcontext)
    assert (case.contract.attempts, case.contract.failure) == (2, "")


def test_the_scan_asks_for_every_contract_that_waits_and_no_other() -> None:
    waiting, leased, done = contracting(), contracting(), signing()
    lease_contract(contract_id=leased.contract.pk)
    before = events("ContractRequested")
    generate_due_contracts()
    newest = OutboxEvent.objects.filter(type="disputes.ContractRequested").order_by("-created_at", "-id")[0]
    assert events("ContractRequested") == before + 1
    assert newest.payload == {"dispute_id": str(waiting.id), "contract_id": str(waiting.contract.pk)}
    assert done.status == S.SIGNING


def test_failed_attempts_wait_longer_each_time_and_the_fifth_gives_up(clock: Clock) -> None:
    case = contracting()
    contract_id = case.contract.pk
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert lease_contract(contract_id=contract_id) is not None
        note_failed_attempt(contract_id=contract_id, reason="RenderError")
        if attempt < MAX_ATTEMPTS:
            until = case.contract.lease_until
            assert until is not None
            waits.append(round((until - clock.now()).total_seconds()))
            assert lease_contract(contract_id=contract_id) is None
            clock.advance(timedelta(seconds=waits[-1] + 1))
            assert (case.status, case.contract.status) == (S.CONTRACTING, C.DRAFTING)
    assert waits == [15, 45, 135, 405]
    assert (case.status, case.contract.status, case.contract.failure) == (S.MEDIATING, C.FAILED, "RenderError")
    assert events("ContractVoided") == 1
    before = footprint()
    note_failed_attempt(contract_id=contract_id, reason="late")
    assert footprint() == before
    assert ask(case).round == 2  # the parties go on


def test_an_error_that_no_attempt_can_mend_gives_up_at_once() -> None:
    case = contracting()
    lease_contract(contract_id=case.contract.pk)
    note_failed_attempt(contract_id=case.contract.pk, reason="ValidationFailedError", permanent=True)
    assert (case.status, case.contract.status) == (S.MEDIATING, C.FAILED)


def test_a_second_result_changes_nothing() -> None:
    case = signing()
    published()
    made = drawn_up(b"%PDF another")
    before = footprint()
    assert complete_drawing_up(contract_id=case.contract.pk, drawn_up=made).status == C.SIGNING
    note_failed_attempt(contract_id=case.contract.pk, reason="late")
    assert lease_contract(contract_id=case.contract.pk) is None
    assert footprint() == before


def test_asking_again_answers_with_the_same_contract() -> None:
    case = contracting()
    answers = [client_of(user).post(case.url("contract/generate"), {}) for user in case.parties]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert {answer.json()["id"] for answer in answers} == {str(case.contract.pk)}
    assert answers[0]["Location"] == case.url("contract")
    draw_up(case)
    before = footprint()
    assert ask_for_contract(acting_user=case.claimant, dispute_id=case.id).status == C.SIGNING
    assert footprint() == before


@pytest.mark.parametrize("locale", ["en", "es"])
def test_what_was_agreed_fills_the_template(locale: str) -> None:
    published(locale)
    case = mediating(locale=locale)
    terms = (
        payment(case, "900.00", instalments=("450.00", "450.00")),
        payment(case, kind="act", amount=None, text="The respondent returns the wheels."),
        payment(
            case,
            kind="declaration",
            amount=None,
            debtor_id=None,
            creditor_id=None,
            due_date=None,
            text="Nobody is to blame.",
        ),
    )
    propose(case, draft(case, *terms, recitals=("There was a bicycle.", "It had no wheels.")))
    accept(case)
    data = validate_inputs(published_version(TEMPLATE_KIND, locale), contract_inputs(case.contract))
    assert [party["name"] for party in data["parties"]] == [case.claimant.full_name, case.respondent.full_name]
    assert [(term["kind"], term["debtor"]) for term in data["terms"]] == [
        ("payment", case.respondent.full_name), ("act", case.respondent.full_name), ("declaration", ""),
    ]  # fmt: skip
    assert data["recitals"] == ["It had no wheels."]  # what stands among the agreed facts is not said twice


# --- review ---------------------------------------------------------------------------------------------------------------
def review(case: Case, decision: str, **fields: Any) -> Contract:
    given: dict[str, Any] = {"comment": "", "checksum": None, **fields}
    return review_contract(acting_user=case.staff[Part.COUNSEL], dispute_id=case.id, decision=decision, **given)


def test_a_reviewed_contract_goes_to_the_parties() -> None:
    case = in_review()
    assign(case)
    assert events("ContractInReview") == 1
    refuses(lambda: sign(case, case.claimant), WrongStateError)
    assert review(case, "approve", comment="fine", checksum=case.contract.checksum).status == C.SIGNING
    assert (case.status, case.contract.reviewed_by) == (S.SIGNING, case.staff[Part.COUNSEL])
    refuses(lambda: review(case, "approve"), WrongStateError)


def test_a_returned_contract_is_voided_and_the_parties_talk_again() -> None:
    case = in_review()
    assign(case)
    first = case.contract
    assert review(case, "return", comment="clause 2").status == C.VOIDED
    assert case.status == S.MEDIATING
    assert events("ContractVoided") == 1
    happened = entries(StreamRef("dispute", case.id)).order_by("-seq")[:2]
    assert [(entry.verb, entry.facts) for entry in happened] == [
        ("dispute.return_contract", {"from": "contracting", "to": "mediating"}),
        ("contract.returned", {"sha256": first.checksum}),
    ]
    propose(case)
    accept(case)
    assert (case.contract.pk != first.pk, case.contract.status) == (True, C.DRAFTING)


def test_the_same_terms_are_not_drawn_up_again_by_themselves() -> None:
    case = in_review()
    assign(case)
    review(case, "return", comment="clause 2")
    generate_due_contracts()
    assert case.dispute.contracts.count() == 1
    answer = client_of(case.claimant).post(case.url("contract/generate"), {})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_everybody_of_the_case_reads_why_a_contract_was_returned() -> None:
    case = in_review()
    counsel = assign(case)
    review(case, "return", comment="zq-clause-2 names no date")
    for user in (*case.parties, counsel):
        assert client_of(user).get(case.url("contract")).json()["review_comment"] == "zq-clause-2 names no date"
        assert "zq-clause-2 names no date" in browser(user).get(f"/disputes/{case.id}/").content.decode()
    kept = [
        *JournalEntry.objects.values_list("facts", flat=True),
        *OutboxEvent.objects.values_list("payload", flat=True),
    ]
    assert "zq-clause-2" not in str(kept)


@pytest.mark.parametrize("comment", ["", "  ", None])
def test_a_return_says_what_has_to_change(comment: str | None) -> None:
    case = in_review()
    client = client_of(assign(case))
    before = footprint()
    body = {"decision": "return"} | ({} if comment is None else {"comment": comment})
    answer = client.post(case.url("contract/review"), body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/comment")
    assert footprint() == before


def test_a_lawyer_approves_only_what_they_have_read() -> None:
    case = in_review()
    assign(case)
    refuses(lambda: review(case, "approve", checksum="0" * 64), DocumentChangedError)


def test_only_counsel_reads_the_review_s_comment() -> None:
    case = in_review()
    assign(case)
    review(case, "approve", comment="zq-for-the-office")
    shown = {
        user.pk: client_of(user).get(case.url("contract")).json()["review_comment"]
        for user in (case.claimant, case.respondent, case.staff[Part.COUNSEL])
    }
    assert list(shown.values()) == ["", "", "zq-for-the-office"]
    decline_contract(acting_user=case.claimant, dispute_id=case.id, reason="")  # void, but not returned
    for user in case.parties:
        assert client_of(user).get(case.url("contract")).json()["review_comment"] == ""
        assert "zq-for-the-office" not in browser(user).get(f"/disputes/{case.id}/").content.decode()


# --- signing ----------------------------------------------------------------------------------------------------------------
def test_fully_executed_is_true_only_when_all_signed_and_the_sealed_pdf_is_there() -> None:
    case = signing()

    def shown() -> tuple[bool, int, str]:
        body = client_of(case.claimant).get(case.url("contract")).json()
        return body["fully_executed"], len(body["signatures"]), body["status"]

    assert shown() == (False, 0, "signing")
    sign(case, case.claimant)
    assert shown() == (False, 1, "signing")
    sign(case, case.respondent)
    assert shown() == (False, 2, "signing")
    seal(case)
    assert shown() == (True, 2, "executed")
    assert (case.status, case.dispute.outcome, events("ContractExecuted")) == (S.EXECUTED, Outcome.AGREED, 1)


def test_a_signature_is_given_once() -> None:
    case = signing()
    sign(case, case.claimant)
    refuses(lambda: sign(case, case.claimant), AlreadySignedError)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"consent": False}, ConsentMissingError),
        ({"checksum": "0" * 64}, DocumentChangedError),
        ({"full_name": "  "}, DomainError),
        ({"full_name": "123"}, DomainError),
        ({"signature_image": b"GIF89a"}, DomainError),
    ],
)
def test_what_is_no_signature_leaves_no_trace(fields: dict[str, Any], error: type[DomainError]) -> None:
    case = signing()
    refuses(lambda: sign(case, case.claimant, **fields), error)


def test_allowed_actions_of_a_contract_are_what_would_work() -> None:
    case = signing()

    def allowed(user: Any) -> list[str]:
        actions: list[str] = client_of(user).get(case.url("contract")).json()["allowed_actions"]
        return actions

    assert [allowed(user) for user in case.parties] == [["decline", "sign"]] * 2
    sign(case, case.claimant)
    assert [allowed(user) for user in case.parties] == [[], ["decline", "sign"]]
    refuses(lambda: decline_contract(acting_user=case.claimant, dispute_id=case.id, reason=""), DomainError)


# --- the end of a contract -----------------------------------------------------------------------------------------------------
def test_a_declined_contract_is_voided_and_a_new_round_makes_a_new_one() -> None:
    case = signing()
    sign(case, case.claimant)
    first = case.contract
    declined = client_of(case.respondent).post(case.url("contract/decline"), {"reason": "not this"})
    assert (declined.status_code, declined.json()["status"]) == (200, "voided")
    assert (case.status, envelope_of(case).status) == (S.MEDIATING, "declined")
    assert events("ContractVoided") == 1
    before = footprint()  # esign's own event comes later and finds it done
    void_declined(EnvelopeDeclined(envelope_of(case).pk, "contract", first.pk))
    assert footprint() == before
    propose(case)
    accept(case)
    assert (case.contract.pk != first.pk, case.contract.status) == (True, C.DRAFTING)


def test_an_expired_envelope_voids_the_contract(clock: Clock) -> None:
    case = signing()
    clock.advance(timedelta(days=40))
    envelope = envelope_of(case)
    assert expire_envelope(envelope_id=envelope.pk)
    for _ in range(2):
        void_expired(EnvelopeExpired(envelope.pk, "contract", case.contract.pk))
    assert (case.status, case.contract.status, events("ContractVoided")) == (S.MEDIATING, C.VOIDED, 1)


def test_events_about_other_things_than_contracts_are_none_of_ours() -> None:
    case = signing()
    before = footprint()
    for handler, event in (
        (void_declined, EnvelopeDeclined), (void_expired, EnvelopeExpired), (void_voided, EnvelopeVoided),
    ):  # fmt: skip
        handler(event(uuid4(), "document", case.contract.pk))
    execute(EnvelopeCompleted(uuid4(), "document", case.contract.pk, uuid4()))
    assert footprint() == before


def test_an_envelope_that_is_not_sealed_executes_nothing() -> None:
    case = signing()
    refuses(lambda: execute(EnvelopeCompleted(envelope_of(case).pk, "contract", case.contract.pk, uuid4())), GiveUp)


def test_executing_and_voiding_an_executed_contract_change_nothing() -> None:
    case = signing()
    for user in case.parties:
        sign(case, user)
    seal(case)
    contract = case.contract
    assert contract.file_id is not None
    before = footprint()
    execute_contract(contract_id=contract.pk, file_id=contract.file_id, sha256="0" * 64)
    void_contract(contract_id=contract.pk, why="late")
    assert footprint() == before
    assert Signature.objects.count() == 2


def test_a_case_without_contract_has_none() -> None:
    case = mediating()
    for user in case.parties:
        answer = client_of(user).get(case.url("contract"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
