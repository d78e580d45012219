"""Mail servers that are busy, refuse or are not there; workers that die in the worst moment."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test.utils import override_settings

from accounts.tests.factories import UserFactory
from disputes import events as disputes
from kernel import redis_client, relay
from kernel.models.outbox import Delivery, DeliveryState, OutboxEvent
from kernel.outbox import publish
from notifications.enums import MailStatus
from notifications.errors import MailNotFailedError
from notifications.events import MailQueued
from notifications.models import Mail
from notifications.services.delivering import MAX_ATTEMPTS, send_mail_again
from notifications.tests.factories import Case, happen, invite, make_case, pump
from notifications.tests.mail_server import MailServer

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LATER = timedelta(hours=8)


def the_mail() -> Mail:
    return Mail.objects.get()


def the_delivery() -> Delivery:
    return Delivery.objects.get(subscriber="notifications.send_mail")


def one_mail() -> Case:
    """A case in which one person is to be written to."""
    case = make_case("invite_sent")
    happen(disputes.PartyInvited(case.dispute.pk, invite(case).pk))
    return case


def test_busy_server_gets_the_mail_later(mail_server: MailServer, clock: Any) -> None:
    mail_server.recipient_answers = ["451 4.7.1 Greylisted, come back later"]
    one_mail()
    mail = the_mail()
    assert (mail.status, mail.attempts, mail.last_error) == (MailStatus.QUEUED, 1, "451 recipient refused")
    assert the_delivery().state == DeliveryState.PENDING
    clock.advance(LATER)
    pump()
    mail = the_mail()
    assert (mail.status, mail.attempts, mail.last_error) == (MailStatus.SENT, 2, "")
    assert [line["what"] for line in mail.history] == ["postponed", "sent"]
    assert len(mail_server.received) == 1
    assert mail_server.received[0]["Message-ID"] == mail.message_id


@pytest.mark.parametrize(
    ("recipient", "content", "reason"),
    [
        ("550 5.1.1 <new.person@example.net> unknown", "", "550 recipient refused"),
        ("", "554 5.7.1 looks like spam", "554 content refused"),
    ],
)
def test_refusal_is_final_and_a_dead_letter_without_the_address(
    recipient: str, content: str, reason: str, mail_server: MailServer, clock: Any
) -> None:
    mail_server.recipient_answers, mail_server.content_answers = (
        [recipient] * bool(recipient),
        [content] * bool(content),
    )
    one_mail()
    mail, delivery = the_mail(), the_delivery()
    assert (mail.status, mail.attempts, mail.last_error) == (MailStatus.FAILED, 1, reason)
    assert mail.finished_at is not None
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, f"GiveUp: {reason}")
    clock.advance(LATER)
    pump()
    assert mail_server.received == []


def test_server_that_never_comes_back_ends_in_a_dead_letter(clock: Any) -> None:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1):
        one_mail()
        for _ in range(MAX_ATTEMPTS + 3):
            clock.advance(LATER)
            pump()
    mail = the_mail()
    assert (mail.status, mail.attempts) == (MailStatus.DEAD, MAX_ATTEMPTS)
    assert mail.last_error == "no answer from the mail server (ConnectionRefusedError)"
    assert the_delivery().state == DeliveryState.DEAD


def test_one_refused_address_does_not_stop_the_others(mail_server: MailServer) -> None:
    mail_server.recipient_answers = ["550 no"]
    happen(disputes.TruthsDisclosed(make_case("mediating").dispute.pk))
    assert sorted(Mail.objects.values_list("status", flat=True)) == ["failed", "sent"]
    assert len(mail_server.received) == 1


class KilledError(BaseException):
    """Stands for kill -9: no handler of ours sees it."""


def die_after_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is gone after the server's answer and before its commit; what follows is the next worker."""

    def killed(_delivery: Delivery) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(relay, "done_with_effect", killed)
        with pytest.raises(KilledError):
            pump()


def queue_one_mail() -> None:
    case = make_case("invite_sent")
    with transaction.atomic():
        publish(disputes.PartyInvited(case.dispute.pk, invite(case).pk))


def test_worker_killed_between_acceptance_and_commit_does_not_mail_twice(
    mail_server: MailServer, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_one_mail()
    die_after_sending(monkeypatch)
    assert (the_mail().status, the_delivery().state) == (MailStatus.QUEUED, DeliveryState.RUNNING)
    clock.advance(relay.LEASE + timedelta(seconds=1))
    pump()
    assert (the_mail().status, the_delivery().state) == (MailStatus.SENT, DeliveryState.DONE)
    assert len(mail_server.received) == 1


def test_without_redis_the_repetition_carries_the_same_message_id(
    mail_server: MailServer, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_one_mail()
    die_after_sending(monkeypatch)
    redis_client.run(lambda client: client.flushdb())
    clock.advance(relay.LEASE + timedelta(seconds=1))
    pump()
    assert the_mail().status == MailStatus.SENT
    assert [message["Message-ID"] for message in mail_server.received] == [the_mail().message_id] * 2


def test_mail_queued_twice_is_sent_once(mail_server: MailServer) -> None:
    one_mail()
    happen(MailQueued(the_mail().pk), MailQueued(the_mail().pk))
    assert len(mail_server.received) == 1
    assert the_mail().attempts == 1


def test_delivery_that_another_worker_finished_is_not_run_again(mail_server: MailServer) -> None:
    one_mail()
    assert relay.claim(the_delivery().pk) is None
    assert len(mail_server.received) == 1


def test_failed_mail_sent_again_goes_out(mail_server: MailServer) -> None:
    mail_server.recipient_answers = ["550 no such user"]
    one_mail()
    admin = UserFactory(admin=True)
    send_mail_again(mail_id=the_mail().pk, acting_user=admin)
    pump()
    mail = the_mail()
    assert (mail.status, mail.attempts) == (MailStatus.SENT, 1)
    assert [line["what"] for line in mail.history] == ["refused", "queued again", "sent"]
    assert len(mail_server.received) == 1


def test_sent_mail_is_not_sent_again(mail_server: MailServer) -> None:
    one_mail()
    events = OutboxEvent.objects.count()
    with pytest.raises(MailNotFailedError):
        send_mail_again(mail_id=the_mail().pk, acting_user=UserFactory(admin=True))
    assert OutboxEvent.objects.count() == events
    assert the_mail().status == MailStatus.SENT
