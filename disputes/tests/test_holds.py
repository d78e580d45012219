"""The contract check: what holds a contract, who lets it go, and that it neither slips through nor waits in silence."""

from datetime import timedelta

import pytest

from disputes.enums import ContractStatus, Part
from disputes.errors import ContractOnHoldError, NotYoursToDoError, WrongStateError
from disputes.events import ContractDrawnUp, ContractInReview, ContractReady
from disputes.models import ContractHold
from disputes.public import conclude_contract_check, contract_to_check, is_awaiting_check
from disputes.services.contract_checks import NOT_CHECKED, lift_holds
from disputes.services.contracts import ask_for_contract, complete_drawing_up, lease_contract, review_contract
from disputes.tasks import generate_due_contracts
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    assign,
    contracting,
    draw_up,
    drawn_up,
    finding,
    held,
    sign,
    unchecked,
)
from kernel.errors import NotFoundError, ValidationFailedError
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def published(kind: type[ContractDrawnUp] | type[ContractInReview] | type[ContractReady]) -> int:
    return OutboxEvent.objects.filter(type=kind.type_name()).count()


def test_a_drawn_up_contract_waits_for_its_check() -> None:
    case = unchecked()
    contract = case.contract
    assert (contract.status, contract.is_awaiting_check, case.status) == ("drafting", True, "contracting")
    assert (published(ContractDrawnUp), published(ContractReady)) == (1, 0)
    given = contract_to_check(contract.pk)
    assert (given.text, given.checksum, given.locale) == ("The parties agree.", contract.checksum, "en")
    assert is_awaiting_check(contract.pk)
    assert lease_contract(contract_id=contract.pk) is None  # it is not drawn up twice
    before = footprint()
    complete_drawing_up(contract_id=contract.pk, drawn_up=drawn_up())
    with pytest.raises(WrongStateError):
        sign(case, case.claimant)
    assert footprint()[:3] == before[:3]


def test_without_checks_it_goes_on_as_before() -> None:
    case = contracting()
    draw_up(case)
    assert (case.contract.status, published(ContractDrawnUp)) == ("signing", 0)


@pytest.mark.parametrize("severities", [(), ("low",), ("low", "medium")])
def test_a_check_without_a_high_finding_lets_it_go(severities: tuple[str, ...]) -> None:
    case = unchecked()
    holds = conclude_contract_check(
        contract_id=case.contract.pk,
        findings=[finding(severity=severity) for severity in severities],  # type: ignore[arg-type]
    )
    assert (holds, case.contract.status, case.status) == ((), "signing", "signing")
    assert not is_awaiting_check(case.contract.pk)


def test_high_findings_hold_it_before_a_lawyer() -> None:
    case = unchecked()
    findings = [finding("one"), finding("two", "medium"), finding("three")]
    holds = conclude_contract_check(contract_id=case.contract.pk, findings=findings, checksum=case.contract.checksum)
    assert [(hold.rule, hold.severity, hold.quote, hold.suggestion) for hold in holds] == [
        (rule, "high", "The parties agree.", "Say when it is due.") for rule in ("one", "three")
    ]
    assert (case.contract.status, case.status, published(ContractInReview)) == ("review", "contracting", 1)
    before = footprint()
    assert conclude_contract_check(contract_id=case.contract.pk, findings=[]) == ()  # a second answer
    assert footprint() == before


def test_findings_of_another_text_change_nothing() -> None:
    case = unchecked()
    before = footprint()
    assert conclude_contract_check(contract_id=case.contract.pk, findings=[finding()], checksum="0" * 64) == ()
    assert footprint() == before


def test_a_held_contract_is_not_approved_until_counsel_has_lifted_every_hold(unlimited: None) -> None:
    case = held(None, "one", "two")
    lawyer = assign(case, Part.COUNSEL)
    one, two = ContractHold.objects.order_by("rule")
    before = footprint()
    for _ in range(2):
        with pytest.raises(ContractOnHoldError):
            review_contract(acting_user=lawyer, dispute_id=case.id, decision="approve", comment="", checksum=None)
    assert footprint() == before
    counsel = client_of(lawyer)
    refused = counsel.post(case.url("contract/review"), {"decision": "approve"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "contract_on_hold")
    lifted = counsel.post(
        case.url(f"contract/holds/{one.pk}/lift"), {"reason": "It is meant so."}, format="json"
    ).json()
    assert [(hold["rule"], hold["lifted_by"], hold["lift_reason"]) for hold in lifted["holds"]] == [
        ("one", str(lawyer.pk), "It is meant so."), ("two", None, ""),
    ]  # fmt: skip
    assert lifted["allowed_actions"] == ["lift_hold", "review"]
    assert counsel.post(case.url("contract/review"), {"decision": "approve"}, format="json").status_code == 409
    assert (
        counsel.post(case.url(f"contract/holds/{two.pk}/lift"), {"reason": "Read."}, format="json").status_code == 200
    )
    assert (
        counsel.post(case.url("contract/review"), {"decision": "approve"}, format="json").json()["status"] == "signing"
    )


def test_all_holds_are_lifted_at_once_with_one_reason_and_lifted_ones_stay() -> None:
    case = held(None, "one", "two")
    lawyer = assign(case, Part.COUNSEL)
    one = ContractHold.objects.get(rule="one")
    lift_holds(acting_user=lawyer, dispute_id=case.id, reason="First.", hold_id=one.pk)
    lift_holds(acting_user=lawyer, dispute_id=case.id, reason="Rest.")
    reasons = dict(ContractHold.objects.values_list("rule", "lift_reason"))
    assert reasons == {"one": "First.", "two": "Rest."}
    before = footprint()
    lift_holds(acting_user=lawyer, dispute_id=case.id, reason="Again.")
    assert footprint() == before


def test_a_hold_is_lifted_by_counsel_of_the_case_alone_and_with_a_reason() -> None:
    case, other = held(), held()
    hold, foreign = (ContractHold.objects.get(contract=each.contract) for each in (case, other))
    lawyer = assign(case, Part.COUNSEL)
    mediator, stranger = assign(case, Part.MEDIATOR), assign(other, Part.COUNSEL)
    before = footprint()
    for user, hold_id, refusal in (
        (case.claimant, hold.pk, NotYoursToDoError),
        (mediator, hold.pk, NotYoursToDoError),
        (stranger, hold.pk, NotFoundError),
        (lawyer, foreign.pk, NotFoundError),
    ):
        with pytest.raises(refusal):
            lift_holds(acting_user=user, dispute_id=case.id, reason="r", hold_id=hold_id)
    with pytest.raises(ValidationFailedError):
        lift_holds(acting_user=lawyer, dispute_id=case.id, reason=" ", hold_id=hold.pk)
    assert footprint() == before


def test_parties_see_that_a_lawyer_looks_at_it_but_not_what_was_found(unlimited: None) -> None:
    case = held()
    lawyer = assign(case, Part.COUNSEL)
    shown = client_of(case.claimant).get(case.url("contract")).json()
    assert (shown["status"], shown["holds"]) == ("review", [])
    assert len(client_of(lawyer).get(case.url("contract")).json()["holds"]) == 1


def test_a_returned_contract_takes_its_holds_with_it() -> None:
    case = held()
    lawyer = assign(case, Part.COUNSEL)
    review_contract(acting_user=lawyer, dispute_id=case.id, decision="return", comment="Strike it.", checksum=None)
    assert (case.contract.status, case.status) == (ContractStatus.VOIDED, "mediating")
    with pytest.raises(WrongStateError):
        lift_holds(acting_user=lawyer, dispute_id=case.id, reason="r")


def test_a_check_that_does_not_come_back_is_asked_for_again_and_then_left_to_a_lawyer(clock: Clock) -> None:
    case = unchecked()
    for minutes, asked in ((1, 1), (2, 2), (3, 2), (2, 3), (9, 4), (17, 5)):
        clock.advance(timedelta(minutes=minutes))
        generate_due_contracts()
        assert published(ContractDrawnUp) == asked, minutes
        assert case.contract.status == "drafting"
    clock.advance(timedelta(minutes=33))
    generate_due_contracts()
    assert (case.contract.status, published(ContractInReview), published(ContractReady)) == ("review", 1, 0)
    hold = ContractHold.objects.get()
    assert (hold.rule, hold.severity, case.contract.checked_at) == (NOT_CHECKED, "high", None)
    before = footprint()
    clock.advance(timedelta(hours=2))
    generate_due_contracts()
    assert conclude_contract_check(contract_id=case.contract.pk, findings=[]) == ()  # it comes too late
    assert footprint() == before


def test_asking_again_for_a_contract_that_is_checked_asks_for_its_check() -> None:
    case = unchecked()
    ask_for_contract(acting_user=case.claimant, dispute_id=case.id)
    assert published(ContractDrawnUp) == 2


def test_a_deployment_that_reviews_everything_reviews_what_was_checked_too(settings: object) -> None:
    settings.DISPUTES_REVIEW_CONTRACTS = True  # type: ignore[attr-defined]
    case: Case = unchecked()
    assert case.contract.status == "drafting"
    conclude_contract_check(contract_id=case.contract.pk, findings=[])
    assert (case.contract.status, ContractHold.objects.count()) == ("review", 0)
