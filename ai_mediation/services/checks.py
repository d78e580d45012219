"""Recording what was found in a text, and who overrode it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from ai_mediation.models import ComplianceCheck, PolicyVersion
from ai_mediation.selectors.sealed import seal_json
from kernel.clock import DbNow
from kernel.ids import new_id
from kernel.journal import Actor, StreamRef, record


@dataclass(frozen=True)
class Checked:
    """One run over one text. `findings` are in the API's shape; `engine` says who read: "rules", and a model's name with them."""

    version: PolicyVersion
    text_hash: str
    locale: str
    engine: str
    risk_level: str
    findings: Sequence[Mapping[str, Any]]


@transaction.atomic
def record_check(*, checked: Checked, asked_by_id: UUID) -> ComplianceCheck:
    """A person had a text read: the findings are kept sealed for that person, the text is not kept."""
    row = _row(checked)
    row.asked_by_id = asked_by_id
    content = orjson.dumps([dict(finding) for finding in checked.findings])
    row.findings_sealed = seal_json(content, person_id=asked_by_id, model=ComplianceCheck, row_id=row.pk)
    row.save(force_insert=True)
    record(
        stream=StreamRef("person", asked_by_id),
        verb="text.checked",
        actor=Actor.user(asked_by_id),
        subject=("compliance_check", row.pk),
        facts={"policy": checked.version.policy.slug, "number": checked.version.number, "risk": checked.risk_level},
    )
    return row


@transaction.atomic
def record_contract_check(*, checked: Checked, contract_id: UUID) -> ComplianceCheck:
    """The deployment read a contract. The same text against the same version is recorded once."""
    known = ComplianceCheck.objects.filter(
        subject_kind="contract", subject_id=contract_id, subject_hash=checked.text_hash, version=checked.version
    ).first()
    if known is not None:
        return known
    row = _row(checked)
    row.subject_kind, row.subject_id = "contract", contract_id
    row.save(force_insert=True)
    return row


@transaction.atomic
def record_override(*, contract_id: UUID, overridden_by_id: UUID, reason: str) -> int:
    """A lawyer lets the contract go on in spite of what was found. Only checks with a high finding that nobody overrode yet."""
    return ComplianceCheck.objects.filter(
        subject_kind="contract", subject_id=contract_id, risk_level="high", overridden_by=None
    ).update(overridden_by=overridden_by_id, overridden_at=DbNow(), override_reason=reason[:2000])


def _row(checked: Checked) -> ComplianceCheck:
    return ComplianceCheck(
        id=new_id(),
        version=checked.version,
        policy_hash=checked.version.content_hash,
        subject_hash=checked.text_hash,
        locale=checked.locale,
        engine=checked.engine[:120],
        risk_level=checked.risk_level,
        rules_found=[
            {"rule": finding["rule"], "severity": finding["severity"], "start": finding["start"], "end": finding["end"]}
            for finding in checked.findings
        ],
    )
