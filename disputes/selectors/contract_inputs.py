"""From an accepted resolution to the inputs of the settlement agreement's template."""

from typing import Any
from uuid import UUID

from disputes.models import Contract, Dispute
from disputes.selectors.access import active_parties
from disputes.selectors.case_file import TermData
from disputes.selectors.terms import read_term
from kernel.clock import local_date, now

TEMPLATE_KIND = "settlement_agreement"


def case_reference(dispute: Dispute) -> str:
    """How people name a case on paper: year of filing and the random end of its id."""
    return f"AC-{dispute.created_at:%Y}-{str(dispute.pk)[-6:].upper()}"


def contract_inputs(contract: Contract) -> dict[str, Any]:
    """What the template is filled with: the parties, what they agreed on, and nothing that is not in the resolution."""
    dispute, resolution = contract.dispute, contract.resolution
    parties = list(active_parties(dispute))
    names = {party.user_id: party.full_name for party in parties if party.user_id is not None}
    return {
        "case_reference": case_reference(dispute),
        "title": dispute.title,
        "date": local_date(now(), dispute.timezone).isoformat(),
        "parties": [{"name": party.full_name, "role": party.side} for party in parties],
        "recitals": [line for line in resolution.recitals if line not in resolution.agreed_facts],
        "agreed_facts": list(resolution.agreed_facts),
        "terms": [_term(read_term(term), names) for term in resolution.terms],
    }


def _term(term: TermData, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "kind": term.kind,
        "text": term.text,
        "debtor": names.get(term.debtor_id, "") if term.debtor_id else "",
        "creditor": names.get(term.creditor_id, "") if term.creditor_id else "",
        "amount": term.amount.as_json() if term.amount else None,
        "due_date": term.due_date.isoformat() if term.due_date else None,
        "condition": term.condition,
        "instalments": [
            {"amount": part.amount.as_json(), "due_date": part.due_date.isoformat()} for part in term.instalments
        ],
    }
