"""The arbitrator's desk: the AI drafts from what every party could read, the arbitrator alone reads the draft, a person signs the award."""

import re
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import AwardDraftStatus, Decision, Part, ResolutionStatus
from disputes.errors import NotYoursToDoError, UncitedDraftError
from disputes.events import AwardDraftRequested
from disputes.models import Assignment, AwardDraft, Dispute, Message, MessageReceipt, MessageStream, Resolution
from disputes.selectors.case_file import Citation
from disputes.selectors.terms import term_json
from disputes.services.awards import fail_award_draft, record_award_draft, request_award_draft
from disputes.services.ending import decide_dispute
from disputes.tests import factories as make
from disputes.tests.conftest import client_of, footprint
from kernel.errors import ConflictError, NotFoundError
from kernel.models import OutboxEvent

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]
WORDS = "The bicycle came without its wheels; the price is to be paid back in part."


@pytest.fixture
def court() -> make.Case:
    """Arbitration has begun, before its appointed arbitrator; the respondent told the mediator something before."""
    case = make.mediated()
    make.caucus(case, case.respondent, "I would in truth pay 1,100 euros.")
    make.arbitrate(case)
    make.assign(case, Part.ARBITRATOR)
    return case


def arbitrator(case: make.Case) -> User:
    user: User = case.staff[Part.ARBITRATOR]
    return user


def asked(case: make.Case) -> AwardDraft:
    return request_award_draft(acting_user=arbitrator(case), dispute_id=case.id)


def drafted(case: make.Case, **changes: Any) -> AwardDraft:
    return record_award_draft(draft_id=asked(case).pk, draft=make.draft(case, reasoning=WORDS, **changes))


def award_fields(case: make.Case, **changes: Any) -> dict[str, Any]:
    return {
        "reasoning": "On what both could read.",
        "t0_kind": "payment",
        "t0_debtor": str(case.respondent.pk),
        "t0_creditor": str(case.claimant.pk),
        "t0_amount": "800.00",
        "sure": "on",
        **changes,
    }


def page(user: User, case: make.Case) -> str:
    answer = browser(user).get(f"/disputes/{case.id}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


# --- asking -----------------------------------------------------------------------------------------------------------
def test_asking_twice_is_asking_once_and_publishes_ids_alone(court: make.Case) -> None:
    assert asked(court).pk == asked(court).pk
    draft = AwardDraft.objects.get()
    assert (draft.status, draft.asked_by) == (AwardDraftStatus.DRAFTING, arbitrator(court))
    (event,) = OutboxEvent.objects.filter(type=AwardDraftRequested.type_name())
    assert event.payload == {"dispute_id": str(court.id), "draft_id": str(draft.pk)}


def test_draft_is_for_its_arbitrator_alone_and_sealed(court: make.Case) -> None:
    draft = drafted(court)
    with connection.cursor() as cursor:
        cursor.execute("SELECT w::text FROM disputes_award_draft w")
        assert WORDS not in cursor.fetchone()[0]
    address = court.url("award-draft")
    shown = client_of(arbitrator(court)).get(address)
    assert (shown.status_code, shown.json()["status"], shown.json()["reasoning"]) == (200, "ready", WORDS)
    others = (court.claimant, court.respondent, UserFactory(admin=True), make.assign(court, Part.COUNSEL))
    assert [client_of(user).get(address).status_code for user in others] == [403, 403, 403, 403]
    assert client_of(UserFactory()).get(address).status_code == 404
    assert [WORDS in page(user, court) for user in (arbitrator(court), *others)] == [True] + [False] * 4
    texts = [client_of(user).get(court.url("resolutions")).content.decode() for user in others]
    assert not [text for text in texts if WORDS in text]
    assert Resolution.objects.get(mode="arbitration").status == ResolutionStatus.DRAFTING
    assert AwardDraft.objects.get() == draft


def test_next_arbitrator_does_not_read_the_draft_of_the_one_before(court: make.Case) -> None:
    draft = drafted(court)
    Assignment.objects.filter(part=Part.ARBITRATOR).update(ended_at="2026-01-01T00:00Z")
    successor = make.assign(court, Part.ARBITRATOR)
    assert client_of(successor).get(court.url("award-draft")).status_code == 404
    assert WORDS not in page(successor, court)
    before = footprint()
    with pytest.raises(NotFoundError), transaction.atomic():
        decide_dispute(
            acting_user=successor, dispute_id=court.id, terms=(make.payment(court),), reasoning="r", draft_id=draft.pk
        )
    assert footprint() == before


def _was_mediator(case: make.Case, user: User) -> None:
    admin = UserFactory(admin=True)
    Assignment.objects.create(
        dispute=case.dispute, lawyer=user, part=Part.MEDIATOR, assigned_by=admin, ended_at="2026-01-01T00:00Z"
    )


def _was_shown_a_line(case: make.Case, user: User) -> None:
    stream = MessageStream.objects.get(dispute=case.dispute, kind="caucus")
    MessageReceipt.objects.create(stream=stream, user=user, delivered_seq=1)


@pytest.mark.parametrize("see", [_was_mediator, _was_shown_a_line])
def test_who_has_seen_a_caucus_neither_drafts_nor_decides(court: make.Case, see: Any) -> None:
    user = arbitrator(court)
    see(court, user)
    client = client_of(user)
    before = footprint()
    for act in (
        lambda: request_award_draft(acting_user=user, dispute_id=court.id),
        lambda: decide_dispute(acting_user=user, dispute_id=court.id, terms=(make.payment(court),), reasoning="r"),
    ):
        with pytest.raises(NotYoursToDoError), transaction.atomic():
            act()
    assert client.post(court.url("award-draft")).status_code == 403
    assert footprint() == before


def test_who_has_seen_a_caucus_is_not_appointed(court: make.Case) -> None:
    Assignment.objects.filter(part=Part.ARBITRATOR).update(ended_at="2026-01-01T00:00Z")
    reader = UserFactory(lawyer=True)
    _was_shown_a_line(court, reader)
    before = footprint()
    with pytest.raises(ConflictError), transaction.atomic():
        make.assign(court, Part.ARBITRATOR, lawyer=reader)
    assert Assignment.objects.filter(lawyer=reader).count() == 0
    assert footprint()[2] == before[2]


# --- what comes back --------------------------------------------------------------------------------------------------
def test_draft_that_quotes_a_private_word_is_refused(court: make.Case) -> None:
    draft = asked(court)
    line = Message.objects.get(stream__dispute=court.dispute, stream__kind="caucus", sender_id=court.respondent.pk)
    quote = Citation("He would pay more.", "message", line.pk, 0, 5, "I wou")
    before = footprint()
    with pytest.raises(UncitedDraftError), transaction.atomic():
        record_award_draft(draft_id=draft.pk, draft=make.draft(court, citations=(quote,)))
    assert footprint() == before


def test_draft_that_comes_twice_or_too_late_changes_nothing(court: make.Case) -> None:
    first = asked(court)
    record_award_draft(draft_id=first.pk, draft=make.draft(court, reasoning=WORDS))
    before = footprint()
    record_award_draft(draft_id=first.pk, draft=make.draft(court, reasoning="Other words."))
    fail_award_draft(draft_id=first.pk, reason="late")
    assert footprint() == before
    second = asked(court)
    assert second.pk != first.pk
    make.decide(court)
    before = footprint()
    record_award_draft(draft_id=second.pk, draft=make.draft(court, reasoning=WORDS))
    assert footprint() == before


def test_failed_draft_can_be_asked_for_again(court: make.Case) -> None:
    first = asked(court)
    fail_award_draft(draft_id=first.pk, reason="nothing to go by")
    assert "could be written" in page(arbitrator(court), court)
    assert asked(court).pk != first.pk


# --- signing ----------------------------------------------------------------------------------------------------------
def test_award_from_a_draft_says_so_and_carries_its_facts_when_they_are_kept(court: make.Case) -> None:
    draft = drafted(court, agreed_facts=("Both name the bicycle.",))
    body = {
        "terms": [{**term_json(make.payment(court)), "amount": {"amount": "700.00", "currency": "EUR"}}],
        "reasoning": "As I see it.",
        "draft_id": str(draft.pk),
    }
    answer = client_of(arbitrator(court)).post(court.url("decision"), body, format="json")
    assert answer.status_code == 201, answer.content
    award = Resolution.objects.get(mode="arbitration")
    assert (award.status, award.decided_by, award.model) == (ResolutionStatus.DECIDED, arbitrator(court), draft.model)
    assert (award.reasoning, award.agreed_facts) == ("As I see it.", ["Both name the bicycle."])
    assert Dispute.objects.get(pk=court.id).status == "contracting"


def test_award_on_the_page_takes_the_arbitrators_changes_and_needs_the_signature(court: make.Case) -> None:
    user, draft = arbitrator(court), drafted(court)
    shown = page(user, court)
    assert f'name="draft" value="{draft.pk}"' in re.sub(r" id=\S+", "", shown).replace("  ", " ")
    assert WORDS in shown
    fields = award_fields(court, draft=str(draft.pk))
    unsigned = browser(user).post(f"/disputes/{court.id}/award/", {**fields, "sure": ""})
    assert (unsigned.status_code, court.status) == (400, "arbitrating")
    assert "On what both could read." in unsigned.content.decode()
    for _ in range(2):  # the same form twice
        assert browser(user).post(f"/disputes/{court.id}/award/", fields).status_code == 302
    award = Resolution.objects.get(mode="arbitration")
    (term,) = award.terms
    assert (award.reasoning, term["amount"]) == ("On what both could read.", {"amount": "800.00", "currency": "EUR"})
    assert award.model == draft.model
    assert "On what both could read." in page(court.claimant, court)
    assert "Drafted by" in page(court.claimant, court)


def test_parties_neither_ask_for_a_draft_nor_sign(court: make.Case) -> None:
    people = [(browser(court.claimant), 403), (browser(UserFactory()), 404)]
    before = footprint()
    for person, expected in people:
        assert person.post(f"/disputes/{court.id}/award/draft/").status_code == expected
        assert person.post(f"/disputes/{court.id}/award/", award_fields(court)).status_code == expected
    assert footprint() == before


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"t0_debtor": ""}, "award_t0_debtor"),
        ({"t0_amount": ""}, "award_t0_amount"),
        ({"t0_creditor": "DEBTOR"}, "award_t0_creditor"),
        ({"t0_kind": "act"}, "award_t0_text"),
        ({"t0_kind": ""}, "award_t0_kind"),
    ],
)
def test_term_that_cannot_be_promised_is_refused_at_its_field(
    court: make.Case, changes: dict[str, str], where: str
) -> None:
    fields = award_fields(court, **changes)
    if fields["t0_creditor"] == "DEBTOR":
        fields["t0_creditor"] = fields["t0_debtor"]
    answer = browser(arbitrator(court)).post(f"/disputes/{court.id}/award/", fields)
    text = answer.content.decode()
    assert (answer.status_code, court.status) == (400, "arbitrating")
    assert f'id="id_{where}_error"' in text or re.search(rf'id_{where}"[^>]*aria-invalid="true"', text), where


# --- the mediator's own proposal ----------------------------------------------------------------------------------------
def test_mediator_proposes_on_the_page_and_begins_with_the_last_terms() -> None:
    case = make.mediated()
    user = make.assign(case, Part.MEDIATOR)
    fields = {**award_fields(case), "summary": "Half is paid back.", "reasoning": "You both want peace."}
    assert browser(case.claimant).post(f"/disputes/{case.id}/propose/", fields).status_code == 403
    for _ in range(2):
        assert browser(user).post(f"/disputes/{case.id}/propose/", fields).status_code == 302
    assert case.status == "proposed"
    (term,) = case.resolution.terms
    assert (term["amount"]["amount"], case.resolution.summary) == ("800.00", "Half is paid back.")
    make.respond(case, case.respondent, Decision.REJECT)
    shown = page(user, case)
    assert 'value="800.00"' in shown
    assert f'value="{case.resolution.pk}"' in shown
    assert f'action="/disputes/{case.id}/propose/"' not in page(case.claimant, case)
