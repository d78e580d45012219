"""What became of a mail."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from kernel import clock
from kernel.clock import as_utc
from kernel.journal import PLATFORM, Actor, record
from kernel.outbox import publish
from notifications.enums import MailStatus
from notifications.errors import MailNotFailedError
from notifications.events import MailQueued
from notifications.models import Mail

MAX_ATTEMPTS = 8
HISTORY_KEPT = 40
UNFINISHED = (MailStatus.QUEUED, MailStatus.FAILED, MailStatus.DEAD)


@transaction.atomic
def mark_mail_sent(*, mail_id: UUID, locale: str = "") -> None:
    """The mail server has taken the mail over."""
    _finish(mail_id, MailStatus.SENT, what="sent", locale=locale, attempted=True)


@transaction.atomic
def skip_mail(*, mail_id: UUID) -> None:
    """There is nothing to say any more."""
    _finish(mail_id, MailStatus.SKIPPED, what="skipped")


@transaction.atomic
def fail_mail(*, mail_id: UUID, reason: str) -> None:
    """The mail server refused the mail for good."""
    _finish(mail_id, MailStatus.FAILED, what="refused", detail=reason, attempted=True)


@transaction.atomic
def postpone_mail(*, mail_id: UUID, reason: str) -> bool:
    """The mail could not be handed over this time. Returns whether another attempt is left; else the mail is given
    up.
    """
    mail = _locked(mail_id)
    if mail is None:
        return False
    if mail.attempts + 1 >= MAX_ATTEMPTS:
        _write(mail, MailStatus.DEAD, what="given up", detail=reason, attempted=True)
        return False
    _write(mail, MailStatus.QUEUED, what="postponed", detail=reason, attempted=True)
    return True


@transaction.atomic
def send_mail_again(*, mail_id: UUID, acting_user: User) -> None:
    """Queue a mail anew that was refused or given up. Raises MailNotFailedError for any other."""
    mail = Mail.objects.select_for_update(of=("self",), no_key=True).filter(pk=mail_id).first()
    if mail is None or mail.status not in (MailStatus.FAILED, MailStatus.DEAD):
        raise MailNotFailedError(_("Only a mail that was refused or given up can be sent again."))
    before = str(mail.status)
    mail.attempts = 0
    mail.last_error = ""
    _write(mail, MailStatus.QUEUED, what="queued again")
    record(
        stream=PLATFORM,
        verb="mail.queued_again",
        actor=Actor.user(acting_user.pk),
        subject=("mail", mail.pk),
        facts={"from": before, "kind": str(mail.kind)},
    )
    publish(MailQueued(mail_id=mail.pk))


def _locked(mail_id: UUID) -> Mail | None:
    return Mail.objects.select_for_update(of=("self",), no_key=True).filter(pk=mail_id, status__in=UNFINISHED).first()


def _finish(
    mail_id: UUID, status: MailStatus, *, what: str, detail: str = "", locale: str = "", attempted: bool = False
) -> None:
    mail = _locked(mail_id)
    if mail is not None:
        mail.locale = locale or mail.locale
        _write(mail, status, what=what, detail=detail, attempted=attempted)


def _write(mail: Mail, status: MailStatus, *, what: str, detail: str = "", attempted: bool = False) -> None:
    at = clock.now()
    line: dict[str, Any] = {"at": as_utc(at), "what": what}
    if detail:
        line["detail"] = detail
        mail.last_error = detail
    if status == MailStatus.SENT:
        mail.last_error = ""
    mail.status = status
    mail.attempts += 1 if attempted else 0
    mail.history = [*mail.history, line][-HISTORY_KEPT:]
    mail.finished_at = None if status == MailStatus.QUEUED else at
    mail.save(update_fields=["status", "attempts", "history", "last_error", "finished_at", "locale"])
