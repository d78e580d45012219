"""Celery entry points: scans for what is due."""

import logging
from typing import Protocol
from uuid import UUID

from celery import shared_task
from django.db import close_old_connections

from disputes.selectors import due
from disputes.services.contracts import request_due_contracts
from disputes.services.ending import close_unresolved
from disputes.services.invitations import lapse_invitations
from disputes.services.reminding import remind_of_deadline, remind_of_invitation
from disputes.services.stating import pass_statement_deadline
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
        for dispute_id in due.disputes_to_remind():
            _one(remind_of_deadline, dispute_id)
        for invitation_id in due.invitations_to_remind():
            _one_invitation(invitation_id)


class _Service(Protocol):
    def __call__(self, *, dispute_id: UUID) -> object: ...


def _one(service: _Service, dispute_id: UUID) -> None:
    """One case's failure must not keep the others waiting; it is logged and due again at the next sweep."""
    try:
        with entry():
            service(dispute_id=dispute_id)
    except Exception:
        log.exception("sweep failed for one case", extra={"dispute": str(dispute_id)})


def _one_invitation(invitation_id: UUID) -> None:
    try:
        with entry():
            remind_of_invitation(invitation_id=invitation_id)
    except Exception:
        log.exception("reminder failed for one invitation", extra={"invitation": str(invitation_id)})


@shared_task(name="disputes.generate_due_contracts")
def generate_due_contracts() -> None:
    """Have every contract in `drafting` without a live lease drawn up, however its first event got lost."""
    close_old_connections()
    with use_request_id(), entry():
        request_due_contracts()
