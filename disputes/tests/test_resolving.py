"""From mediation to a proposal, an answer, an award: routes, drafts and their checks. No AI takes part here."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from accounts.tests.factories import UserFactory, browser
from disputes.enums import Decision, DisputeStatus, Mode, Outcome, Part, ResolutionStatus
from disputes.errors import (
    AlreadyAnsweredError,
    ConsentMissingError,
    InvalidTermsError,
    NotYoursToDoError,
    UncitedDraftError,
    WrongStateError,
)
from disputes.models import Assignment, Participant, Resolution, ResolutionResponse
from disputes.selectors.case_file import Citation, Instalment, ResolutionDraft, Source, TermData
from disputes.selectors.case_files import case_file, joint_sources
from disputes.selectors.terms import term_json
from disputes.services.assignments import assign_lawyer, end_assignment
from disputes.services.contracts import decline_contract
from disputes.services.ending import (
    ask_to_end,
    close_unresolved,
    consent_to_arbitration,
    decide_dispute,
    escalate_dispute,
    revoke_arbitration_consent,
    withdraw_dispute,
)
from disputes.services.evidence import withdraw_evidence
from disputes.services.invitations import Invitee, invite_another
from disputes.services.resolving import (
    fail_resolution,
    propose_by_mediator,
    propose_resolution,
    request_resolution,
)
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    accept,
    arbitrate,
    arbitrating,
    ask,
    assign,
    caucus,
    day,
    decide,
    disclose,
    draft,
    draw_up,
    end,
    eur,
    fail_rounds,
    join,
    mediating,
    participant_of,
    payment,
    peopled,
    propose,
    proposed,
    put_on_record,
    respond,
    say,
    stating,
    with_co_claimant,
)
from kernel.clock import as_utc, days_from, now
from kernel.errors import ConflictError, DomainError, ValidationFailedError
from kernel.journal import Actor, StreamRef, entries
from kernel.models import JournalEntry, OutboxEvent
from kernel.money import Money
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
S = DisputeStatus
AI = Actor.ai("mediator")


def refuses(act: Any, error: type[DomainError]) -> DomainError:
    before = footprint()
    with pytest.raises(error) as refused:
        act()
    assert footprint() == before
    return refused.value


def refuses_draft(resolution: Resolution, given: ResolutionDraft, error: type[DomainError]) -> DomainError:
    return refuses(lambda: propose_resolution(resolution_id=resolution.pk, draft=given, drafted_by=AI), error)


def events(name: str) -> int:
    return OutboxEvent.objects.filter(type=f"disputes.{name}").count()


def journalled(case: Case, verb: str) -> int:
    return entries(StreamRef("dispute", case.id)).filter(verb=verb).count()


def consent(case: Case) -> None:
    for user in case.parties:
        consent_to_arbitration(acting_user=user, dispute_id=case.id)


# --- the orchestrator ---------------------------------------------------------------------------------------------------
def test_while_rounds_remain_a_request_is_mediation_and_its_reason_is_journalled() -> None:
    case = mediating()
    first = ask(case)
    assert (first.mode, first.round, first.status) == (Mode.MEDIATION, 1, ResolutionStatus.DRAFTING)
    entry = entries(StreamRef("dispute", case.id)).get(verb="resolution.requested")
    assert entry.facts == {"mode": "mediation", "reason": "rounds remain", "round": 1}
    before = footprint()
    assert ask(case, case.respondent) == first  # while one is drafted, that one is the answer
    assert ask(case, mode=Mode.ARBITRATION) == first
    assert footprint() == before


def test_the_third_round_is_number_three() -> None:
    case = mediating()
    fail_rounds(case, 2)
    assert ask(case).round == 3


def test_a_failed_draft_uses_up_no_round() -> None:
    case = mediating()
    for _ in range(settings.DISPUTES_MAX_ROUNDS + 1):
        fail_resolution(resolution_id=ask(case).pk, reason="engine")
    assert ask(case).status == ResolutionStatus.DRAFTING
    assert events("ResolutionFailed") == settings.DISPUTES_MAX_ROUNDS + 1


def test_after_the_last_round_the_case_goes_to_arbitration_if_all_consented() -> None:
    case = mediating()
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS)
    consent(case)
    award = ask(case)
    assert (case.status, award.mode, award.status) == (S.ARBITRATING, Mode.ARBITRATION, ResolutionStatus.DRAFTING)
    assert events("ArbitrationStarted") == 1


def test_after_the_last_round_the_case_waits_for_a_human_when_consent_is_missing() -> None:
    case = mediating()
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS)
    consent_to_arbitration(acting_user=case.claimant, dispute_id=case.id)
    answers = [
        client_of(user).post(case.url("resolve"), {}) for user in (case.claimant, case.respondent, case.claimant)
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "waiting_for_human")] * 3
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert (case.status, case.dispute.escalated_at is not None) == (S.MEDIATING, True)
    assert journalled(case, "dispute.escalated") == 1
    assert events("DisputeEscalated") == 1
    assert Resolution.objects.count() == settings.DISPUTES_MAX_ROUNDS


def test_a_human_mediator_takes_a_waiting_case_and_settles_it() -> None:
    """The core without any AI: nobody hears ResolutionRequested here."""
    case = mediating(requires_contract=False)
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS)
    request_resolution(acting_user=case.claimant, dispute_id=case.id)
    mediator = assign(case, Part.MEDIATOR)
    assert case.dispute.escalated_at is None
    made = propose_by_mediator(acting_user=mediator, dispute_id=case.id, draft=draft(case, model="human"))
    assert (made.status, made.round, made.model) == (
        ResolutionStatus.PROPOSED,
        settings.DISPUTES_MAX_ROUNDS + 1,
        "human",
    )
    accept(case)
    assert (case.status, case.dispute.outcome) == (S.CLOSED, Outcome.AGREED)


def test_the_mediator_s_proposal_takes_the_place_of_the_draft_that_was_asked_for() -> None:
    case = mediating()
    asked = ask(case)
    mediator = assign(case, Part.MEDIATOR)
    assert propose_by_mediator(acting_user=mediator, dispute_id=case.id, draft=draft(case)).pk == asked.pk
    before = footprint()  # the machine's own draft comes too late
    propose_resolution(resolution_id=asked.pk, draft=draft(case), drafted_by=AI)
    fail_resolution(resolution_id=asked.pk, reason="late")
    assert footprint() == before


def test_a_mediator_s_bad_draft_leaves_nothing_behind() -> None:
    case = mediating()
    mediator = assign(case, Part.MEDIATOR)
    bad = draft(case, payment(case, "0.00"))
    refuses(lambda: propose_by_mediator(acting_user=mediator, dispute_id=case.id, draft=bad), InvalidTermsError)


def words(case: Case, **fields: Any) -> dict[str, Any]:
    """What a mediator sends as a proposal."""
    terms = [term_json(payment(case, "900.00", instalments=("450.00", "450.00")))]
    return {"summary": "Half now, half later.", "terms": terms, "reasoning": "Both want peace.", **fields}


def test_the_appointed_mediator_proposes_in_their_own_words_and_the_parties_answer() -> None:
    case = mediating(requires_contract=False)
    mediator = client_of(assign(case, Part.MEDIATOR))
    assert {"propose", "end"} <= set(mediator.get(case.url()).json()["allowed_actions"])
    made = mediator.post(case.url("resolutions"), words(case))
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Location"] == case.url(f"resolutions/{body['id']}")
    assert (body["status"], body["round"], body["mode"]) == ("proposed", 1, "mediation")
    assert (body["summary"], body["reasoning"]) == ("Half now, half later.", "Both want peace.")
    assert [part["amount"]["amount"] for part in body["terms"][0]["instalments"]] == ["450.00", "450.00"]
    assert (body["citations"], body["model"], body["prompt_version"]) == ([], "", "")
    assert (case.status, events("ResolutionProposed")) == (S.PROPOSED, 1)
    assert events("ResolutionRequested") == 0  # no machine is asked to draft what a person has written
    asked = entries(StreamRef("dispute", case.id)).get(verb="dispute.propose")
    assert (asked.actor_kind, asked.actor_id) == ("user", case.staff[Part.MEDIATOR].pk)
    before = footprint()
    assert mediator.post(case.url("resolutions"), words(case)).status_code == 409
    assert footprint() == before
    accept(case)
    assert (case.status, case.dispute.outcome) == (S.CLOSED, Outcome.AGREED)


def test_a_mediator_s_words_are_checked_like_every_draft() -> None:
    case = mediating()
    mediator = client_of(assign(case, Part.MEDIATOR))
    before = footprint()
    for wrong, code in (
        ({"terms": []}, "validation_failed"),
        ({"summary": " "}, "validation_failed"),
        ({"reasoning": "x" * 20_001}, "validation_failed"),
        ({"terms": [term_json(payment(case, "900.00", instalments=("450.00", "449.00")))]}, "invalid_terms"),
        ({"terms": [term_json(payment(case, debtor_id=uuid4()))]}, "invalid_terms"),
    ):
        answer = mediator.post(case.url("resolutions"), words(case, **wrong))
        assert (answer.status_code, answer.json()["code"]) == (400, code), wrong
    assert footprint() == before


# --- drafts ----------------------------------------------------------------------------------------------------------------
def citation(of: Source, **fields: Any) -> Citation:
    return replace(Citation("claim", of.kind, of.id, 0, 5, of.text[:5]), **fields)


def test_citations_of_the_joint_record_resolve() -> None:
    case = mediating()
    put_on_record(case, case.respondent, "A receipt of 900 euros.")
    say(case, case.claimant, "I would take 900.")
    sources = list(joint_sources(case.dispute))
    assert {source.kind for source in sources} == {"truth", "evidence", "message"}
    made = propose(case, draft(case, citations=tuple(citation(source) for source in sources)))
    assert [item["source_id"] for item in made.citations] == [str(source.id) for source in sources]
    assert made.status == ResolutionStatus.PROPOSED


def test_citations_that_point_nowhere_are_refused() -> None:
    case, other = mediating(), mediating()
    truth = next(joint_sources(case.dispute))
    foreign = next(joint_sources(other.dispute))
    resolution = ask(case)
    bad = [
        citation(truth, source_id=uuid4()),
        citation(truth, source="message"),
        citation(truth, quote="other"),
        citation(truth, start=1),
        citation(truth, end=4),
        citation(truth, start=-5, end=-1, quote=truth.text[-5:-1] + "x"),
        citation(truth, start=0, end=0, quote=""),
        citation(truth, start=10_000, end=10_005),
        citation(foreign),
        Citation("c", "description", case.id, 0, 2, "It"),
    ]
    for item in bad:
        given = draft(case, citations=(citation(truth), item))
        refused = refuses_draft(resolution, given, UncitedDraftError)

        assert "Citation 2" in str(refused)


def test_a_citation_of_what_a_party_may_not_read_is_refused() -> None:
    case = mediating()
    hidden = caucus(case, case.claimant, "Secretly I would take 500.")
    pair = say(case, case.claimant, "Between us: 600.", recipient_id=case.respondent.pk)
    piece = put_on_record(case, case.claimant, "withdrawn words")
    withdraw_evidence(acting_user=case.claimant, dispute_id=case.id, evidence_id=piece.pk)
    resolution = ask(case)
    for kind, id_, text in (
        ("message", hidden.id, hidden.content), ("message", pair.id, pair.content), ("evidence", piece.pk, "the receipt"),
    ):  # fmt: skip
        given = draft(case, citations=(Citation("c", kind, id_, 0, 3, text[:3]),))  # type: ignore[arg-type]
        refuses_draft(resolution, given, UncitedDraftError)

    words = str(case_file(case.id))
    assert "Secretly" not in words
    assert "Between us" not in words
    assert "withdrawn words" not in words


def test_the_case_file_of_a_sealed_case_holds_no_truth_and_no_evidence() -> None:
    case = with_co_claimant()
    put_on_record(case, case.claimant, "evidence words")
    say(case, case.claimant, "joint words")
    from disputes.tests.factories import state

    state(case, case.claimant, "sealed words")
    assert [source.text for source in case_file(case.id).sources] == ["joint words"]


def bad_terms(case: Case) -> dict[str, TermData]:
    good = payment(case)
    return {
        "stranger pays": replace(good, debtor_id=uuid4()),
        "stranger is paid": replace(good, creditor_id=UserFactory().pk),
        "pays oneself": replace(good, creditor_id=good.debtor_id),
        "nobody pays": replace(good, debtor_id=None),
        "nobody is paid": replace(good, creditor_id=None),
        "no amount": replace(good, amount=None),
        "zero": replace(good, amount=eur("0.00")),
        "negative": replace(good, amount=eur("-1.00")),
        "yesterday": replace(good, due_date=day(case, -1)),
        "in sixty years": replace(good, due_date=good.due_date.replace(year=good.due_date.year + 60)),  # type: ignore[union-attr]
        "parts too small": payment(case, "900.00", instalments=("300.00", "300.00", "299.99")),
        "parts too large": payment(case, "900.00", instalments=("900.00", "0.01")),
        "a part of nothing": payment(case, "900.00", instalments=("900.00", "0.00")),
        "another currency": replace(good, instalments=(Instalment(Money(Decimal("900.00"), "USD"), good.due_date),)),  # type: ignore[arg-type]
        "too many parts": payment(case, "61.00", instalments=("1.00",) * 61),
        "unknown kind": replace(good, kind="gift"),  # type: ignore[arg-type]
        "act without words": replace(good, kind="act", amount=None, text="  "),
        "act with money": replace(good, kind="act", text="Apologise."),
        "too long": replace(good, text="x" * 4001),
    }


BAD = ("stranger pays", "stranger is paid", "pays oneself", "nobody pays", "nobody is paid", "no amount", "zero", "negative",
       "yesterday", "in sixty years", "parts too small", "parts too large", "a part of nothing", "another currency",
       "too many parts", "unknown kind", "act without words", "act with money", "too long")  # fmt: skip


def test_terms_that_cannot_be_promised_are_refused_wherever_they_come_from() -> None:
    case, court = mediating(), mediating()
    arbitrate(court)
    arbitrator = assign(court, Part.ARBITRATOR)
    resolution = ask(case)
    assert tuple(bad_terms(case)) == BAD
    for name, term in bad_terms(case).items():
        given = draft(case, payment(case), term)
        refused = refuses_draft(resolution, given, InvalidTermsError)

        assert refused.facts == {"term": 2}, name
    for name, term in bad_terms(court).items():
        refuses(
            partial(decide_dispute, acting_user=arbitrator, dispute_id=court.id, terms=(term,), reasoning="r"),
            InvalidTermsError,
        )
        assert name
    propose(case)
    for term in bad_terms(case).values():
        refuses(partial(respond, case, case.claimant, Decision.COUNTER, terms=(term,)), InvalidTermsError)


def test_no_terms_too_many_and_doubled_ids_are_refused() -> None:
    case = proposed()
    term = payment(case)
    for terms in ((), (term, term), tuple(payment(case) for _ in range(51))):
        refuses(partial(respond, case, case.claimant, Decision.COUNTER, terms=terms), InvalidTermsError)


def test_a_party_who_left_can_owe_nothing() -> None:
    case = with_co_claimant()
    disclose(case)
    gone = case.co_parties[0]
    Participant.objects.filter(pk=participant_of(case, gone).pk).update(status="removed")
    given = draft(case, payment(case, creditor_id=gone.pk))
    resolution = ask(case)
    refuses(lambda: propose_resolution(resolution_id=resolution.pk, draft=given, drafted_by=AI), InvalidTermsError)


# --- answers ---------------------------------------------------------------------------------------------------------------
def test_every_active_party_must_accept() -> None:
    case = with_co_claimant()
    disclose(case)
    propose(case)
    for user in case.parties[:2]:
        respond(case, user)
        assert case.status == S.PROPOSED
    respond(case, case.parties[2])
    assert (case.status, case.resolution.status) == (S.CONTRACTING, ResolutionStatus.ACCEPTED)
    assert events("ContractRequested") == 1


def test_without_a_contract_agreement_closes_the_case() -> None:
    case = proposed(requires_contract=False)
    accept(case)
    assert (case.status, case.dispute.outcome) == (S.CLOSED, Outcome.AGREED)
    assert not case.dispute.contracts.exists()
    assert events("DisputeClosed") == 1


@pytest.mark.parametrize(("decision", "status"), [(Decision.REJECT, "rejected"), (Decision.COUNTER, "countered")])
def test_one_refusal_ends_the_round_even_after_acceptances(decision: Decision, status: str) -> None:
    case = proposed()
    respond(case, case.claimant)
    respond(case, case.respondent, decision, comment="too much")
    assert (case.status, case.resolution.status) == (S.MEDIATING, status)
    assert events("RoundFailed") == 1
    refuses(lambda: respond(case, case.respondent), WrongStateError)


def test_an_answer_is_given_once() -> None:
    case = proposed()
    respond(case, case.claimant)
    for decision in Decision:
        refuses(partial(respond, case, case.claimant, decision, comment="c"), AlreadyAnsweredError)


def test_an_earlier_round_cannot_be_answered_any_more() -> None:
    case = mediating()
    fail_rounds(case, 1)
    old = case.resolution
    propose(case)
    answer = client_of(case.claimant).post(case.url(f"resolutions/{old.pk}/respond"), {"decision": "accept"})
    assert (answer.status_code, answer.json()["allowed_from"]) == (409, ["proposed"])


def test_only_a_counter_carries_terms_and_a_counter_carries_something() -> None:
    case = proposed()
    terms = (payment(case),)
    for decision in (Decision.ACCEPT, Decision.REJECT):
        refuses(partial(respond, case, case.claimant, decision, terms=terms), InvalidTermsError)
        refuses(partial(respond, case, case.claimant, decision, instalments=3), InvalidTermsError)
    refuses(lambda: respond(case, case.claimant, Decision.COUNTER), InvalidTermsError)
    refuses(lambda: respond(case, case.claimant, Decision.COUNTER, terms=terms, instalments=2), InvalidTermsError)
    for number in (0, -1, 61):
        refuses(partial(respond, case, case.claimant, Decision.COUNTER, instalments=number), InvalidTermsError)


def test_a_counter_with_whole_terms_keeps_ids_and_reaches_the_next_round() -> None:
    case = proposed()
    offered = case.resolution.terms[0]
    body = {
        "decision": "counter",
        "comment": "less",
        "terms": [{**offered, "amount": {"amount": "450.00", "currency": "EUR"}}],
    }
    answer = client_of(case.respondent).post(case.url(f"resolutions/{case.resolution.pk}/respond"), body)
    assert answer.status_code == 200, answer.content
    given = answer.json()["responses"][0]
    assert (given["terms"][0]["id"], given["terms"][0]["amount"]["amount"]) == (offered["id"], "450.00")
    last = case_file(case.id).rounds[-1]
    assert (last.status, last.responses[0].terms[0].amount) == ("countered", eur("450.00"))  # type: ignore[index]
    assert ask(case).round == 2


@pytest.mark.parametrize("extra", [{"terms": {"instalments": 3}}, {"instalments": 3}])
def test_a_counter_may_ask_for_instalments_alone(extra: dict[str, Any]) -> None:
    case = proposed()
    answer = client_of(case.respondent).post(
        case.url(f"resolutions/{case.resolution.pk}/respond"), {"decision": "counter", **extra}
    )
    assert answer.status_code == 200
    response = ResolutionResponse.objects.get()
    assert (response.instalments, response.terms) == (3, None)
    assert case_file(case.id).rounds[-1].responses[0].instalments == 3


def test_instalments_of_a_proposal_without_payment_are_refused() -> None:
    case = mediating()
    act = payment(case, kind="act", amount=None, text="The respondent apologises.")
    propose(case, draft(case, act))
    refuses(lambda: respond(case, case.claimant, Decision.COUNTER, instalments=2), InvalidTermsError)


def test_an_unknown_or_foreign_proposal_is_not_found() -> None:
    case, other = proposed(), proposed()
    for resolution_id in (uuid4(), other.resolution.pk):
        answer = client_of(case.claimant).post(case.url(f"resolutions/{resolution_id}/respond"), {"decision": "accept"})
        assert answer.status_code == 404
        assert client_of(case.claimant).get(case.url(f"resolutions/{resolution_id}")).status_code == 404


# --- arbitration --------------------------------------------------------------------------------------------------------------
def test_arbitration_needs_each_party_s_own_consent() -> None:
    case = with_co_claimant()
    disclose(case)
    for number in range(3):
        before = footprint()
        with pytest.raises(ConsentMissingError):
            request_resolution(acting_user=case.claimant, dispute_id=case.id, mode=Mode.ARBITRATION)
        assert footprint() == before
        consent_to_arbitration(acting_user=case.parties[number], dispute_id=case.id)
    assert ask(case, mode=Mode.ARBITRATION).mode == Mode.ARBITRATION
    assert case.status == S.ARBITRATING


def test_consent_is_recorded_once_and_revocable_until_arbitration() -> None:
    case = mediating()
    for act in (consent_to_arbitration, revoke_arbitration_consent):
        act(acting_user=case.claimant, dispute_id=case.id)
        before = footprint()
        act(acting_user=case.claimant, dispute_id=case.id)
        assert footprint() == before
    assert participant_of(case, case.claimant).arbitration_consent_at is None
    arbitrate(case)
    refuses(lambda: revoke_arbitration_consent(acting_user=case.claimant, dispute_id=case.id), WrongStateError)


def test_escalating_without_everybody_s_consent_moves_nothing_but_calls_a_human() -> None:
    case = mediating()
    consent_to_arbitration(acting_user=case.claimant, dispute_id=case.id)
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="we are stuck")
    before = footprint()
    for user in case.parties:
        escalate_dispute(acting_user=user, dispute_id=case.id, reason="still")
    assert footprint() == before
    assert (case.status, case.dispute.escalation_reason) == (S.MEDIATING, "we are stuck")
    assert events("DisputeEscalated") == journalled(case, "dispute.escalated") == 1
    assert client_of(case.respondent).get(case.url()).json()["is_escalated"] is True


def test_escalating_a_proposal_leaves_it_on_the_table() -> None:
    case = proposed()
    consent(case)
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    assert (case.status, case.resolution.status) == (S.PROPOSED, ResolutionStatus.PROPOSED)


def test_escalating_with_consent_ends_the_draft_and_begins_arbitration() -> None:
    case = mediating()
    asked = ask(case)
    arbitrate(case)
    asked.refresh_from_db()
    assert (asked.status, case.status, case.resolution.mode) == (
        ResolutionStatus.SUPERSEDED,
        S.ARBITRATING,
        Mode.ARBITRATION,
    )
    before = footprint()
    propose_resolution(resolution_id=asked.pk, draft=draft(case), drafted_by=AI)  # the machine comes too late
    assert footprint() == before


@pytest.mark.parametrize("requires_contract", [True, False])
def test_an_award_decides_the_case(requires_contract: bool) -> None:
    case = mediating(requires_contract=requires_contract)
    arbitrate(case)
    award = decide(case)
    assert (award.status, award.decided_by_id) == (ResolutionStatus.DECIDED, case.staff[Part.ARBITRATOR].pk)
    assert (case.status, case.dispute.outcome) == (S.CONTRACTING if requires_contract else S.CLOSED, Outcome.DECIDED)
    assert events("DecisionGiven") == 1
    refuses(lambda: decide(case), WrongStateError)


def test_who_has_been_the_mediator_never_arbitrates_nor_the_other_way_round() -> None:
    case = mediating()
    admin = UserFactory(admin=True)
    for first, second in ((Part.MEDIATOR, Part.ARBITRATOR), (Part.ARBITRATOR, Part.MEDIATOR)):
        lawyer = assign(case, first)
        current = Assignment.objects.get(lawyer=lawyer)
        end_assignment(acting_user=admin, dispute_id=case.id, assignment_id=current.pk)
        refuses(
            partial(assign_lawyer, acting_user=admin, dispute_id=case.id, lawyer_id=lawyer.pk, part=second),
            ConflictError,
        )


def test_a_case_has_one_neutral_of_a_kind_and_a_lawyer_one_part() -> None:
    case = mediating()
    admin = UserFactory(admin=True)
    mediator = assign(case, Part.MEDIATOR)
    before = footprint()
    same = assign_lawyer(acting_user=admin, dispute_id=case.id, lawyer_id=mediator.pk, part=Part.MEDIATOR)
    assert (same.lawyer_id, footprint()) == (mediator.pk, before)
    for lawyer, part in ((mediator, Part.COUNSEL), (UserFactory(lawyer=True), Part.MEDIATOR)):
        before = footprint()
        with pytest.raises(ConflictError):
            assign_lawyer(acting_user=admin, dispute_id=case.id, lawyer_id=lawyer.pk, part=part)
        assert footprint() == before
    for person in (UserFactory(), case.claimant, UserFactory(lawyer=True, inactive=True), admin):
        before = footprint()
        with pytest.raises(ValidationFailedError):
            assign_lawyer(acting_user=admin, dispute_id=case.id, lawyer_id=person.pk, part=Part.COUNSEL)
        assert footprint() == before


@pytest.mark.parametrize("status", [S.WITHDRAWN, S.LAPSED, S.EXECUTED, S.CLOSED])
@pytest.mark.parametrize("by", ["assignment", "lawyer"])
def test_an_assignment_ends_also_when_the_case_has(status: DisputeStatus, by: str) -> None:
    case, cast = peopled(status)
    row = Assignment.objects.get(dispute_id=case.id, part=Part.COUNSEL)
    address = case.url(f"assignments/{row.pk}" if by == "assignment" else f"assignments?lawyer_id={row.lawyer_id}")
    admin = client_of(cast["admin"])
    assert "unassign" in admin.get(case.url()).json()["allowed_actions"]
    assert client_of(cast["counsel"]).delete(address).status_code == 403
    assert client_of(cast["stranger"]).delete(address).status_code == 404
    assert client_of(cast["counsel"]).get(case.url()).status_code == 200
    assert admin.delete(address).status_code == 204
    assert client_of(cast["counsel"]).get(case.url()).status_code == 404
    before = footprint()
    assert admin.delete(address).status_code == 404
    assert admin.post(case.url("assignments"), {"lawyer_id": str(row.lawyer_id)}).status_code == 409
    assert footprint() == before


# --- ends ------------------------------------------------------------------------------------------------------------------------
def test_withdrawing_ends_what_is_open() -> None:
    case = proposed()
    withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason="enough")
    assert (case.status, case.resolution.status, case.dispute.ended_reason) == (S.WITHDRAWN, "superseded", "enough")
    assert events("DisputeWithdrawn") == 1


def test_the_mediator_ends_a_hopeless_case_unresolved() -> None:
    case = proposed()
    end(case, "hopeless")
    assert (case.status, case.dispute.outcome, case.resolution.status) == (S.CLOSED, Outcome.UNRESOLVED, "superseded")
    refuses(lambda: respond(case, case.claimant), WrongStateError)


@pytest.mark.parametrize("build", [mediating, proposed, arbitrating])
def test_the_mediator_ends_the_case_by_the_api(build: Any) -> None:
    case = build()
    mediator = client_of(assign(case, Part.MEDIATOR))
    answer = mediator.post(case.url("end"), {"reason": "They do not talk."})
    assert (answer.status_code, answer.json()["status"], answer.json()["outcome"]) == (200, "closed", "unresolved")
    assert (case.dispute.ended_reason, events("DisputeClosed")) == ("They do not talk.", 1)
    assert not case.dispute.resolutions.filter(status__in=["drafting", "proposed"]).exists()
    before = footprint()
    assert mediator.post(case.url("end"), {}).status_code == 409
    assert footprint() == before


@pytest.mark.parametrize("status", [S.MEDIATING, S.PROPOSED, S.ARBITRATING])
def test_the_parties_end_the_case_when_every_one_of_them_has_asked(status: DisputeStatus) -> None:
    case, cast = peopled(status)
    parties = ("claimant", "co_claimant", "respondent")
    clients = {kind: client_of(cast[kind]) for kind in (*parties, "counsel")}

    def asked() -> list[str]:
        people = clients["counsel"].get(case.url()).json()["participants"]
        ids = {str(user.pk): kind for kind, user in cast.items()}
        return sorted(ids[person["user_id"]] for person in people if person["has_asked_to_end"])

    assert "ask_to_end" in clients["claimant"].get(case.url()).json()["allowed_actions"]
    for kind in ("claimant", "respondent"):
        answer = clients[kind].post(case.url("end"), {"reason": f"the {kind}'s reason"})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert asked() == ["claimant", "respondent"]
    before = footprint()
    assert clients["claimant"].post(case.url("end"), {"reason": "again"}).status_code == 200  # once is enough
    assert clients["co_claimant"].delete(case.url("end")).status_code == 200
    assert footprint() == before
    assert clients["claimant"].delete(case.url("end")).json()["status"] == status
    assert asked() == ["respondent"]
    clients["co_claimant"].post(case.url("end"), {})
    assert (case.status, events("DisputeClosed")) == (status, 0)
    last = clients["claimant"].post(case.url("end"), {"reason": "enough"})
    assert (last.json()["status"], last.json()["outcome"], events("DisputeClosed")) == ("closed", "unresolved", 1)
    assert case.dispute.ended_reason == "enough\nthe respondent's reason"
    assert not case.dispute.resolutions.filter(status__in=["drafting", "proposed"]).exists()
    assert [journalled(case, verb) for verb in ("ending.asked", "ending.taken_back", "dispute.end")] == [4, 1, 1]


def test_why_a_party_wants_to_end_the_case_is_not_told_to_the_others() -> None:
    case = mediating()
    client_of(case.claimant).post(case.url("end"), {"reason": "zq-my-reason"})
    for path in ("", "timeline?limit=100", "messages", "resolutions"):
        assert "zq-my-reason" not in client_of(case.respondent).get(case.url(path)).content.decode()
    page = browser(case.respondent).get(f"/disputes/{case.id}/").content.decode()
    assert f"{case.claimant.full_name} asked to end the case without an agreement." in page
    assert "zq-my-reason" not in page
    kept = [
        *JournalEntry.objects.values_list("facts", flat=True),
        *OutboxEvent.objects.values_list("payload", flat=True),
    ]
    assert "zq-my-reason" not in str(kept)


def test_an_agreement_settles_earlier_wishes_to_end() -> None:
    case = proposed()
    ask_to_end(acting_user=case.claimant, dispute_id=case.id, reason="tired")
    accept(case)
    draw_up(case)
    decline_contract(acting_user=case.respondent, dispute_id=case.id, reason="")
    assert case.status == S.MEDIATING
    ask_to_end(acting_user=case.respondent, dispute_id=case.id, reason="")
    assert case.status == S.MEDIATING  # what the claimant wished before everybody agreed counts no more
    ask_to_end(acting_user=case.claimant, dispute_id=case.id, reason="")
    assert case.status == S.CLOSED


CONSENT = timedelta(days=15)


def used_up(**filing: Any) -> Case:
    """The rounds are used up, and nobody asks for anything any more."""
    case = mediating(**filing)
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS)
    return case


def hopeless(clock: Clock) -> Case:
    """The rounds are used up, and the time to consent is over."""
    case = used_up()
    clock.advance(CONSENT)
    return case


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.COUNTER])
def test_the_last_round_that_fails_begins_the_time_to_consent_by_itself(decision: Decision) -> None:
    case = mediating(claimant=UserFactory(timezone="Asia/Tokyo"))
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS - 1)
    propose(case)
    assert case.dispute.consent_deadline is None
    respond(case, case.respondent, decision, comment="no")
    until = days_from(now(), settings.DISPUTES_CONSENT_DAYS, "Asia/Tokyo")
    assert case.dispute.consent_deadline == until
    entry = entries(StreamRef("dispute", case.id)).get(verb="arbitration.consent_awaited")
    assert entry.facts == {"deadline": as_utc(until)}


def test_every_party_sees_until_when_to_consent() -> None:
    case = used_up()
    until = case.dispute.consent_deadline
    assert until is not None
    shown = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    for user in case.parties:
        assert client_of(user).get(case.url()).json()["consent_deadline"] == shown
        assert client_of(user).get("/api/disputes").json()["results"][0]["consent_deadline"] == shown
        page = browser(user).get(f"/disputes/{case.id}/").content.decode()
        assert "Consent to arbitration until" in page
        assert "Unless all parties consent" in page
    other = proposed()
    assert client_of(other.claimant).get(other.url()).json()["consent_deadline"] is None


def test_a_draft_that_comes_to_nothing_neither_begins_nor_moves_the_time_to_consent(clock: Clock) -> None:
    case = mediating()
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS - 1)
    fail_resolution(resolution_id=ask(case).pk, reason="engine")
    assert case.dispute.consent_deadline is None
    fail_rounds(case, 1)
    until = case.dispute.consent_deadline
    clock.advance(timedelta(days=3))
    fail_resolution(resolution_id=ask(case, mode=Mode.MEDIATION).pk, reason="engine")
    request_resolution(acting_user=case.claimant, dispute_id=case.id)
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    assert case.dispute.consent_deadline == until
    assert journalled(case, "arbitration.consent_awaited") == 1


def test_another_round_that_fails_begins_the_time_to_consent_anew(clock: Clock) -> None:
    case = used_up()
    first = case.dispute.consent_deadline
    clock.advance(timedelta(days=3))
    ask(case, mode=Mode.MEDIATION)
    propose(case)
    assert case.dispute.consent_deadline is None  # a proposal is on the table
    respond(case, case.respondent, Decision.REJECT)
    assert case.dispute.consent_deadline == first + timedelta(days=3)  # type: ignore[operator]


def test_the_time_to_consent_ends_with_the_last_consent_and_begins_with_its_revocation(clock: Clock) -> None:
    case = used_up()
    first = case.dispute.consent_deadline
    consent_to_arbitration(acting_user=case.claimant, dispute_id=case.id)
    assert case.dispute.consent_deadline == first
    consent_to_arbitration(acting_user=case.respondent, dispute_id=case.id)
    assert case.dispute.consent_deadline is None
    clock.advance(timedelta(days=20))
    sweep_deadlines()
    revoke_arbitration_consent(acting_user=case.claimant, dispute_id=case.id)
    assert case.status == S.MEDIATING
    assert case.dispute.consent_deadline == first + timedelta(days=20)  # type: ignore[operator]


def test_only_a_mediator_holds_the_time_to_consent() -> None:
    case = used_up()
    for part in (Part.COUNSEL, Part.ARBITRATOR):
        assign(case, part)
        assert case.dispute.consent_deadline is not None
    mediator = assign(case, Part.MEDIATOR)
    assert case.dispute.consent_deadline is None
    fail = propose_by_mediator(acting_user=mediator, dispute_id=case.id, draft=draft(case))
    respond(case, case.respondent, Decision.REJECT)
    assert (fail.round, case.dispute.consent_deadline) == (settings.DISPUTES_MAX_ROUNDS + 1, None)
    row = Assignment.objects.get(lawyer=mediator)
    end_assignment(acting_user=UserFactory(admin=True), dispute_id=case.id, assignment_id=row.pk)
    assert case.dispute.consent_deadline is not None


def test_a_party_who_joins_late_is_asked_for_consent_too() -> None:
    late = UserFactory()
    case = stating()
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(late.email))
    disclose(case)
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS)
    consent(case)
    assert case.dispute.consent_deadline is None
    join(case, late)
    assert case.dispute.consent_deadline is not None


def test_a_deployment_that_allows_fewer_rounds_now_gives_the_time_when_somebody_asks(settings: Any) -> None:
    case = mediating()
    fail_rounds(case, 2)
    settings.DISPUTES_MAX_ROUNDS = 2
    for _ in range(2):
        request_resolution(acting_user=case.claimant, dispute_id=case.id)
    assert case.dispute.consent_deadline is not None
    assert journalled(case, "arbitration.consent_awaited") == 1


def test_a_hopeless_case_is_closed_unresolved_once(clock: Clock) -> None:
    case = hopeless(clock)
    sweep_deadlines()
    assert (case.status, case.dispute.outcome, events("DisputeClosed")) == (S.CLOSED, Outcome.UNRESOLVED, 1)
    before = footprint()
    sweep_deadlines()
    assert close_unresolved(dispute_id=case.id) is False
    assert footprint() == before


def test_closing_a_hopeless_case_ends_the_draft_that_was_begun(clock: Clock) -> None:
    case = hopeless(clock)
    asked = ask(case, mode=Mode.MEDIATION)
    assert close_unresolved(dispute_id=case.id)
    asked.refresh_from_db()
    assert asked.status == ResolutionStatus.SUPERSEDED


@pytest.mark.parametrize("hope", ["consent", "mediator", "rounds", "time", "a fresh answer"])
def test_a_case_with_hope_left_stays_open(clock: Clock, hope: str) -> None:
    case = mediating()
    fail_rounds(case, settings.DISPUTES_MAX_ROUNDS - (1 if hope in ("rounds", "a fresh answer") else 0))
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    clock.advance(CONSENT if hope != "time" else CONSENT - timedelta(days=2))
    if hope == "consent":
        consent(case)
    if hope == "mediator":
        assign(case, Part.MEDIATOR)
    if hope == "a fresh answer":  # the last round failed only now: the time to consent has just begun
        fail_rounds(case, 1)
    sweep_deadlines()
    assert case.status == S.MEDIATING
    before = footprint()
    assert close_unresolved(dispute_id=case.id) is False
    assert footprint() == before
    assert isinstance(NotYoursToDoError("x"), DomainError)
