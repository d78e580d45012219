"""Telling people: rows for the app and mails to be sent, at most once for one happening."""

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from accounts.public import Channel, password_reset_link, verification_link, wants
from disputes.public import invitation_notice, return_notice
from esign.public import sender_of
from kernel.errors import NotFoundError
from kernel.ids import new_id
from kernel.outbox import publish
from notifications.enums import Kind
from notifications.events import MailQueued
from notifications.models import Mail, Notification
from notifications.selectors.message_ids import message_id_of
from notifications.selectors.readers import News, describe, readers_of

ENDS = frozenset({Kind.SIGN_COMPLETED, Kind.SIGN_DECLINED, Kind.SIGN_EXPIRED, Kind.SIGN_VOIDED})


@transaction.atomic
def tell_case(*, news: News, key: UUID) -> None:
    """Tell everybody whom a case's news concerns. `key` is what makes the happening this one: a second call tells
    nobody again.
    """
    readers = readers_of(news)
    if not readers:
        return
    if news.kind.shows_in_app:
        case = describe(news)
        params: dict[str, object] = {"title": case.facts.title}
        if case.facts.round:
            params["round"] = case.facts.round
        if case.facts.days:
            params["days"] = case.facts.days
        if case.about is not None:
            params["about"] = str(case.about)
        _show(
            news.kind,
            str(key),
            readers,
            dispute_id=news.dispute_id,
            subject_id=news.subject_id,
            params=params,
            path=_path(case.link),
        )
    if news.kind.goes_by_mail:
        _queue_mails(news.kind, str(key), readers, dispute_id=news.dispute_id, subject_id=news.subject_id)


@transaction.atomic
def tell_account(*, kind: Kind, user_id: UUID) -> None:
    """Tell one person something about their account. Kinds that carry a link are mailed once for each link that
    was issued.
    """
    try:
        key = _account_key(kind, user_id)
    except NotFoundError:  # the link was used up before anybody could be told
        return
    if kind.shows_in_app:
        _show(kind, key, [user_id], path="/")
    if kind.goes_by_mail:
        _queue_mails(kind, key, [user_id])


@transaction.atomic
def tell_invited(
    *, participant_id: UUID, dispute_id: UUID, kind: Kind = Kind.INVITATION, subject_id: UUID | None = None
) -> None:
    """Mail an invited person: the invitation, once for each link that was issued, or what there is to say of `subject_id`.

    Nothing when the invitation is not open any more.
    """
    notice = invitation_notice(participant_id)
    if notice is None:
        return
    key = str(subject_id) if subject_id is not None else _digest(notice.link)
    if not Mail.objects.filter(kind=kind, key=key, participant_id=participant_id, user=None).exists():
        _queue([_mail(kind, key, participant_id=participant_id, dispute_id=dispute_id, subject_id=subject_id)])


@transaction.atomic
def tell_return(*, participant_id: UUID) -> None:
    """Mail a party without a password the way back in, once for each link that was issued."""
    notice = return_notice(participant_id)
    if notice is not None:
        _queue_mails(Kind.RETURN_LINK, _digest(notice.link), [notice.user_id], subject_id=participant_id)


@transaction.atomic
def tell_signers(*, kind: Kind, envelope_id: UUID, signer_ids: Iterable[UUID]) -> None:
    """Mail signers of an envelope, each at their own address: every request and reminder once, an end once."""
    key = (
        str(envelope_id) if kind in ENDS else str(new_id())
    )  # the relay delivers in the transaction that marks it done
    known = set(Mail.objects.filter(kind=kind, key=key, signer_id__isnull=False).values_list("signer_id", flat=True))
    _queue(
        [
            _mail(kind, key, signer_id=signer_id, subject_id=envelope_id)
            for signer_id in signer_ids
            if signer_id not in known
        ]
    )


@transaction.atomic
def tell_sender(*, kind: Kind, envelope_id: UUID) -> None:
    """Mail the person who sent an envelope; nobody where the system did."""
    sender_id = sender_of(envelope_id)
    if sender_id is not None:
        key = str(envelope_id) if kind in ENDS else str(new_id())
        _queue_mails(kind, key, [sender_id], subject_id=envelope_id)


def _account_key(kind: Kind, user_id: UUID) -> str:
    if kind == Kind.VERIFY_EMAIL:
        return _digest(verification_link(user_id))
    if kind == Kind.PASSWORD_RESET:
        return _digest(password_reset_link(user_id))
    return str(new_id())  # each happening is one; the relay delivers it in the transaction that marks it delivered


def _digest(link: str) -> str:
    """A link stands for its issue: a renewed one is another link. The digest does not give it back."""
    return hashlib.sha256(link.encode()).hexdigest()


def _path(link: str) -> str:
    return urlsplit(link).path or "/"


def _show(
    kind: Kind,
    key: str,
    user_ids: Iterable[UUID],
    *,
    path: str,
    dispute_id: UUID | None = None,
    subject_id: UUID | None = None,
    params: Mapping[str, object] | None = None,
) -> None:
    rows = [
        Notification(
            user_id=user_id,
            kind=kind,
            key=key,
            dispute_id=dispute_id,
            subject_id=subject_id,
            params=dict(params or {}),
            path=path,
        )
        for user_id in user_ids
        if not kind.can_be_switched_off or wants(user_id, kind=kind.topic.value, channel=Channel.IN_APP)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _queue_mails(
    kind: Kind, key: str, user_ids: Iterable[UUID], *, dispute_id: UUID | None = None, subject_id: UUID | None = None
) -> None:
    known = set(Mail.objects.filter(kind=kind, key=key, user__isnull=False).values_list("user_id", flat=True))
    _queue(
        [
            _mail(kind, key, user_id=user_id, dispute_id=dispute_id, subject_id=subject_id)
            for user_id in user_ids
            if user_id not in known
        ]
    )


def _mail(kind: Kind, key: str, **ids: UUID | None) -> Mail:
    mail = Mail(kind=kind, key=key, **ids)
    mail.message_id = message_id_of(mail.pk)
    return mail


def _queue(mails: list[Mail]) -> None:
    """Should another relay have been faster, its rows stay and these events find no mail."""
    Mail.objects.bulk_create(mails, ignore_conflicts=True)
    for mail in mails:
        publish(MailQueued(mail_id=mail.pk))
