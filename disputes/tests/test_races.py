"""Real threads on real connections; each kind of race is first shown to be lost without its lock."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from accounts.public import User
from accounts.tests.factories import bearer
from disputes.enums import Decision, DisputeStatus
from disputes.models import Contract, Dispute, Message, Participant, Resolution, ResolutionResponse, Truth
from disputes.selectors.rounds import all_consented
from disputes.services import ending, invitations, resolving, responding
from disputes.services import stating as stating_services
from disputes.services.contracts import lease_contract, review_contract
from disputes.services.ending import (
    ask_to_end,
    close_unresolved,
    consent_to_arbitration,
    end_dispute,
    withdraw_dispute,
)
from disputes.services.invitations import Invitee, accept_invitation
from disputes.services.messages import post_message
from disputes.services.resolving import propose_by_mediator, propose_resolution
from disputes.services.stating import pass_statement_deadline
from disputes.services.streams import joint_stream_id
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of
from disputes.tests.factories import (
    ORIGIN,
    Case,
    ask,
    assign,
    contracting,
    draft,
    fail_rounds,
    file_case,
    in_review,
    join,
    mediating,
    proposed,
    respond,
    sign,
    signing,
    state,
    stating,
    token_for,
)
from esign.tests.factories import Signature
from esign.tests.factories import signing as esign_signing
from kernel.clock import DbNow
from kernel.entry import entry
from kernel.errors import DomainError
from kernel.journal import Actor, StreamRef, entries
from kernel.models import JournalStream, OutboxEvent
from kernel.verification import verify_journal

pytestmark = pytest.mark.django_db(transaction=True)
S = DisputeStatus
T = TypeVar("T")


def in_parallel(act: Callable[[int], T], times: int) -> list[T]:
    """Run `act` in as many threads, each on a connection of its own, all let go at once."""
    gate = threading.Barrier(times)

    def run(number: int) -> T:
        try:
            connection.ensure_connection()
            gate.wait(30)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def outcome_of(act: Callable[[], Any]) -> str:
    """ "ok", or the code of the refusal."""
    try:
        with entry():
            act()
    except DomainError as refused:
        return refused.code
    except IntegrityError:
        return "integrity"
    return "ok"


@contextmanager
def unlocked(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, everybody: int) -> Iterator[None]:
    """No row is locked, and everybody arrives at `module.name` before anybody goes on: what the locks keep from happening."""
    gate, plain = threading.Barrier(everybody), getattr(module, name)

    def together(*args: Any, **kwargs: Any) -> Any:
        gate.wait(30)
        return plain(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
        patch.setattr(module, name, together)
        yield


def status_counts(results: list[str]) -> dict[str, int]:
    return dict(Counter(results))


def count(event: str) -> int:
    return OutboxEvent.objects.filter(type=f"disputes.{event}").count()


def verify(case: Case) -> None:
    """The journal of the case and of its streams: numbers without gaps, chain unbroken."""
    streams = [case.id, *case.dispute.streams.values_list("pk", flat=True)]
    for stream_id in streams:
        numbers = list(entries(StreamRef("any", stream_id)).values_list("seq", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert JournalStream.objects.get(pk=stream_id).last_seq == len(numbers)
    assert list(verify_journal()) == []


# --- answers to a proposal --------------------------------------------------------------------------------------------------
def test_without_the_lock_a_proposal_is_accepted_after_it_was_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    case = proposed()
    decisions = [Decision.ACCEPT, Decision.REJECT]
    with unlocked(monkeypatch, responding, "_check_answer", 2):
        results = in_parallel(
            lambda number: outcome_of(lambda: respond(case, case.parties[number], decisions[number])), 2
        )
    assert results == [
        "ok",
        "ok",
    ]  # in either order; with the lock the second one is told that the proposal is gone, or waits


def test_parallel_acceptances_agree_once() -> None:
    case = proposed()
    assert in_parallel(lambda number: outcome_of(lambda: respond(case, case.parties[number])), 2) == ["ok", "ok"]
    assert case.status == S.CONTRACTING
    assert Contract.objects.count() == count("ResolutionAccepted") == 1
    verify(case)


def test_one_person_s_parallel_clicks_count_once() -> None:
    case = proposed()
    results = in_parallel(lambda _number: outcome_of(lambda: respond(case, case.claimant)), 6)
    assert status_counts(results) == {"ok": 1, "already_answered": 5}
    assert ResolutionResponse.objects.count() == 1
    verify(case)


def test_accept_against_reject_against_counter_moves_the_case_once() -> None:
    case = proposed()
    decisions = [Decision.ACCEPT, Decision.REJECT, Decision.COUNTER]

    def answer(number: int) -> str:
        decision = decisions[number % 3]
        comment = "less" if decision == Decision.COUNTER else ""
        return outcome_of(lambda: respond(case, case.parties[number % 2], decision, comment=comment))

    in_parallel(answer, 6)
    given = list(ResolutionResponse.objects.order_by("created_at").values_list("participant_id", "decision"))
    assert len({participant for participant, _decision in given}) == len(given)
    refusals = [decision for _participant, decision in given if decision != "accept"]
    if refusals:
        assert (case.status, len(refusals)) == (S.MEDIATING, 1)
        assert case.resolution.status == {"reject": "rejected", "counter": "countered"}[refusals[0]]
    else:
        assert case.status == S.CONTRACTING
    assert count("RoundFailed") + count("ResolutionAccepted") == 1
    verify(case)


def test_accepting_against_withdrawing() -> None:
    case = proposed(requires_contract=False)
    respond(case, case.respondent)
    acts: list[Callable[[], Any]] = [
        lambda: respond(case, case.claimant),
        lambda: withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason=""),
    ]
    results = in_parallel(lambda number: outcome_of(acts[number]), 2)
    assert sorted(results) == ["ok", "wrong_state"]
    assert (case.status, case.resolution.status) in ((S.CLOSED, "accepted"), (S.WITHDRAWN, "superseded"))
    verify(case)


def used_up() -> Case:
    case = mediating()
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS)
    consent_to_arbitration(acting_user=case.claimant, dispute_id=case.id)
    Dispute.objects.filter(pk=case.id).update(consent_deadline=DbNow() - timedelta(seconds=1))
    return case


def last_consent(case: Case) -> str:
    return outcome_of(lambda: consent_to_arbitration(acting_user=case.respondent, dispute_id=case.id))


def test_without_the_lock_the_sweep_closes_a_case_to_which_all_have_consented(monkeypatch: pytest.MonkeyPatch) -> None:
    case, plain = used_up(), ending._supersede_open

    def after_the_last_consent(dispute: Dispute) -> None:  # the sweep has just found that it is missing
        in_parallel(lambda _number: last_consent(case), 1)
        plain(dispute)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    monkeypatch.setattr(ending, "_supersede_open", after_the_last_consent)
    close_unresolved(dispute_id=case.id)
    assert (case.status, all_consented(case.dispute)) == (S.CLOSED, True)


def test_the_last_consent_against_the_sweep() -> None:
    case = used_up()
    acts: list[Callable[[], Any]] = [
        lambda: last_consent(case),
        lambda: outcome_of(lambda: close_unresolved(dispute_id=case.id)),
    ]
    results = in_parallel(lambda number: acts[number](), 2)
    if case.status == S.CLOSED:
        assert (results, all_consented(case.dispute)) == (["wrong_state", "ok"], False)
    else:
        assert (results, case.dispute.consent_deadline) == (["ok", "ok"], None)
    verify(case)


def test_two_lawyers_review_a_contract_at_once_and_one_of_them_decides() -> None:
    case = in_review()
    lawyers = [assign(case), assign(case)]
    decisions = ["approve", "return"]

    def review(number: int) -> str:
        return outcome_of(
            lambda: review_contract(
                acting_user=lawyers[number % 2],
                dispute_id=case.id,
                decision=decisions[number % 2],
                comment="clause 2",
                checksum=None,
            )
        )

    results = in_parallel(review, 4)
    assert status_counts(results) == {"ok": 1, "wrong_state": 3}
    winner = results.index("ok") % 2
    assert (case.status, case.contract.status) == [("signing", "signing"), ("mediating", "voided")][winner]
    assert case.contract.reviewed_by == lawyers[winner]
    verify(case)


# --- human mediators, and ending ------------------------------------------------------------------------------------------
def test_the_mediator_s_proposal_against_the_machine_s() -> None:
    case = mediating()
    asked, mediator, given = ask(case), assign(case, "mediator"), draft(case, model="machine")
    acts: list[Callable[[], Any]] = [
        lambda: propose_by_mediator(acting_user=mediator, dispute_id=case.id, draft=draft(case, model="")),
        lambda: propose_resolution(resolution_id=asked.pk, draft=given, drafted_by=Actor.ai("mediator")),
    ]
    results = in_parallel(lambda number: outcome_of(acts[number % 2]), 4)
    winner = case.resolution
    assert results[1] == results[3] == "ok"  # the machine is told nothing: its draft came too late, or was taken
    assert sorted([results[0], results[2]]) == (["ok", "wrong_state"] if winner.model == "" else ["wrong_state"] * 2)
    assert (case.status, winner.pk, winner.status, count("ResolutionProposed")) == (S.PROPOSED, asked.pk, "proposed", 1)
    verify(case)


def test_all_parties_ask_to_end_at_once_and_it_ends_once() -> None:
    case = mediating()
    results = in_parallel(
        lambda number: outcome_of(
            lambda: ask_to_end(acting_user=case.parties[number % 2], dispute_id=case.id, reason="enough")
        ),
        6,
    )
    assert set(results) <= {"ok", "wrong_state"}  # who clicks again finds it ended
    assert results.count("ok") >= 2
    assert (case.status, case.dispute.outcome, count("DisputeClosed")) == (S.CLOSED, "unresolved", 1)
    verify(case)


def test_the_mediator_ends_while_the_last_party_accepts() -> None:
    case = proposed(requires_contract=False)
    mediator = assign(case, "mediator")
    respond(case, case.respondent)
    acts: list[Callable[[], Any]] = [
        lambda: respond(case, case.claimant),
        lambda: end_dispute(acting_user=mediator, dispute_id=case.id, reason=""),
    ]
    results = in_parallel(lambda number: outcome_of(acts[number]), 2)
    assert sorted(results) == ["ok", "wrong_state"]
    ended = ("accepted", "agreed") if results[0] == "ok" else ("superseded", "unresolved")
    assert (case.resolution.status, case.dispute.outcome, count("DisputeClosed")) == (*ended, 1)
    verify(case)


# --- truths ---------------------------------------------------------------------------------------------------------------------
def test_without_the_lock_a_doubled_statement_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    case = stating()
    with unlocked(monkeypatch, stating_services, "seal_text", 2):
        results = in_parallel(lambda _number: outcome_of(lambda: state(case, case.claimant)), 2)
    assert sorted(results) == ["integrity", "ok"]


def test_a_doubled_statement_is_a_truth_and_an_addendum() -> None:
    case = stating()
    assert in_parallel(lambda _number: outcome_of(lambda: state(case, case.claimant)), 6) == ["ok"] * 6
    assert sorted(Truth.objects.values_list("is_addendum", flat=True)) == [False] + [True] * 5
    verify(case)


def test_the_last_two_truths_at_once_disclose_once() -> None:
    case = stating()
    assert in_parallel(lambda number: outcome_of(lambda: state(case, case.parties[number])), 2) == ["ok", "ok"]
    assert (case.status, count("TruthsDisclosed")) == (S.MEDIATING, 1)
    verify(case)


def test_the_last_truth_against_the_deadline_discloses_once() -> None:
    case = stating()
    state(case, case.claimant)
    Dispute.objects.filter(pk=case.id).update(statement_deadline="2026-01-01T00:00Z")
    acts: list[Callable[[], Any]] = [
        lambda: state(case, case.respondent),
        *[lambda: pass_statement_deadline(dispute_id=case.id)] * 3,
    ]
    assert in_parallel(lambda number: outcome_of(acts[number]), 4) == ["ok"] * 4
    assert (case.status, count("TruthsDisclosed")) == (S.MEDIATING, 1)
    verify(case)


# --- invitations ------------------------------------------------------------------------------------------------------------------
NEW = "new.person@example.org"


def take(token: str, number: int) -> None:
    accept_invitation(token=token, full_name=f"Nora {number}", timezone="UTC", origin=ORIGIN)


def test_one_of_ten_parallel_uses_of_a_link_wins() -> None:
    case = file_case(invitees=(Invitee(NEW),))
    token = token_for(case, NEW)
    results = in_parallel(lambda number: outcome_of(lambda: take(token, number)), 10)
    assert status_counts(results) == {"ok": 1, "not_found": 9}
    assert User.objects.filter(email=NEW).count() == 1
    assert Participant.objects.filter(dispute_id=case.id, status="joined").count() == 2
    verify(case)


def test_without_the_lock_several_uses_of_a_link_get_through(monkeypatch: pytest.MonkeyPatch) -> None:
    case = file_case(invitees=(Invitee(NEW),))
    token = token_for(case, NEW)
    with unlocked(monkeypatch, invitations, "find_invitation", 4):
        results = in_parallel(lambda number: outcome_of(lambda: take(token, number)), 4)
    assert results.count("ok") > 1


def test_the_last_two_respondents_joining_at_once_start_the_case_once() -> None:
    case = file_case(invitees=(Invitee(NEW),))
    token = token_for(case, NEW)
    acts: list[Callable[[], Any]] = [lambda: take(token, 1), lambda: join(case, case.respondent)]
    assert in_parallel(lambda number: outcome_of(acts[number]), 2) == ["ok", "ok"]
    assert (case.status, count("StatingStarted")) == (S.STATING, 1)
    verify(case)


# --- contract ----------------------------------------------------------------------------------------------------------------------
def test_parallel_signatures_each_count_once_and_the_last_one_is_the_last() -> None:
    case = signing()
    results = in_parallel(lambda number: outcome_of(lambda: sign(case, case.parties[number % 2])), 8)
    assert results.count("ok") == 2
    assert set(results) - {"ok"} <= {"already_signed", "envelope_not_open"}
    assert Signature.objects.count() == 2
    assert OutboxEvent.objects.filter(type="esign.EnvelopeFullySigned").count() == 1
    verify(case)


def test_without_the_lock_a_doubled_signature_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    case = signing()
    with unlocked(monkeypatch, esign_signing, "_write", 2):
        results = in_parallel(lambda _number: outcome_of(lambda: sign(case, case.claimant)), 2)
    assert sorted(results) == ["integrity", "ok"]


def test_one_of_many_workers_leases_a_contract() -> None:
    case = contracting()
    contract_id = case.contract.pk

    def lease(_number: int) -> bool:
        with entry():
            return lease_contract(contract_id=contract_id) is not None

    assert sum(in_parallel(lease, 8)) == 1
    assert case.contract.attempts == 1


# --- asking for a proposal -----------------------------------------------------------------------------------------------------------
def test_without_the_lock_parallel_requests_break(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mediating()
    with unlocked(monkeypatch, resolving, "_new_round", 3):
        results = in_parallel(lambda _number: outcome_of(lambda: ask(case)), 3)
    assert sorted(results) == ["integrity", "integrity", "ok"]


def test_parallel_requests_make_one_draft() -> None:
    case = mediating()
    made: list[UUID] = []
    results = in_parallel(lambda number: outcome_of(lambda: made.append(ask(case, case.parties[number % 2]).pk)), 8)
    assert results == ["ok"] * 8
    assert len(set(made)) == Resolution.objects.count() == count("ResolutionRequested") == 1
    verify(case)


# --- sweeps ---------------------------------------------------------------------------------------------------------------------------
def test_parallel_sweeps_do_each_thing_once() -> None:
    lapsing, disclosing, unanswered = file_case(), stating(), stating()
    state(disclosing, disclosing.claimant)
    past = "2026-01-01T00:00Z"
    Dispute.objects.filter(pk__in=[disclosing.id, unanswered.id]).update(statement_deadline=past)
    lapsing.dispute.participants.get(status="invited").invitation.__class__.objects.update(expires_at=past)
    in_parallel(lambda _number: sweep_deadlines(), 3)
    assert [case.status for case in (lapsing, disclosing, unanswered)] == [S.LAPSED, S.MEDIATING, S.CLOSED]
    events = ("InvitationLapsed", "DisputeLapsed", "TruthsDisclosed", "DisputeClosed")
    assert {name: count(name) for name in events} == dict.fromkeys(events, 1)
    for case in (lapsing, disclosing, unanswered):
        verify(case)


# --- messages ---------------------------------------------------------------------------------------------------------------------------
def test_two_hundred_parallel_messages_are_numbered_without_gap_in_the_order_of_their_times() -> None:
    case = stating()

    def post(number: int) -> None:
        for line in range(20):
            with entry():
                post_message(
                    acting_user=case.parties[number % 2],
                    dispute_id=case.id,
                    content=f"{number}-{line}",
                    client_id=f"{number}-{line}",
                )

    in_parallel(post, 10)
    rows = list(Message.objects.order_by("seq").values_list("seq", "created_at", "content"))
    assert [seq for seq, _at, _content in rows] == list(range(1, 201))
    assert rows == sorted(rows, key=lambda row: row[1])
    assert len({at for _seq, at, _content in rows}) == 200
    for number in range(10):  # and each sender's own lines stay in their order
        mine = [content for _seq, _at, content in rows if content.startswith(f"{number}-")]
        assert mine == [f"{number}-{line}" for line in range(20)]
    journal = list(entries(StreamRef("messages", joint_stream_id(case.id))).values_list("seq", "created_at"))
    assert journal == [(seq, at) for seq, at, _content in rows]
    verify(case)


def test_counting_rows_instead_of_stepping_the_head_doubles_numbers() -> None:
    case = stating()
    everybody_has_read = threading.Barrier(4)

    def naive(_number: int) -> int:
        with transaction.atomic():
            seq = Message.objects.filter(stream_id=joint_stream_id(case.id)).count() + 1
            everybody_has_read.wait(30)
            return seq

    assert len(set(in_parallel(naive, 4))) == 1


def test_a_line_sent_ten_times_at_once_is_one_line() -> None:
    case = stating()
    ids: list[UUID] = []

    def send(_number: int) -> str:
        return outcome_of(
            lambda: ids.append(
                post_message(acting_user=case.claimant, dispute_id=case.id, content="once", client_id="c").id
            )
        )

    results = in_parallel(send, 10)
    assert set(results) <= {"ok", "line_in_flight"}  # who lost is told to send again, and then finds the first
    assert send(0) == "ok"
    assert len(set(ids)) == Message.objects.count() == count("MessagePosted") == 1
    post_message(acting_user=case.claimant, dispute_id=case.id, content="next")
    assert list(Message.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    verify(case)


def test_first_private_lines_at_once_share_one_stream() -> None:
    case = stating()
    results = in_parallel(
        lambda number: outcome_of(
            lambda: post_message(
                acting_user=case.parties[number % 2],
                dispute_id=case.id,
                content="x",
                recipient_id=case.parties[(number + 1) % 2].pk,
            )
        ),
        6,
    )
    assert results == ["ok"] * 6
    assert list(Message.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert len(set(Message.objects.values_list("stream_id", flat=True))) == 1
    verify(case)


def test_one_key_used_at_once_makes_one_message(settings: Any) -> None:
    settings.ACCORD_RATES = dict.fromkeys(settings.ACCORD_RATES, "off")
    case = stating()
    headers = bearer(case.claimant)

    def send(_number: int) -> tuple[int, str | None]:
        answer = client_of(case.claimant, headers).post(
            case.url("messages"), {"content": "once"}, HTTP_IDEMPOTENCY_KEY="k"
        )
        return answer.status_code, answer.json().get("id")

    answers = in_parallel(send, 8)
    assert {status for status, _id in answers} <= {201, 409}
    assert len({made for status, made in answers if status == 201}) == 1
    assert Message.objects.count() == 1
