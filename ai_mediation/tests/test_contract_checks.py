"""From "a contract was drawn up" to signature, or to a lawyer who lifts what holds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.tests.factories import bearer
from ai_mediation.models import ComplianceCheck, Consultation, PolicyVersion
from ai_mediation.subscribers import check_contract, note_override
from disputes.enums import ContractStatus, Part
from disputes.events import ContractDrawnUp, ContractHoldLifted
from disputes.public import hold_states
from disputes.tests import factories
from disputes.tests.factories import Case
from kernel.models import OutboxEvent

pytestmark = [pytest.mark.db, pytest.mark.django_db]

GOOD = """Settlement agreement of 3 May 2027 between Ana Gil and Bo Lind about the dispute over a bicycle.
Bo Lind pays Ana Gil 900 EUR by 1 June 2027. If he does not pay, Ana Gil may enforce this agreement after 14 days' notice.
Once it is paid, each party releases the other from all claims of this dispute. Spanish law governs. Signatures:"""
BAD = f"{GOOD}\nBo Lind waives all statutory rights. Overdue sums bear interest at 5 % per month."


@contextmanager
def done() -> Iterator[None]:
    with transaction.atomic():
        yield


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.DISPUTES_CONTRACT_CHECKS = ("missing-essentials", "unfair-terms")


def drawn_up(text: str) -> Case:
    """A contract with this text that waits for its check."""
    case = factories.contracting()
    factories.draw_up(case)
    type(case.contract).objects.filter(pk=case.contract.pk).update(text=text)
    assert case.contract.is_awaiting_check
    return case


def check(case: Case) -> None:
    check_contract(ContractDrawnUp(case.id, case.contract.pk), done)


def lift(case: Case, reason: str) -> Any:
    lawyer = case.staff.get(Part.COUNSEL) or factories.assign(case)
    hold = case.contract.holds.filter(lifted_at=None).order_by("id")[0]
    return Client().post(
        case.url(f"contract/holds/{hold.pk}/lift"),
        {"reason": reason},
        content_type="application/json",
        **bearer(lawyer),
    )


def told(case: Case) -> None:
    """The relay brings every lifted hold."""
    for event in OutboxEvent.objects.filter(type=ContractHoldLifted.type_name()).order_by("created_at"):
        note_override(ContractHoldLifted.load(event.type, event.payload))


def test_a_contract_without_findings_goes_to_signature() -> None:
    case = drawn_up(GOOD)

    check(case)

    assert case.contract.status == ContractStatus.SIGNING
    checks = ComplianceCheck.objects.order_by("version__policy__slug")
    assert [(one.version.policy.slug, one.risk_level, one.rules_found) for one in checks] == [
        ("missing-essentials", "low", []),
        ("unfair-terms", "low", []),
    ]
    assert {(one.subject_kind, one.subject_id, one.asked_by) for one in checks} == {
        ("contract", case.contract.pk, None)
    }
    assert Consultation.objects.filter(purpose="analysis", dispute_id=case.id).count() == 2


def test_high_findings_hold_it_until_counsel_lifts_each_and_the_check_says_who_and_why() -> None:
    case = drawn_up(BAD)

    check(case)

    assert case.contract.status == ContractStatus.REVIEW
    assert sorted(hold.rule for hold in case.contract.holds.all()) == ["excessive-interest", "rights-of-the-law-waived"]
    quotes = {hold.quote for hold in case.contract.holds.all()}
    assert quotes == {"Bo Lind waives all statutory rights.", "Overdue sums bear interest at 5 % per month."}

    assert lift(case, "Bo is a trader.").status_code == 200
    told(case)
    held = ComplianceCheck.objects.get(version__policy__slug="unfair-terms")
    assert (held.risk_level, held.overridden_by) == ("high", None)

    assert lift(case, "Agreed between lawyers.").status_code == 200
    told(case)
    told(case)
    held.refresh_from_db()
    assert held.overridden_by == case.staff[Part.COUNSEL]
    assert held.overridden_at is not None
    assert {"Bo is a trader.", "Agreed between lawyers."} == {
        line.partition(": ")[2] for line in held.override_reason.splitlines()
    }
    untouched = ComplianceCheck.objects.get(version__policy__slug="missing-essentials")
    assert (untouched.overridden_by, untouched.override_reason) == (None, "")


def test_medium_findings_hold_nothing() -> None:
    case = drawn_up(GOOD.replace("If he does not pay, Ana Gil may enforce this agreement after 14 days' notice.", ""))
    check(case)
    assert case.contract.status == ContractStatus.SIGNING
    assert ComplianceCheck.objects.get(risk_level="medium").rules_found == [
        {"rule": "default", "severity": "medium", "start": 0, "end": 0}
    ]


def test_an_event_that_comes_twice_checks_once() -> None:
    case = drawn_up(BAD)
    check(case)
    check(case)
    assert (ComplianceCheck.objects.count(), case.contract.holds.count()) == (2, 2)
    assert Consultation.objects.filter(purpose="analysis").count() == 2


def test_a_retired_policy_is_not_asked_for_again() -> None:
    first = drawn_up(BAD)
    check(first)
    PolicyVersion.objects.filter(policy__slug="unfair-terms").update(status="retired")

    second = drawn_up(BAD)
    check(second)

    assert second.contract.status == ContractStatus.SIGNING
    assert not hold_states(second.contract.pk)


def test_the_text_of_a_contract_is_kept_in_no_check() -> None:
    case = drawn_up(BAD)
    check(case)
    for row in ComplianceCheck.objects.all():
        assert row.findings_sealed is None
        assert "waives" not in str(row.rules_found)
