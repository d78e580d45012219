"""Fixtures of the dispute tests, and what "nothing happened" means."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.public import User
from accounts.tests.factories import bearer

# Everything a denied act must leave alone: state, journal and outbox. Counts and the newest change tell.
_FOOTPRINT = """
SELECT (SELECT count(*) FROM kernel_journal_entry), (SELECT count(*) FROM kernel_journal_stream),
       (SELECT count(*) FROM kernel_outbox_event), (SELECT count(*) FROM disputes_message),
       (SELECT count(*) FROM disputes_message_stream), (SELECT count(*) FROM disputes_truth),
       (SELECT md5(string_agg(e::text, '|' ORDER BY e.id)) FROM disputes_evidence e),
       (SELECT md5(string_agg(d::text, '|' ORDER BY d.id)) FROM disputes_dispute d),
       (SELECT md5(string_agg(p::text, '|' ORDER BY p.id)) FROM disputes_participant p),
       (SELECT md5(string_agg(i::text, '|' ORDER BY i.id)) FROM disputes_invitation i),
       (SELECT md5(string_agg(a::text, '|' ORDER BY a.id)) FROM disputes_assignment a),
       (SELECT md5(string_agg(x::text, '|' ORDER BY x.id)) FROM disputes_deadline_proposal x),
       (SELECT count(*) FROM disputes_deadline_proposal_accepted_by),
       (SELECT count(*) FROM disputes_reply), (SELECT count(*) FROM disputes_filing_draft),
       (SELECT count(*) FROM disputes_deadline_reminder),
       (SELECT md5(string_agg(r::text, '|' ORDER BY r.id)) FROM disputes_resolution r),
       (SELECT count(*) FROM disputes_resolution_response),
       (SELECT md5(string_agg(c::text, '|' ORDER BY c.id)) FROM disputes_contract c),
       (SELECT md5(string_agg(u::text, '|' ORDER BY u.id)) FROM disputes_understanding u),
       (SELECT count(*) FROM disputes_candidate), (SELECT count(*) FROM disputes_ranking),
       (SELECT md5(string_agg(b::text, '|' ORDER BY b.id)) FROM disputes_bidding_round b),
       (SELECT md5(string_agg(b::text, '|' ORDER BY b.id)) FROM disputes_bid b),
       (SELECT md5(string_agg(h::text, '|' ORDER BY h.id)) FROM disputes_contract_hold h),
       (SELECT md5(string_agg(m.permitted_at::text, '|' ORDER BY m.id)) FROM disputes_message m),
       (SELECT count(*) FROM disputes_mediator_reply),
       (SELECT md5(string_agg(w::text, '|' ORDER BY w.id)) FROM disputes_award_draft w),
       (SELECT md5(string_agg(v::text, '|' ORDER BY v.id)) FROM disputes_bidding_direction v),
       (SELECT count(*) FROM esign_signature), (SELECT count(*) FROM documents_storedfile),
       (SELECT count(*) FROM accounts_user), (SELECT count(*) FROM kernel_data_key)
"""


def footprint() -> tuple[Any, ...]:
    """A fingerprint of all that an act on a dispute can change; equal before and after: nothing happened."""
    with connection.cursor() as cursor:
        cursor.execute(_FOOTPRINT)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


@pytest.fixture
def unlimited(settings: Any) -> None:
    """No request limits: for tests that send more than a person would."""
    settings.ACCORD_ANON_RATE = "off"
    settings.ACCORD_RATES = dict.fromkeys(settings.ACCORD_RATES, "off")


def client_of(user: User | None, headers: dict[str, Any] | None = None) -> Any:
    """A client that sends a user's token (or the headers given) with each request; None: nobody's."""
    client = APIClient()
    if user is not None:
        client.credentials(**(headers or bearer(user)))
    return client


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep's first act would close the connection whose open transaction is the test."""
    monkeypatch.setattr("disputes.tasks.close_old_connections", lambda: None)
