"""The back-office's view of mails: read-only, admins only, with one verb."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import UserFactory
from disputes import events as disputes
from kernel.models.journal import JournalEntry
from notifications.enums import MailStatus
from notifications.models import Mail, Notification
from notifications.tests.factories import happen, invite, make_case, pump
from notifications.tests.mail_server import MailServer

pytestmark = [pytest.mark.db, pytest.mark.django_db]

MAILS = "admin:notifications_mail_changelist"


def failed_mail(mail_server: MailServer) -> Mail:
    mail_server.recipient_answers = ["550 no such user"]
    case = make_case("invite_sent")
    happen(disputes.PartyInvited(case.dispute.pk, invite(case).pk))
    return Mail.objects.get()


def test_send_again_queues_failed_mails_and_leaves_the_others(client: Client, mail_server: MailServer) -> None:
    failed = failed_mail(mail_server)
    happen(disputes.TruthsDisclosed(make_case("mediating").dispute.pk))
    sent = Mail.objects.filter(status=MailStatus.SENT)
    before = {mail.pk: mail.attempts for mail in sent}
    admin = UserFactory(admin=True)
    client.force_login(admin)
    chosen = [str(failed.pk), *(str(pk) for pk in before)]
    answer = client.post(reverse(MAILS), {"action": "send_again", "_selected_action": chosen}, follow=True)
    assert answer.status_code == 200
    pump()
    failed.refresh_from_db()
    assert failed.status == MailStatus.SENT
    assert {mail.pk: mail.attempts for mail in sent if mail.pk in before} == before
    entry = JournalEntry.objects.get(verb="mail.queued_again")
    assert (entry.actor_id, entry.subject_id) == (admin.pk, failed.pk)


@pytest.mark.parametrize("trait", ["lawyer", "client"])
def test_pages_are_for_admins_only(trait: str, client: Client, mail_server: MailServer) -> None:
    mail = failed_mail(mail_server)
    client.force_login(UserFactory(**({} if trait == "client" else {trait: True})))
    for name in ("mail", "notification"):
        assert client.get(reverse(f"admin:notifications_{name}_changelist")).status_code in (302, 403, 404)
    client.post(reverse(MAILS), {"action": "send_again", "_selected_action": [str(mail.pk)]})
    mail.refresh_from_db()
    assert mail.status == MailStatus.FAILED


def test_pages_show_and_never_edit(client: Client, mail_server: MailServer) -> None:
    mail = failed_mail(mail_server)
    happen(disputes.TruthsDisclosed(make_case("mediating").dispute.pk))
    client.force_login(UserFactory(admin=True))
    for row, name in ((mail, "mail"), (Notification.objects.first(), "notification")):
        assert row is not None
        assert client.get(reverse(f"admin:notifications_{name}_changelist")).status_code == 200
        page = client.get(reverse(f"admin:notifications_{name}_change", args=[row.pk]))
        assert page.status_code == 200
        assert (
            client.post(reverse(f"admin:notifications_{name}_change", args=[row.pk]), {"kind": "x"}).status_code == 403
        )
        assert (
            client.post(reverse(f"admin:notifications_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code
            == 403
        )
        assert client.get(reverse(f"admin:notifications_{name}_add")).status_code == 403
