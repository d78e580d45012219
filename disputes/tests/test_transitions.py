"""The table of transitions against the services: every kind of person × every state × every action."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.public import User
from accounts.tests.factories import UserFactory
from disputes.enums import ContractStatus, Decision, DisputeStatus, ParticipantStatus, ResolutionStatus
from disputes.errors import BiddingUnavailableError, NotYoursToDoError, WrongStateError
from disputes.models import Assignment, Contract, Dispute, Evidence, Resolution
from disputes.rest.shapes import ASKED_FOR, allowed_actions
from disputes.rest.urls import urlpatterns
from disputes.rules import standing_in
from disputes.services.assignments import assign_lawyer, end_assignment
from disputes.services.awards import request_award_draft
from disputes.services.contract_checks import lift_holds
from disputes.services.contracts import ask_for_contract, decline_contract, review_contract
from disputes.services.deadlines import accept_deadline, propose_deadline, refuse_deadline
from disputes.services.ending import (
    ask_to_end,
    consent_to_arbitration,
    decide_dispute,
    end_dispute,
    escalate_dispute,
    revoke_arbitration_consent,
    take_back_ending,
    withdraw_dispute,
)
from disputes.services.evidence import withdraw_evidence
from disputes.services.invitations import Invitee, decline_dispute, invite_another, start_dispute
from disputes.services.moves import move_contract, move_dispute, move_resolution
from disputes.services.ranking import rank_candidates
from disputes.services.resolving import propose_by_mediator, request_resolution
from disputes.services.stating import submit_truth
from disputes.services.understanding import answer_understanding
from disputes.tests.conftest import footprint
from disputes.tests.factories import (
    INSIDERS,
    KINDS,
    Case,
    bid,
    case_in,
    day,
    draft,
    participant_of,
    payment,
    peopled,
    put_on_record,
    respond,
    say,
    sign,
)
from disputes.transitions import (
    ACTS,
    CONTRACT_MOVES,
    FINAL,
    MOVES,
    PARTY,
    RESOLUTION_MOVES,
    SYSTEM,
    parts_for,
    states_for,
)
from kernel.clock import day_deadline, now
from kernel.errors import ConflictError, DomainError, NotFoundError
from kernel.journal import Actor

S = DisputeStatus
Act = Callable[[Case, User], Any]
PART_OF = {kind: kind.removeprefix("co_") for kind in INSIDERS}
SHA = "0" * 64


def assignment_of(case: Case, part: str) -> Assignment:
    return Assignment.objects.get(dispute_id=case.id, part=part)


BY_ACTION: dict[str, Act] = {
    "start": lambda case, user: start_dispute(acting_user=user, dispute_id=case.id),
    "withdraw": lambda case, user: withdraw_dispute(acting_user=user, dispute_id=case.id, reason="r"),
    "propose": lambda case, user: propose_by_mediator(acting_user=user, dispute_id=case.id, draft=draft(case)),
    "decide": lambda case, user: decide_dispute(
        acting_user=user, dispute_id=case.id, terms=(payment(case),), reasoning="r"
    ),
    "draft_award": lambda case, user: request_award_draft(acting_user=user, dispute_id=case.id),
    "decline_contract": lambda case, user: decline_contract(acting_user=user, dispute_id=case.id, reason="r"),
    "end": lambda case, user: end_dispute(acting_user=user, dispute_id=case.id, reason="r"),
    "invite": lambda case, user: invite_another(
        acting_user=user, dispute_id=case.id, invitee=Invitee("another@example.org")
    ),
    "decline": lambda case, user: decline_dispute(acting_user=user, dispute_id=case.id, reason="r"),
    "escalate": lambda case, user: escalate_dispute(acting_user=user, dispute_id=case.id, reason="r"),
    "consent_to_arbitration": lambda case, user: consent_to_arbitration(acting_user=user, dispute_id=case.id),
    "ask_to_end": lambda case, user: ask_to_end(acting_user=user, dispute_id=case.id, reason="r"),
    "propose_deadline": lambda case, user: propose_deadline(
        acting_user=user, dispute_id=case.id, deadline=day_deadline(day(case), "UTC")
    ),
    "accept_deadline": lambda case, user: accept_deadline(acting_user=user, dispute_id=case.id),
    "refuse_deadline": lambda case, user: refuse_deadline(acting_user=user, dispute_id=case.id, reason="r"),
    "submit_truth": lambda case, user: submit_truth(acting_user=user, dispute_id=case.id, content="c"),
    "add_evidence": lambda case, user: put_on_record(case, user),
    "post_message": lambda case, user: say(case, user),
    "resolve": lambda case, user: request_resolution(acting_user=user, dispute_id=case.id),
    "respond": lambda case, user: respond(case, user, Decision.ACCEPT),
    "answer_understanding": lambda case, user: answer_understanding(
        acting_user=user, dispute_id=case.id, decision="confirm"
    ),
    "rank": lambda case, user: rank_candidates(
        acting_user=user, dispute_id=case.id, resolution_id=case.resolution.pk, order=[]
    ),
    "bid": lambda case, user: bid(case, user, "900.00"),
    "lift_hold": lambda case, user: lift_holds(acting_user=user, dispute_id=case.id, reason="r"),
    "generate_contract": lambda case, user: ask_for_contract(acting_user=user, dispute_id=case.id),
    "review_contract": lambda case, user: review_contract(
        acting_user=user, dispute_id=case.id, decision="approve", comment="", checksum=None
    ),
    "sign_contract": lambda case, user: sign(case, user),
    "assign": lambda case, user: assign_lawyer(
        acting_user=user, dispute_id=case.id, lawyer_id=case.staff["spare"].pk, part="counsel"
    ),
    "unassign": lambda case, user: end_assignment(
        acting_user=user, dispute_id=case.id, assignment_id=assignment_of(case, "counsel").pk
    ),
}
# Other doors to the same rows of the table.
SAME_ROW: dict[str, tuple[str, Act]] = {
    "post_private": ("post_message", lambda case, user: say(case, user, is_private=True)),
    "revoke_consent": (
        "consent_to_arbitration",
        lambda case, user: revoke_arbitration_consent(acting_user=user, dispute_id=case.id),
    ),
    "take_back_ending": ("ask_to_end", lambda case, user: take_back_ending(acting_user=user, dispute_id=case.id)),
}
INDIRECT = {move.action for move in MOVES if move.through}


def test_every_action_of_the_table_is_tried_or_belongs_to_the_system() -> None:
    by_people = {move.action for move in MOVES if move.by != frozenset({SYSTEM})} | set(ACTS)
    assert set(BY_ACTION) == by_people - INDIRECT


def test_an_arrow_that_other_acts_lead_to_is_open_to_whoever_may_do_those() -> None:
    assert {"arbitrate", "send_for_signature", "return_contract"} == INDIRECT
    for move in MOVES:
        for act in move.through:
            states, by = ACTS[act]
            assert set(move.sources) & set(states), (move.action, act)
            assert move.by - {SYSTEM} >= by, (move.action, act)


# Where a client asks for an action.
DOOR_OF = {
    "start": "start",
    "withdraw": "withdraw",
    "propose": "resolutions",
    "decide": "decision",
    "draft_award": "award-draft",
    "decline_contract": "contract-decline",
    "end": "end",
    "invite": "invitations",
    "decline": "decline",
    "escalate": "escalate",
    "consent_to_arbitration": "arbitration-consent",
    "ask_to_end": "end",
    "propose_deadline": "deadline",
    "accept_deadline": "deadline-accept",
    "refuse_deadline": "deadline-refuse",
    "submit_truth": "truths",
    "add_evidence": "evidence",
    "post_message": "messages",
    "resolve": "resolve",
    "respond": "respond",
    "answer_understanding": "understanding",
    "rank": "ranking",
    "bid": "bids",
    "lift_hold": "contract-holds-lift",
    "generate_contract": "contract-generate",
    "review_contract": "contract-review",
    "sign_contract": "contract-sign",
    "assign": "assignments",
    "unassign": "assignment",
}


def test_whatever_the_api_offers_has_a_path() -> None:
    assert set(DOOR_OF) == set(ASKED_FOR)
    assert set(DOOR_OF.values()) <= {path.name for path in urlpatterns}


def prepared(status: DisputeStatus) -> tuple[Case, dict[str, User]]:
    """With what the guards want: another party's open wish for a date."""
    case, cast = peopled(status)
    case.staff["spare"] = UserFactory(lawyer=True)
    if status in states_for("propose_deadline"):
        BY_ACTION["propose_deadline"](case, cast["co_claimant"])
    return case, cast


# What the table's words leave to the guards, by (action, kind, state).
GUARDED: dict[tuple[str, str, DisputeStatus], type[DomainError]] = {
    # who asked for a date does not accept it for the others
    ("accept_deadline", "co_claimant", S.INVITE_SENT): NotYoursToDoError,
    ("accept_deadline", "co_claimant", S.STATING): NotYoursToDoError,
    ("refuse_deadline", "co_claimant", S.INVITE_SENT): NotYoursToDoError,
    ("refuse_deadline", "co_claimant", S.STATING): NotYoursToDoError,
    # domain.md: before `stating` only claimants state
    ("submit_truth", "respondent", S.INVITE_SENT): WrongStateError,
    # in a simple mediation nobody is asked how they are understood, and nobody bids; test_protocol_table has the other one
    **{
        ("answer_understanding", kind, S.MEDIATING): NotFoundError for kind in ("claimant", "co_claimant", "respondent")
    },
    **{("bid", kind, S.MEDIATING): BiddingUnavailableError for kind in ("claimant", "co_claimant", "respondent")},
    # caucuses close when arbitration begins
    **{("post_private", kind, S.ARBITRATING): NotYoursToDoError for kind in ("claimant", "co_claimant", "respondent")},
    **{("post_private", kind, S.DECIDED): NotYoursToDoError for kind in ("claimant", "co_claimant", "respondent")},
}


def expectation(action: str, row: str, kind: str, case: Case) -> type[DomainError] | None:
    """What the table says: the error's class, or None for allowed."""
    status = DisputeStatus(case.status)
    if guarded := GUARDED.get((action, kind, status)):
        return guarded
    if row == "decline" and kind == "invited" and status != S.LAPSED:  # there no invitation is open any more
        return None if status in states_for(row) else WrongStateError
    if kind not in INSIDERS:
        return NotFoundError
    if PART_OF[kind] not in parts_for(row):
        return NotYoursToDoError
    return None if status in states_for(row) else WrongStateError


@pytest.mark.db
@pytest.mark.parametrize("status", list(DisputeStatus))
def test_who_may_do_what_in_a_state(status: DisputeStatus) -> None:
    case, cast = prepared(status)
    doors = {**{action: (action, act) for action, act in BY_ACTION.items()}, **SAME_ROW}
    surprises, untouched = [], footprint()
    for name, (row, act) in doors.items():
        for kind in KINDS:
            if name == "post_private" and kind in ("mediator", "arbitrator", "counsel"):
                continue  # they name a party; test_messages
            if name in ("respond", "rank") and not Resolution.objects.filter(dispute_id=case.id).exists():
                continue  # there is nothing to answer: 404, as for any unknown proposal
            expected = expectation(name, row, kind, case)
            surprise = _surprise(case, cast[kind], act, row, expected, untouched)
            if surprise:
                surprises.append(f"{name} by {kind}: {surprise}")
    assert surprises == []


@pytest.mark.db
@pytest.mark.parametrize("status", list(DisputeStatus))
def test_what_is_offered_is_what_the_table_allows(status: DisputeStatus) -> None:
    case, cast = prepared(status)
    for kind in KINDS:
        allowed = {
            action
            for action in BY_ACTION
            if kind in INSIDERS and PART_OF[kind] in parts_for(action) and status in states_for(action)
        }
        unanswerable = {"respond", "rank", "lift_hold"}  # offered by the proposal or the contract itself
        unanswerable |= {"answer_understanding", "bid"}  # of the mediation protocol
        if (kind, status) == ("respondent", S.INVITE_SENT):
            unanswerable.add("submit_truth")
        if kind == "co_claimant":  # whose own wish it is
            unanswerable |= {"accept_deadline", "refuse_deadline"}
        offered = allowed_actions(case.dispute, standing_in(cast[kind], case.dispute))
        assert offered == sorted(allowed - unanswerable), kind


def _surprise(
    case: Case, user: User, act: Act, row: str, expected: type[DomainError] | None, untouched: tuple[Any, ...]
) -> str:
    point = transaction.savepoint()
    error: DomainError | None = None
    try:
        act(case, user)
    except DomainError as raised:
        error = raised
    after = footprint() if error is not None else untouched
    transaction.savepoint_rollback(point)
    if type(error) is not (expected or type(None)):
        return f"expected {expected}, got {error!r}"
    if after != untouched:
        return "denied, and yet something was written"
    if isinstance(error, WrongStateError) and row != "submit_truth":
        allowed = [str(state) for state in states_for(row)]
        if error.facts.get("allowed_from") != allowed:
            return f"allowed_from {error.facts.get('allowed_from')} instead of {allowed}"
    if (
        error is not None
        and error.status
        != {NotFoundError: 404, NotYoursToDoError: 403, WrongStateError: 409, BiddingUnavailableError: 409}[type(error)]
    ):
        return f"status {error.status}"
    return ""


@pytest.mark.db
@pytest.mark.parametrize("status", list(DisputeStatus))
def test_every_arrow_starts_only_where_the_table_says(status: DisputeStatus) -> None:
    case = case_in(status)
    for move in MOVES:
        before, point = footprint(), transaction.savepoint()
        if status in move.sources:
            facts = {"outcome": "unresolved"} if move.target == S.CLOSED else {}
            deadline = {"statement_deadline": case.dispute.respond_by} if move.target == S.STATING else {}
            move_dispute(case.dispute, move.action, Actor.system("test"), **facts, **deadline)  # type: ignore[arg-type]
            assert case.status == move.target
        else:
            with pytest.raises(WrongStateError) as refused:
                move_dispute(case.dispute, move.action, Actor.system("test"))
            assert refused.value.facts == {"state": status, "allowed_from": [str(source) for source in move.sources]}
            assert footprint() == before
        transaction.savepoint_rollback(point)


@pytest.mark.db
def test_a_move_from_a_state_that_has_just_changed_is_refused() -> None:
    case = case_in(S.MEDIATING)
    seen = case.dispute
    Dispute.objects.filter(pk=case.id).update(status=S.WITHDRAWN)
    before = footprint()
    with pytest.raises(WrongStateError):
        move_dispute(seen, "propose", Actor.system("test"))
    assert footprint() == before


@pytest.mark.db
@pytest.mark.parametrize("action", list(RESOLUTION_MOVES))
def test_resolution_arrows(action: str) -> None:
    case = case_in(S.PROPOSED)
    resolution = case.resolution
    sources, target = RESOLUTION_MOVES[action]
    for status in ResolutionStatus:
        Resolution.objects.filter(pk=resolution.pk).update(status=status, rank_by=now())
        if status in sources:
            move_resolution(case.resolution, action)
            assert case.resolution.status == target
        else:
            with pytest.raises(WrongStateError) as refused:
                move_resolution(case.resolution, action)
            assert refused.value.facts["allowed_from"] == [str(source) for source in sources]
            assert case.resolution.status == status


@pytest.mark.db
@pytest.mark.parametrize("action", list(CONTRACT_MOVES))
def test_contract_arrows(action: str) -> None:
    case = case_in(S.SIGNING)
    sources, target = CONTRACT_MOVES[action]
    for status in ContractStatus:
        Contract.objects.filter(pk=case.contract.pk).update(status=status)
        if status in sources:
            move_contract(case.contract, action)
            assert case.contract.status == target
        else:
            with pytest.raises(WrongStateError):
                move_contract(case.contract, action)
            assert case.contract.status == status


@pytest.mark.db
@pytest.mark.parametrize(
    "status", [S.INVITE_SENT, S.STATING, S.MEDIATING, S.PROPOSED, S.ARBITRATING, S.SIGNING, S.CLOSED]
)
def test_only_its_uploader_withdraws_evidence_and_not_while_a_proposal_may_rest_on_it(status: DisputeStatus) -> None:
    case, cast = peopled(S.INVITE_SENT)
    piece = put_on_record(case, case.claimant)
    Dispute.objects.filter(pk=case.id).update(status=status, disclosed_at="2026-01-01T00:00Z", outcome="unresolved",
                                              statement_deadline="2026-01-01T00:00Z")  # fmt: skip
    open_now = status in states_for("add_evidence")
    for kind in KINDS:
        before, point = footprint(), transaction.savepoint()
        error: DomainError | None = None
        try:
            withdraw_evidence(acting_user=cast[kind], dispute_id=case.id, evidence_id=piece.pk)
        except DomainError as raised:
            error = raised
        if kind not in INSIDERS:
            expected: type[DomainError] | None = NotFoundError
        elif PART_OF[kind] not in PARTY:
            expected = NotYoursToDoError
        elif not open_now:
            expected = WrongStateError
        elif kind != "claimant":
            expected = NotYoursToDoError
        else:
            expected = WrongStateError if status == S.PROPOSED else None
        assert type(error) is (expected or type(None)), (kind, error)
        assert (footprint() == before) is (expected is not None), kind
        transaction.savepoint_rollback(point)


@pytest.mark.db
def test_withdrawing_evidence_twice_is_journalled_once() -> None:
    case = case_in(S.MEDIATING)
    piece = put_on_record(case, case.claimant)
    withdraw_evidence(acting_user=case.claimant, dispute_id=case.id, evidence_id=piece.pk)
    before = footprint()
    withdraw_evidence(acting_user=case.claimant, dispute_id=case.id, evidence_id=piece.pk)
    assert footprint() == before
    assert Evidence.objects.get().withdrawn_at is not None


@pytest.mark.db
def test_withdrawing_evidence_makes_no_room_and_the_refusal_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disputes.services.evidence.MAX_PER_DISPUTE", 1)
    case = case_in(S.MEDIATING)
    piece = put_on_record(case, case.claimant)
    withdraw_evidence(acting_user=case.claimant, dispute_id=case.id, evidence_id=piece.pk)
    before = footprint()
    with pytest.raises(ConflictError, match="Withdrawn ones count too"), transaction.atomic():
        put_on_record(case, case.respondent)
    assert footprint() == before


@pytest.mark.db
def test_a_removed_party_is_a_stranger() -> None:
    case, cast = prepared(S.MEDIATING)
    participant = participant_of(case, cast["co_claimant"])
    for status in (ParticipantStatus.REMOVED, ParticipantStatus.DECLINED, ParticipantStatus.LAPSED):
        participant.status = status
        participant.save()
        for action, act in BY_ACTION.items():
            if action in ("respond", "rank"):
                continue
            before = footprint()
            with pytest.raises(NotFoundError):
                act(case, cast["co_claimant"])
            assert footprint() == before, action


@pytest.mark.unit
def test_nothing_leaves_a_final_state() -> None:
    assert [move.action for move in MOVES if set(move.sources) & set(FINAL)] == []
    assert [action for action, (states, _by) in ACTS.items() if set(states) & set(FINAL)] == ["unassign"]


@pytest.mark.unit
def test_every_state_is_reached_from_the_first() -> None:
    reached = {S.INVITE_SENT}
    for _ in S:
        reached |= {move.target for move in MOVES if set(move.sources) & reached}
    assert reached == set(S)
