"""The deployment's policies read every contract before it goes to the parties; what a lawyer overrode is kept with the check."""

import hashlib
import logging
from collections.abc import Sequence

from django.conf import settings
from django.utils import translation

from ai_mediation.adapters.compliance.policy import read_policy
from ai_mediation.adapters.reviewer import MODEL_RULE, Review, review_text
from ai_mediation.models import PolicyVersion
from ai_mediation.public import install_shipped_policies
from ai_mediation.selectors.policies import policies_named, unknown_slugs
from ai_mediation.services.checks import Checked, record_contract_check, record_override
from ai_mediation.services.consultations import Asked, record_consultation
from disputes.events import ContractDrawnUp, ContractHoldLifted
from disputes.public import (
    ContractFinding,
    ContractToCheck,
    conclude_contract_check,
    contract_to_check,
    hold_states,
)
from kernel.entry import entry
from kernel.readers import known_language
from kernel.subscriptions import Done, subscriber

log = logging.getLogger(__name__)


@subscriber(ContractDrawnUp, name="ai_mediation.check_contract", queue="ai", max_attempts=5)
def check_contract(event: ContractDrawnUp, done: Done) -> None:
    """Read the contract and say what was found: high findings of the rules hold it until a lawyer lifts them.

    A model's findings are recorded, but hold nothing: what a model says has no effect on people by itself.
    """
    contract = contract_to_check(event.contract_id)
    if not contract.is_awaiting_check:
        return
    with translation.override(known_language(contract.locale)):
        reviews = [(version, _read(contract, version)) for version in _versions()]
    with done():
        findings = [finding for version, review in reviews for finding in _kept(contract, version, review)]
        conclude_contract_check(contract_id=contract.contract_id, findings=findings, checksum=contract.checksum)


@subscriber(ContractHoldLifted, name="ai_mediation.note_override")
def note_override(event: ContractHoldLifted) -> None:
    """Once nothing holds the contract any more, its checks say who overrode them and why."""
    states = hold_states(event.contract_id)
    lifted = [state for state in states if state.lifted_by_id is not None]
    if not lifted or len(lifted) < len(states):
        return
    last = lifted[-1].lifted_by_id
    if last is not None:
        reasons = dict.fromkeys(f"{state.rule}: {state.reason}" for state in lifted)
        record_override(contract_id=event.contract_id, overridden_by_id=last, reason="\n".join(reasons))


def _versions() -> Sequence[PolicyVersion]:
    """The published versions of the policies that the deployment asks for; shipped ones are published if nobody did yet.

    A policy that an administrator retired is not asked for: that was a decision.
    """
    wanted = settings.DISPUTES_CONTRACT_CHECKS
    if unknown_slugs(wanted):
        with entry():
            install_shipped_policies()
    versions = policies_named(wanted)
    if len(versions) < len(set(wanted)):
        log.warning(
            "a policy for contracts is not published", extra={"asked": len(set(wanted)), "found": len(versions)}
        )
    return versions


def _read(contract: ContractToCheck, version: PolicyVersion) -> Review:
    locale = known_language(contract.locale)
    return review_text(contract.text, read_policy(version.content), locale, dispute_id=contract.dispute_id)


def _kept(contract: ContractToCheck, version: PolicyVersion, review: Review) -> list[ContractFinding]:
    """Record one run; answers with what it says about the contract."""
    check = record_contract_check(
        checked=Checked(
            version=version,
            text_hash=hashlib.sha256(contract.text.encode()).hexdigest(),
            locale=contract.locale,
            engine=review.engine,
            risk_level=review.analysis.risk_level,
            findings=review.as_json(),
        ),
        contract_id=contract.contract_id,
    )
    record_consultation(asked=Asked(**review.answer.record(review.question, subject=("compliance_check", check.pk))))
    return [
        ContractFinding(
            rule=finding.rule,
            severity="medium" if finding.rule == MODEL_RULE and finding.severity == "high" else finding.severity,
            quote=finding.quote,
            suggestion=f"{finding.message} {finding.suggestion}".strip(),
        )
        for finding in review.analysis.findings
    ]
