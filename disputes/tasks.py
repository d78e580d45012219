"""Celery entry points: scans for what is due."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol
from uuid import UUID

from celery import shared_task
from django.db import close_old_connections

from disputes.selectors import due
from disputes.selectors.understandings import understandings_past_deadline, understandings_to_ask_again
from disputes.services.contract_checks import ask_check_again
from disputes.services.contracts import request_due_contracts
from disputes.services.ending import close_unresolved
from disputes.services.invitations import lapse_invitations
from disputes.services.ranking import close_ranking
from disputes.services.reminding import remind_of_deadline, remind_of_invitation, remind_of_waiting_for_human
from disputes.services.stating import pass_statement_deadline
from disputes.services.understanding import ask_understanding_again, expire_understandings
from kernel.context import use_request_id
from kernel.entry import entry

log = logging.getLogger(__name__)


@shared_task(name="disputes.sweep_deadlines")
def sweep_deadlines() -> None:
    """Let lapse, disclose and close what is due; remind who still has to act. Each case in a transaction of its own."""
    close_old_connections()
    with use_request_id():
        for dispute_id in due.disputes_with_lapsed_invitations():
            _one(lapse_invitations, dispute_id)
        for dispute_id in due.disputes_past_statement_deadline():
            _one(pass_statement_deadline, dispute_id)
        for dispute_id in due.disputes_past_consent_deadline():
            _one(close_unresolved, dispute_id)
        for dispute_id in understandings_past_deadline():
            _one(expire_understandings, dispute_id)
        for resolution_id in due.rankings_past_deadline():
            _act(partial(close_ranking, resolution_id=resolution_id), "resolution", resolution_id)
        for understanding_id in understandings_to_ask_again():
            _act(
                partial(ask_understanding_again, understanding_id=understanding_id),
                "understanding",
                understanding_id,
            )
        for dispute_id in due.disputes_to_remind():
            _one(remind_of_deadline, dispute_id)
        for dispute_id in due.disputes_waiting_too_long():
            _one(remind_of_waiting_for_human, dispute_id)
        for invitation_id in due.invitations_to_remind():
            _act(partial(remind_of_invitation, invitation_id=invitation_id), "invitation", invitation_id)


class _Service(Protocol):
    def __call__(self, *, dispute_id: UUID) -> object: ...


def _one(service: _Service, dispute_id: UUID) -> None:
    _act(partial(service, dispute_id=dispute_id), "dispute", dispute_id)


def _act(service: Callable[[], object], what: str, row_id: UUID) -> None:
    """One row's failure must not keep the others waiting; it is logged and due again at the next sweep."""
    try:
        with entry():
            service()
    except Exception:
        log.exception("sweep failed for one %s", what, extra={what: str(row_id)})


@shared_task(name="disputes.generate_due_contracts")
def generate_due_contracts() -> None:
    """Have every contract in `drafting` drawn up, and every drawn up one checked, however the first event got lost."""
    close_old_connections()
    with use_request_id():
        with entry():
            request_due_contracts()
        for contract_id in due.contracts_to_check_again():
            _act(partial(ask_check_again, contract_id=contract_id), "contract", contract_id)
