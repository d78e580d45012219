"""Roles, reminders, fresh links, corrected addresses and delegates: who is asked when, and which links live."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from accounts.tests.factories import UserFactory, bearer
from documents.tests.factories import document_of
from esign.enums import EnvelopeStatus, SignerRole, SignerStatus
from esign.errors import (
    DelegationRefusedError,
    EnvelopeNotOpenError,
    NotYourTurnError,
    PeopleFixedError,
    RoleError,
    SentTooOftenError,
    TransitionError,
)
from esign.models import Envelope, Signature, Signer
from esign.public import told_signers
from esign.rules import is_finished
from esign.selectors.envelopes import marks_of, signer_by_token, signer_for_mail, signing_token
from esign.services.envelopes import Reminders, decline_as, view_document
from esign.services.seats import correct_signer, delegate_signature, resend_link
from esign.tasks import sweep_envelopes
from esign.tests.factories import envelope_of, guest, seat_of, sign_all, sign_seat, spec
from kernel.clock import now
from kernel.errors import NotFoundError, ValidationFailedError
from kernel.journal import StreamRef, entries
from kernel.models import Delivery, JournalEntry, OutboxEvent

pytestmark = pytest.mark.db
OWN: dict[str, Any] = {"subject": ("document", uuid4())}  # somebody's own document, and no case's contract
A, B, C, D = (f"{letter}@example.org" for letter in "abcd")


def footprint() -> tuple[int, ...]:
    return JournalEntry.objects.count(), OutboxEvent.objects.count(), Signature.objects.count(), Signer.objects.count()


def asked(envelope: Envelope) -> list[str]:
    """Whom a request went out to, oldest first."""
    names = dict(Signer.objects.filter(envelope=envelope).values_list("pk", "name"))
    rows = OutboxEvent.objects.filter(type="esign.SignatureRequested").order_by("id")
    signer_ids = [str(row.payload["signer_id"]) for row in rows]
    return [name for one in signer_ids for pk, name in names.items() if str(pk) == one]


def statuses(envelope: Envelope) -> list[str]:
    return list(Signer.objects.filter(envelope=envelope).order_by("order", "id").values_list("status", flat=True))


def state_of(envelope: Envelope) -> tuple[str, bool]:
    envelope.refresh_from_db()
    return envelope.status, envelope.all_signed_at is not None


# What each role in each state counts as: True where nothing more is awaited.
FINISHED = {
    SignerRole.SIGNER: {SignerStatus.SIGNED, SignerStatus.DELEGATED},
    SignerRole.APPROVER: {SignerStatus.SIGNED, SignerStatus.DELEGATED},
    SignerRole.VIEWER: {SignerStatus.VIEWED, SignerStatus.DELEGATED},
    SignerRole.COPY: set(SignerStatus),
}


@pytest.mark.parametrize("role", SignerRole)
def test_each_role_is_finished_in_its_own_states(role: SignerRole) -> None:
    assert {status for status in SignerStatus if is_finished(Signer(role=role, status=status))} == FINISHED[role]


@pytest.mark.parametrize("role", SignerRole)
@pytest.mark.parametrize("act", ["sign", "decline", "delegate"])
def test_only_signers_and_approvers_act(role: SignerRole, act: str) -> None:
    envelope = envelope_of(guest(A), guest(B, role=role), may_delegate=True)
    seat = seat_of(envelope, B)
    acts = {
        "sign": lambda: sign_seat(seat),
        "decline": lambda: decline_as(envelope_id=envelope.pk, signer_id=seat.pk, reason="no"),
        "delegate": lambda: delegate_signature(envelope_id=envelope.pk, signer_id=seat.pk, name="D", email=D),
    }
    before = footprint()
    if role in {SignerRole.VIEWER, SignerRole.COPY}:
        with pytest.raises(RoleError), transaction.atomic():
            acts[act]()
        assert footprint() == before
    else:
        acts[act]()
        seat.refresh_from_db()
        assert seat.status == {"sign": "signed", "decline": "declined", "delegate": "delegated"}[act]


def test_groups_of_one_number_act_together_and_a_viewer_holds_up_the_next() -> None:
    envelope = envelope_of(
        guest(A, 1, "approver"), guest(B, 2, "viewer"), guest(C, 2), guest(D, 3, "copy"), workflow="sequential"
    )
    assert asked(envelope) == [f"Guest {A}"]
    sign_seat(seat_of(envelope, A))
    assert asked(envelope) == [f"Guest {name}" for name in (A, B, C)]
    sign_seat(seat_of(envelope, C))
    assert state_of(envelope) == ("in_progress", False)

    view_document(signer_id=seat_of(envelope, B).pk)

    assert state_of(envelope) == ("in_progress", True)
    assert statuses(envelope) == ["signed", "viewed", "signed", "waiting"]
    assert [mark.role for mark in marks_of(envelope.pk)] == ["approver", "signer"]
    assert {mark.consent_version for mark in marks_of(envelope.pk)} == {"2026-1-approval (en)", "2026-1 (en)"}


def test_a_viewer_first_in_the_row_lets_the_next_be_asked_once() -> None:
    envelope = envelope_of(guest(A, 1, "viewer"), guest(B, 2), workflow="sequential")
    with pytest.raises(NotYourTurnError), transaction.atomic():
        sign_seat(seat_of(envelope, B))
    for _again in range(2):
        view_document(signer_id=seat_of(envelope, A).pk)
    assert asked(envelope) == [f"Guest {A}", f"Guest {B}"]


def test_somebody_has_to_sign() -> None:
    with pytest.raises(ValidationFailedError), transaction.atomic():
        envelope_of(guest(A, role="approver"), guest(B, role="viewer"))
    assert not Envelope.objects.exists()


def test_a_copy_is_told_when_all_is_done_and_not_before() -> None:
    envelope = envelope_of(guest(A), guest(B, role="copy"))
    assert told_signers(envelope.pk) == [seat_of(envelope, A).pk]


def test_reminders_come_after_n_days_then_every_m_and_stop(clock: Any) -> None:
    envelope = _reminded_envelope()
    sign_seat(seat_of(envelope, B))
    sent = []
    for _day in range(14):
        clock.advance(timedelta(days=1))
        sent.append(sweep_envelopes())
    assert [day for day, count in enumerate(sent, start=1) if count] == [3, 5]
    assert sum(sent) == 2
    seat = seat_of(envelope, A)
    assert (seat.reminders_sent, seat.next_reminder_at) == (2, None)
    assert seat_of(envelope, B).reminders_sent == 0


def _reminded_envelope() -> Envelope:
    return envelope_of(
        guest(A), guest(B), reminders=Reminders(first_days=3, every_days=2, at_most=2), expires_at=now() + timedelta(90)
    )


@pytest.mark.parametrize("end", ["decline", "expire"])
def test_what_has_ended_reminds_nobody(end: str, clock: Any) -> None:
    envelope = _reminded_envelope()
    if end == "decline":
        decline_as(envelope_id=envelope.pk, signer_id=seat_of(envelope, B).pk, reason="")
    else:
        Envelope.objects.filter(pk=envelope.pk).update(expires_at=envelope.created_at + timedelta(days=1))
    clock.advance(timedelta(days=4))
    reminders = OutboxEvent.objects.filter(type="esign.SignatureRequested", payload__is_reminder=True)
    sweep_envelopes()
    sweep_envelopes()
    assert reminders.count() == 0
    assert not Signer.objects.filter(next_reminder_at__isnull=False).exists()


def test_a_fresh_link_kills_the_one_before_and_comes_at_most_once_a_minute(clock: Any) -> None:
    creator = UserFactory()
    envelope = envelope_of(guest(A), creator=creator)
    seat, old = seat_of(envelope, A), signing_token(seat_of(envelope, A))

    resend_link(envelope_id=envelope.pk, signer_id=seat.pk, acting_user=creator)
    with pytest.raises(SentTooOftenError), transaction.atomic():
        resend_link(envelope_id=envelope.pk, signer_id=seat.pk, acting_user=creator)
    clock.advance(timedelta(seconds=61))
    resend_link(envelope_id=envelope.pk, signer_id=seat.pk, acting_user=creator)

    with pytest.raises(NotFoundError):
        signer_by_token(old)
    assert signer_by_token(signing_token(seat_of(envelope, A))).pk == seat.pk
    assert asked(envelope) == [f"Guest {A}"] * 3


def test_a_corrected_address_gets_the_link_and_the_old_link_is_dead() -> None:
    creator, right = UserFactory(), UserFactory()
    envelope = envelope_of(guest(A), guest(B), creator=creator, **OWN)
    seat = seat_of(envelope, A)
    old = signing_token(seat)
    view_document(signer_id=seat.pk)

    correct_signer(
        envelope_id=envelope.pk, signer_id=seat.pk, name="", email=f" {right.email.upper()} ", acting_user=creator
    )

    seat.refresh_from_db()
    assert (seat.user_id, seat.status, seat.viewed_at, seat.name) == (right.pk, "notified", None, f"Guest {A}")
    assert signer_for_mail(seat.pk)[1] == right.email
    with pytest.raises(NotFoundError):
        signer_by_token(old)
    entry = entries(StreamRef("envelope", envelope.pk)).get(verb="signer.corrected")
    assert right.email not in str(entry.facts)


def test_nobody_puts_another_address_in_a_party_s_place() -> None:
    """Counsel who sends a case's contract for signature does not choose who signs it."""
    counsel, party = UserFactory(lawyer=True), UserFactory()
    envelope = envelope_of(spec(party), guest(B), creator=counsel, subject=("contract", uuid4()))
    seat = Signer.objects.get(envelope=envelope, user_id=party.pk)
    before = footprint()
    with pytest.raises(PeopleFixedError), transaction.atomic():
        correct_signer(envelope_id=envelope.pk, signer_id=seat.pk, name="", email=counsel.email, acting_user=counsel)
    assert footprint() == before


@pytest.mark.parametrize("taken", ["address", "account"])
def test_a_correction_does_not_give_one_person_two_seats(taken: str) -> None:
    creator, bo = UserFactory(), UserFactory()
    envelope = envelope_of(guest(A), guest(B) if taken == "address" else spec(bo), creator=creator, **OWN)
    before = footprint()
    with pytest.raises(ValidationFailedError), transaction.atomic():
        correct_signer(
            envelope_id=envelope.pk,
            signer_id=seat_of(envelope, A).pk,
            name="",
            email=B if taken == "address" else bo.email,
            acting_user=creator,
        )
    assert footprint() == before


def test_who_has_acted_is_neither_corrected_nor_written_to_again() -> None:
    creator = UserFactory()
    envelope = envelope_of(guest(A), guest(B), creator=creator, **OWN)
    seat = seat_of(envelope, A)
    sign_seat(seat)
    before = footprint()
    with pytest.raises(TransitionError), transaction.atomic():
        correct_signer(envelope_id=envelope.pk, signer_id=seat.pk, name="", email=C, acting_user=creator)
    with pytest.raises(TransitionError), transaction.atomic():
        resend_link(envelope_id=envelope.pk, signer_id=seat.pk, acting_user=creator)
    assert footprint() == before


def test_a_delegate_acts_instead_and_both_stay_on_record() -> None:
    envelope = envelope_of(guest(A), guest(B), may_delegate=True)
    first = seat_of(envelope, A)
    delegate_signature(envelope_id=envelope.pk, signer_id=first.pk, name="Dele Gate", email=D)
    delegate = seat_of(envelope, D)
    assert (delegate.delegated_from_id, delegate.order, delegate.role, delegate.status) == (
        first.pk,
        1,
        "signer",
        "notified",
    )
    with pytest.raises(NotYourTurnError), transaction.atomic():
        sign_seat(first)
    with pytest.raises(DelegationRefusedError), transaction.atomic():
        delegate_signature(envelope_id=envelope.pk, signer_id=delegate.pk, name="Once More", email=C)

    sign_seat(delegate)
    sign_seat(seat_of(envelope, B))

    assert state_of(envelope) == ("in_progress", True)
    assert {mark.name for mark in marks_of(envelope.pk)} == {"Dele Gate", f"Guest {B}"}
    assert told_signers(envelope.pk) == [seat.pk for seat in envelope.signers.exclude(pk=first.pk)]
    entry = entries(StreamRef("envelope", envelope.pk)).get(verb="signer.delegated")
    assert entry.facts == {"signer_id": str(first.pk), "delegate_id": str(delegate.pk)}


def test_nobody_hands_on_what_the_sender_does_not_allow() -> None:
    envelope = envelope_of(guest(A))
    before = footprint()
    with pytest.raises(DelegationRefusedError), transaction.atomic():
        delegate_signature(envelope_id=envelope.pk, signer_id=seat_of(envelope, A).pk, name="D", email=D)
    assert footprint() == before


@pytest.mark.parametrize("state", [EnvelopeStatus.COMPLETED, "all_signed", "declined", "expired", "voided"])
def test_an_ended_envelope_takes_none_of_it(state: str) -> None:
    creator = UserFactory()
    envelope = envelope_of(guest(A), creator=creator, may_delegate=True)
    seat = seat_of(envelope, A)
    if state in {EnvelopeStatus.COMPLETED, "all_signed"}:
        sign_all(envelope)
    else:
        Envelope.objects.filter(pk=envelope.pk).update(status=state)
    before = footprint()
    acts: tuple[Callable[[], Any], ...] = (
        lambda: resend_link(envelope_id=envelope.pk, signer_id=seat.pk, acting_user=creator),
        lambda: correct_signer(envelope_id=envelope.pk, signer_id=seat.pk, name="", email=C, acting_user=creator),
        lambda: delegate_signature(envelope_id=envelope.pk, signer_id=seat.pk, name="D", email=D),
    )
    for act in acts:
        with pytest.raises(EnvelopeNotOpenError), transaction.atomic():
            act()
    assert footprint() == before


def test_no_answer_row_event_or_delivery_holds_anybody_elses_token() -> None:
    """Everything the sender can read and everything that is kept, after every act that makes a link."""
    ana, api = UserFactory(), Client()
    document = document_of(ana.pk)
    body = {
        "docId": str(document.pk),
        "workflow": "parallel",
        "mayDelegate": True,
        "reminders": {"firstAfterDays": 2, "everyDays": 2, "atMost": 3},
        "signers": [{"name": "Bo", "email": B}, {"name": "Cy", "email": C, "role": "approver"}],
    }
    made = api.post("/api/esign/initiate", body, content_type="application/json", **bearer(ana))
    assert made.status_code == 201, made.content
    envelope = Envelope.objects.get(pk=made.json()["trackingId"])
    path, answers = f"/api/esign/{envelope.pk}", [made]
    tokens: set[str] = set()

    def note_tokens() -> None:
        tokens.update(signing_token(seat) for seat in Signer.objects.filter(envelope=envelope))

    note_tokens()
    seat, other = seat_of(envelope, B), seat_of(envelope, C)
    for verb, data in (
        (f"signers/{seat.pk}/resend", {}),
        (f"signers/{other.pk}/correct", {"email": D}),
        ("remind", {}),
        ("void", {}),
    ):
        answers.append(api.post(f"{path}/{verb}", data, content_type="application/json", **bearer(ana)))
        note_tokens()
    answers.append(api.get(path, **bearer(ana)))
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200]
    kept = [str(row) for model in (JournalEntry, OutboxEvent, Delivery) for row in model.objects.values()]
    everything = "\n".join([answer.content.decode() for answer in answers] + kept)
    assert len(tokens) == 4
    assert not [token for token in tokens if token in everything]


def test_the_sender_sees_the_envelope_page_and_acts_on_it(client: Client) -> None:
    ana = UserFactory()
    envelope = envelope_of(guest(A), guest(B, role="viewer"), creator=ana, title="The lease of the boat", **OWN)
    client.force_login(ana)
    page = f"/envelopes/{envelope.pk}/"
    assert "The lease of the boat" in client.get("/envelopes/").content.decode()
    assert f"Guest {A}" in client.get(page).content.decode()
    seat = seat_of(envelope, A)

    wrong = client.post(page, {"action": "correct", "signer": str(seat.pk), "email": "nonsense"})
    right = client.post(page, {"action": "correct", "signer": str(seat.pk), "email": C})

    assert (wrong.status_code, right.status_code) == (400, 302)
    assert signer_for_mail(seat.pk)[1] == C
    assert client.post(page, {"action": "sign", "signer": str(seat.pk)}).status_code == 404
    assert client.post(page, {"action": "void", "reason": "A new draft"}).status_code == 302
    envelope.refresh_from_db()
    assert (envelope.status, envelope.end_reason) == ("voided", "A new draft")
    assert signing_token(seat_of(envelope, C)) not in client.get(page).content.decode()


def test_a_signer_hands_on_by_the_page_and_the_page_says_so(client: Client) -> None:
    envelope = envelope_of(guest(A), may_delegate=True)
    address = f"/sign/{signing_token(seat_of(envelope, A))}"
    wrong = client.post(address, {"action": "delegate", "name": "Dele Gate", "email": A})
    right = client.post(address, {"action": "delegate", "name": "Dele Gate", "email": D})
    assert (wrong.status_code, right.status_code) == (400, 200)
    assert "Dele Gate" in right.content.decode()
    assert seat_of(envelope, D).status == "notified"


def test_a_signed_in_signer_signs_by_the_api_and_not_what_changed() -> None:
    ana, api = UserFactory(), Client()
    envelope = envelope_of(spec(ana), guest(B))
    body = {"fullName": ana.full_name, "consent": True, "checksum": "0" * 64}
    path = f"/api/esign/{envelope.pk}/sign"
    refused = api.post(path, body, content_type="application/json", **bearer(ana))
    assert (refused.status_code, refused.json()["code"], Signature.objects.count()) == (409, "document_changed", 0)
    taken = api.post(
        path, {**body, "checksum": envelope.document_sha256}, content_type="application/json", **bearer(ana)
    )
    assert taken.status_code == 200, taken.content
    assert Signature.objects.get().channel == "account"
