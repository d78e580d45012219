"""The mails about envelopes: to each signer with their own link and nobody else's, and to who sent it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.utils import translation

from accounts.public import Locale
from accounts.tests.factories import UserFactory
from esign import events as esign
from esign.tests.factories import Envelope, Signer, envelope_of, guest, signing_token
from kernel.events import Event
from kernel.ids import new_id
from notifications.enums import Kind
from notifications.models import Mail
from notifications.tests.factories import happen, pump
from notifications.tests.mail_server import MailServer, part

pytestmark = [pytest.mark.db, pytest.mark.django_db]
A, B = "signer.a@example.net", "signer.b@example.net"

# kind → (what happens, in which state, words of the subject)
SIGNING_MAILS: dict[Kind, tuple[Callable[[Envelope], Event], str, str]] = {
    Kind.SIGN_ASKED: (lambda envelope: _request(envelope, False), "sent", "asks you to sign"),
    Kind.SIGN_REMINDER: (lambda envelope: _request(envelope, True), "sent", "Reminder:"),
    Kind.SIGN_COMPLETED: (
        lambda envelope: esign.EnvelopeCompleted(*_names(envelope), envelope.file_id),
        "sent",
        "signed by everybody",
    ),
    Kind.SIGN_DECLINED: (lambda envelope: esign.EnvelopeDeclined(*_names(envelope)), "declined", "declined to sign"),
    Kind.SIGN_EXPIRED: (lambda envelope: esign.EnvelopeExpired(*_names(envelope)), "expired", "is over"),
    Kind.SIGN_VOIDED: (lambda envelope: esign.EnvelopeVoided(*_names(envelope)), "voided", "called back"),
    Kind.SIGN_DELEGATED: (
        lambda envelope: esign.SignerDelegated(
            envelope.pk, _seat(envelope, A).pk, _seat(envelope, B).pk, envelope.subject_kind, envelope.subject_id
        ),
        "sent",
        "handed it on",
    ),
}


def _names(envelope: Envelope) -> tuple[UUID, str, UUID]:
    return envelope.pk, envelope.subject_kind, envelope.subject_id


def _seat(envelope: Envelope, email: str) -> Signer:
    return envelope.signers.get(name=f"Guest {email}")


def _request(envelope: Envelope, is_reminder: bool) -> Event:
    seat = _seat(envelope, A)
    return esign.SignatureRequested(envelope.pk, seat.pk, None, is_reminder, envelope.subject_kind, envelope.subject_id)


@pytest.mark.parametrize("kind", SIGNING_MAILS)
def test_each_signer_gets_their_own_link_and_the_sender_none(kind: Kind, mail_server: MailServer) -> None:
    happening, state, words = SIGNING_MAILS[kind]
    envelope = envelope_of(
        guest(A),
        guest(B),
        creator=UserFactory(full_name="Sasha Sender"),
        title="The lease",
        subject=("document", new_id()),
    )
    pump()
    mail_server.received.clear()
    Envelope.objects.filter(pk=envelope.pk).update(status=state)

    happen(happening(envelope))

    tokens = {email: signing_token(_seat(envelope, email)) for email in (A, B)}
    readers = [message["To"].addresses[0].addr_spec for message in mail_server.received]
    expected = {Kind.SIGN_ASKED: [A], Kind.SIGN_REMINDER: [A], Kind.SIGN_DELEGATED: ["sender"]}.get(
        kind, [A, B, "sender"]
    )
    assert sorted(reader if reader in tokens else "sender" for reader in readers) == sorted(expected)
    for reader, message in zip(readers, mail_server.received, strict=True):
        whole = part(message, "plain") + part(message, "html") + str(message["Subject"])
        assert words in message["Subject"]
        assert "The lease" in message["Subject"]
        assert {email for email, token in tokens.items() if token in whole} == ({reader} if reader in tokens else set())
        assert "%(" not in whole
        if reader not in tokens:
            assert f"/envelopes/{envelope.pk}/" in whole


def test_a_contract_of_a_case_is_told_by_its_case(mail_server: MailServer) -> None:
    envelope = envelope_of(guest(A), creator=UserFactory(), subject=("contract", new_id()))
    happen(esign.EnvelopeVoided(envelope.pk, "contract", envelope.subject_id))
    assert (mail_server.received, Mail.objects.count()) == ([], 0)


def test_a_request_is_not_sent_once_the_envelope_was_called_back(mail_server: MailServer) -> None:
    envelope = envelope_of(guest(A), subject=("document", new_id()))
    Envelope.objects.filter(pk=envelope.pk).update(status="voided")
    pump()
    assert mail_server.received == []
    assert set(Mail.objects.values_list("status", flat=True)) == {"skipped"}


def test_a_signer_is_written_to_in_the_language_of_the_document(mail_server: MailServer) -> None:
    with translation.override("en"):
        envelope_of(guest(A), locale=Locale.ES, subject=("document", new_id()))
        pump()
    (message,) = mail_server.received
    assert '<html lang="es">' in part(message, "html")
    assert "Hola" in part(message, "plain")
