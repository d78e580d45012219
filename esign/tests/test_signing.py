"""Envelopes and signatures: what the tables allow and nothing else; on refusal nothing is written."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction

from accounts.tests.factories import UserFactory
from documents.tests.factories import file_of
from esign.enums import EnvelopeStatus, SignerStatus
from esign.errors import (
    AlreadySignedError,
    ConsentMissingError,
    DocumentChangedError,
    EnvelopeNotOpenError,
    NotYourTurnError,
    SignatureImageError,
    TransitionError,
)
from esign.models import Envelope, Signature, Signer
from esign.public import consent_text, envelope_state, signing_link
from esign.rules import can_see_envelope
from esign.selectors.envelopes import due_to_expire, envelopes_visible_to, marks_of, signer_by_token, signer_for_mail
from esign.services.envelopes import (
    decline_envelope,
    expire_envelope,
    move_envelope,
    move_signer,
    view_document,
    void_envelope,
)
from esign.services.sealing import complete_envelope
from esign.services.seats import remind_signers
from esign.tests.factories import envelope_of, guest, sign, sign_all, spec, token_of
from esign.transitions import ENVELOPE, ENVELOPE_ACTIONS, SIGNER, SIGNER_ACTIONS
from kernel.clock import DbNow, now
from kernel.errors import NotFoundError, ValidationFailedError
from kernel.journal import Actor, StreamRef, entries
from kernel.models import JournalEntry, OutboxEvent

pytestmark = pytest.mark.db
BY = Actor.system("test")


def counts() -> tuple[int, int, int]:
    return JournalEntry.objects.count(), OutboxEvent.objects.count(), Signature.objects.count()


def event_types() -> list[str]:
    return [
        name.removeprefix("esign.")
        for name in OutboxEvent.objects.order_by("id").values_list("type", flat=True)
        if name.startswith("esign.")
    ]


def verbs(envelope: Envelope) -> list[str]:
    return [entry.verb for entry in entries(StreamRef("envelope", envelope.pk))]


@pytest.mark.parametrize("status", EnvelopeStatus)
@pytest.mark.parametrize("action", ENVELOPE_ACTIONS)
def test_envelope_moves_as_the_table_says(status: EnvelopeStatus, action: str) -> None:
    envelope = envelope_of()
    changes: dict[str, Any] = {}
    if EnvelopeStatus.COMPLETED in (status, ENVELOPE.get((status, action))):
        changes = {"sealed_file": file_of(), "sealed_at": DbNow(), "all_signed_at": DbNow()}
    Envelope.objects.filter(pk=envelope.pk).update(status=status, **(changes if status == "completed" else {}))
    envelope.refresh_from_db()
    before = counts()
    target = ENVELOPE.get((status, action))

    if target is None:
        with pytest.raises(TransitionError):
            move_envelope(envelope, action, BY)
        assert counts() == before
    else:
        move_envelope(envelope, action, BY, **changes)
    envelope.refresh_from_db()
    assert envelope.status == (target or status)


@pytest.mark.parametrize("status", SignerStatus)
@pytest.mark.parametrize("action", SIGNER_ACTIONS)
def test_signer_moves_as_the_table_says(status: SignerStatus, action: str) -> None:
    signer = envelope_of().signers.order_by("id")[0]
    Signer.objects.filter(pk=signer.pk).update(status=status)
    signer.refresh_from_db()
    target = SIGNER.get((status, action))

    if target is None:
        with pytest.raises(TransitionError):
            move_signer(signer, action)
    else:
        move_signer(signer, action)
    signer.refresh_from_db()
    assert signer.status == (target or status)


def test_parallel_envelope_from_sent_to_fully_signed() -> None:
    ana, bo = UserFactory(), UserFactory()
    envelope = envelope_of(spec(ana), spec(bo))
    assert envelope.status == "sent"

    sign(envelope, bo)
    assert envelope_state(envelope.pk).status == "in_progress"
    assert envelope_state(envelope.pk).all_signed_at is None
    sign(envelope, ana)

    state = envelope_state(envelope.pk)
    assert (state.status, state.sealed_file_id) == ("in_progress", None)
    assert state.all_signed_at is not None
    assert all(signer.signed_at for signer in state.signers)
    assert event_types() == [
        "EnvelopeSent",
        "SignatureRequested",
        "SignatureRequested",
        "SignatureRecorded",
        "SignatureRecorded",
        "EnvelopeFullySigned",
    ]
    assert verbs(envelope) == [
        "envelope.created",
        "envelope.sent",
        "signature.recorded",
        "envelope.in_progress",
        "signature.recorded",
        "envelope.all_signed",
    ]


def test_sequential_envelope_asks_one_order_after_the_other() -> None:
    ana, bo, eva = UserFactory(), UserFactory(), UserFactory()
    envelope = envelope_of(spec(ana, 1), spec(bo, 2), spec(eva, 2), workflow="sequential")

    with pytest.raises(NotYourTurnError):
        sign(envelope, bo)
    sign(envelope, ana)
    sign(envelope, eva)
    sign(envelope, bo)

    assert envelope_state(envelope.pk).all_signed_at is not None
    assert event_types().count("SignatureRequested") == 3


def test_signature_record_keeps_what_was_shown_and_hides_the_address() -> None:
    ana = UserFactory()
    envelope = envelope_of(spec(ana), guest("guest@example.org"))

    sign(envelope, ana, full_name="  Ana   Gil ", locale="es-MX")

    signature = Signature.objects.get()
    assert (signature.full_name, signature.document_sha256) == ("Ana   Gil", envelope.document_sha256)
    assert (signature.consent_version, signature.consent_locale) == (consent_text("es")[0], "es")
    assert b"203.0.113" not in bytes(signature.ip_sealed)
    entry = entries(StreamRef("envelope", envelope.pk)).get(verb="signature.recorded")
    assert (signature.journal_seq, signature.journal_hash) == (entry.seq, bytes(entry.hash).hex())
    assert signature.signed_at == entry.created_at
    assert "Ana" not in str(entry.facts)
    with pytest.raises(DatabaseError), transaction.atomic():
        Signature.objects.update(full_name="Somebody else")


def test_signed_addresses_are_opened_for_the_certificate() -> None:
    envelope = sign_all(envelope_of(guest("a@example.org"), guest("b@example.org")))

    assert [(mark.ip, mark.user_agent) for mark in marks_of(envelope.pk)] == [("203.0.113.77", "TestBrowser/1.0")] * 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"consent": False}, ConsentMissingError),
        ({"consent": "yes"}, ConsentMissingError),
        ({"checksum": "0" * 64}, DocumentChangedError),
        ({"full_name": "   "}, ValidationFailedError),
        ({"full_name": "123 !"}, ValidationFailedError),
        ({"full_name": "a\x00b"}, ValidationFailedError),
        ({"full_name": "x" * 201}, ValidationFailedError),
        ({"signature_image": b"GIF89a"}, SignatureImageError),
        ({"signature_image": b"\x89PNG\r\n\x1a\n" + bytes(200_000)}, SignatureImageError),
    ],
)
def test_refused_signature_writes_nothing(change: dict[str, Any], error: type[Exception]) -> None:
    ana = UserFactory()
    envelope = envelope_of(spec(ana))
    before = counts()

    with pytest.raises(error), transaction.atomic():
        sign(envelope, ana, **change)

    assert counts() == before
    assert envelope_state(envelope.pk).status == "sent"


def test_signing_twice_is_refused_and_strangers_see_nothing() -> None:
    ana, bo, stranger = UserFactory(), UserFactory(), UserFactory()
    envelope = envelope_of(spec(ana), spec(bo))
    sign(envelope, ana)
    before = counts()

    for user, error in ((ana, AlreadySignedError), (stranger, NotFoundError)):
        with pytest.raises(error), transaction.atomic():
            sign(envelope, user)
    with pytest.raises(NotFoundError), transaction.atomic():
        decline_envelope(envelope_id=envelope.pk, acting_user=stranger, reason="")

    assert counts() == before


@pytest.mark.parametrize("end", ["void", "decline", "expire", "all_signed"])
def test_ended_envelope_takes_no_signature(end: str, clock: Any) -> None:
    ana, bo = UserFactory(), UserFactory()
    envelope = envelope_of(spec(ana), spec(bo))
    if end == "void":
        void_envelope(envelope_id=envelope.pk, acting_user=None, reason="a new round")
    elif end == "decline":
        decline_envelope(envelope_id=envelope.pk, acting_user=bo, reason="no")
    elif end == "expire":
        clock.advance(timedelta(days=15))
    else:
        sign_all(envelope)
    before = counts()

    with pytest.raises((EnvelopeNotOpenError, AlreadySignedError)), transaction.atomic():
        sign(envelope, ana)
    with pytest.raises(EnvelopeNotOpenError), transaction.atomic():
        decline_envelope(envelope_id=envelope.pk, acting_user=ana, reason="")

    assert counts() == before


def test_fully_signed_envelope_cannot_be_voided_or_expire(clock: Any) -> None:
    envelope = sign_all(envelope_of())
    clock.advance(timedelta(days=30))

    with pytest.raises(EnvelopeNotOpenError), transaction.atomic():
        void_envelope(envelope_id=envelope.pk, acting_user=None, reason="")
    assert not expire_envelope(envelope_id=envelope.pk)
    assert due_to_expire(10) == []


def test_time_decides_and_the_sweep_only_tells(clock: Any) -> None:
    envelope, later = envelope_of(), envelope_of(expires_at=now() + timedelta(days=40))
    assert not expire_envelope(envelope_id=envelope.pk)
    clock.advance(timedelta(days=15))

    assert due_to_expire(10) == [envelope.pk]
    assert expire_envelope(envelope_id=envelope.pk)
    assert not expire_envelope(envelope_id=envelope.pk)

    assert (envelope_state(envelope.pk).status, envelope_state(later.pk).status) == ("expired", "sent")
    assert event_types().count("EnvelopeExpired") == 1


def test_viewing_moves_once_and_only_who_is_on_turn() -> None:
    envelope = envelope_of(guest("a@example.org", 1), guest("b@example.org", 2), workflow="sequential")
    first, second = envelope.signers.order_by("order")

    for signer in (second, first, first):
        view_document(signer_id=signer.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("viewed", "waiting")
    assert verbs(envelope).count("signer.viewed") == 1


def test_reminder_goes_to_who_is_on_turn_at_most_hourly(clock: Any) -> None:
    creator = UserFactory()
    envelope = envelope_of(guest("a@example.org"), guest("b@example.org"), creator=creator)
    asked = event_types().count("SignatureRequested")

    remind_signers(envelope_id=envelope.pk, acting_user=creator)
    remind_signers(envelope_id=envelope.pk, acting_user=creator)
    assert event_types().count("SignatureRequested") == asked + 2
    clock.advance(timedelta(minutes=61))
    remind_signers(envelope_id=envelope.pk, acting_user=creator)

    assert event_types().count("SignatureRequested") == asked + 4


def test_link_is_made_from_the_row_and_leads_to_it_alone() -> None:
    envelope = envelope_of(guest("a@example.org"), guest("b@example.org"))
    signer = signer_by_token(token_of(envelope))

    assert signing_link(signer.pk).endswith(f"/sign/{token_of(envelope)}")
    assert signer_for_mail(signer.pk)[1] == "a@example.org"
    assert token_of(envelope).encode() not in bytes(signer.token_digest)
    with pytest.raises(NotFoundError):
        signer_by_token(token_of(envelope) + "x")


@pytest.mark.parametrize("emails", [[], ["a@example.org", "A@example.org "], [f"p{n}@example.org" for n in range(51)]])
def test_envelope_needs_different_signers(emails: list[str]) -> None:
    with pytest.raises(ValidationFailedError), transaction.atomic():
        envelope_of(*[guest(email) for email in emails] or [guest("x@example.org")] * 2)


def test_completing_twice_counts_once() -> None:
    envelope = sign_all(envelope_of())
    from documents.public import StoredBytes

    stored = StoredBytes(key="k", size=1, sha256="ab" * 32, media_type="application/pdf")
    arguments: dict[str, Any] = {"envelope_id": envelope.pk, "level": "B-B", "fingerprint": "f"}

    assert complete_envelope(stored=stored, **arguments) is not None
    assert complete_envelope(stored=stored, **arguments) is None
    assert event_types().count("EnvelopeCompleted") == 1
    with pytest.raises(EnvelopeNotOpenError), transaction.atomic():
        void_envelope(envelope_id=envelope.pk, acting_user=None, reason="")


def test_envelope_that_is_not_fully_signed_cannot_be_completed() -> None:
    from documents.public import StoredBytes

    stored = StoredBytes(key="k", size=1, sha256="ab" * 32, media_type="application/pdf")
    envelope = envelope_of()

    assert complete_envelope(envelope_id=envelope.pk, stored=stored, level="B-B", fingerprint="f") is None
    assert envelope_state(envelope.pk).status == "sent"


def test_rules_and_visible_to_are_twins() -> None:
    creator, signer, stranger, admin = UserFactory(), UserFactory(), UserFactory(), UserFactory(admin=True)
    inactive = UserFactory(inactive=True)
    envelopes = [
        envelope_of(spec(signer), creator=creator),
        envelope_of(spec(inactive), spec(creator)),
        envelope_of(guest(f"{uuid4().hex}@example.org")),
    ]

    for user in (creator, signer, stranger, admin, inactive, AnonymousUser()):
        allowed = {envelope.pk for envelope in envelopes if can_see_envelope(user, envelope)}
        assert allowed == {envelope.pk for envelope in envelopes_visible_to(user)}
