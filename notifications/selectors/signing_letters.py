"""The mails about an envelope: to its signers, with their own link, and to who sent it."""

from dataclasses import replace
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.public import User
from esign.public import EnvelopeNotice, SigningNotice, envelope_notice, signing_notice
from kernel.formats import moment_text
from notifications.enums import Kind
from notifications.selectors.letter import Letter
from notifications.selectors.wording import shortened

SENDER_KINDS = frozenset(
    {Kind.SIGN_COMPLETED, Kind.SIGN_DECLINED, Kind.SIGN_EXPIRED, Kind.SIGN_VOIDED, Kind.SIGN_DELEGATED}
)


def signer_letter(kind: Kind, signer_id: UUID) -> Letter | None:
    """The letter to a signer; None when there is nothing to say any more."""
    notice = signing_notice(signer_id)
    if notice is None:
        return None
    with translation.override(notice.locale):
        if kind in {Kind.SIGN_ASKED, Kind.SIGN_REMINDER}:
            return _asking(kind, notice) if notice.asks else None
        return _telling(kind, notice)


def sender_letter(user: User, kind: Kind, envelope_id: UUID) -> Letter:
    """The letter to who sent the envelope, in the language that is active."""
    notice = envelope_notice(envelope_id)
    headline, said = _handed_on(notice) if kind == Kind.SIGN_DELEGATED else _ended(kind, notice)
    return Letter(
        email=user.email,
        name=user.full_name,
        locale=user.locale,
        subject=headline,
        heading=headline,
        paragraphs=said,
        details=((_("Document"), notice.title),),
        action=_("Open the envelope"),
        link=notice.link,
        reason=_("You receive this mail because you sent this document for signature."),
    )


def _asking(kind: Kind, notice: SigningNotice) -> Letter:
    who = {"sender": notice.sender or "Accord", "title": shortened(notice.title), "other": notice.instead_of}
    headline, said, action = _request_words(notice.role)
    headline %= who
    if kind == Kind.SIGN_REMINDER:
        headline = _("Reminder: %(headline)s") % {"headline": headline}
    paragraphs = [said % who]
    if notice.instead_of:
        paragraphs.insert(0, _("%(other)s has handed this on to you: you are asked to act in their place.") % who)
    until = moment_text(notice.expires_at, locale=notice.locale, timezone=notice.timezone)
    details = [(_("Document"), notice.title), (_("Please do it until"), until)]
    if notice.sender:
        details.insert(1, (_("Sent by"), notice.sender))
    return replace(
        _to_signer(notice, headline, tuple(paragraphs), action),
        details=tuple(details),
        hints=(
            _("The link is your personal one: whoever has it can act in your name. Do not forward it."),
            _("You do not know what this is about? Then do not sign; open the link and decline, or ignore this mail."),
        ),
    )


def _request_words(role: str) -> tuple[str, str, str]:
    if role == "approver":
        return (
            _("%(sender)s asks you to approve “%(title)s”"),
            _("Read the document behind the link; then approve it, or decline and say why."),
            _("Read and approve"),
        )
    if role == "viewer":
        return (
            _("%(sender)s asks you to read “%(title)s”"),
            _(
                "You are not asked to sign. The others go on once you have opened the document; that you did is recorded."
            ),
            _("Read the document"),
        )
    return (
        _("%(sender)s asks you to sign “%(title)s”"),
        _("Read the document behind the link; then sign it there, on a phone or a computer, or decline and say why."),
        _("Read and sign"),
    )


def _telling(kind: Kind, notice: SigningNotice) -> Letter:
    headline, said = _ended(kind, notice)
    action = _("Open the signed document") if kind == Kind.SIGN_COMPLETED else _("See what became of it")
    return _to_signer(notice, headline, said, action)


def _ended(kind: Kind, notice: SigningNotice | EnvelopeNotice) -> tuple[str, tuple[str, ...]]:
    who = {"title": shortened(notice.title), "person": notice.ended_by or _("One of the signers")}
    reason = (_("The reason given: %(reason)s") % {"reason": notice.end_reason},) if notice.end_reason else ()
    if kind == Kind.SIGN_COMPLETED:
        return _("“%(title)s” is signed by everybody") % who, (
            _("The document is sealed: nothing in it can be changed any more without that being seen. Keep the file."),
        )
    if kind == Kind.SIGN_DECLINED:
        return _("%(person)s declined to sign “%(title)s”") % who, (
            _(
                "With that the envelope has ended; nobody can sign it any more, and signatures given before bind nobody."
            ),
            *reason,
        )
    if kind == Kind.SIGN_EXPIRED:
        return _("The time to sign “%(title)s” is over") % who, (
            _("Not everybody signed in time, so the envelope has ended. The sender can start a new one."),
        )
    return _("“%(title)s” was called back") % who, (
        _("The sender has called the envelope back; nobody can sign it any more."),
        *reason,
    )


def _handed_on(notice: EnvelopeNotice) -> tuple[str, tuple[str, ...]]:
    said = tuple(
        _("%(person)s handed their part on to %(other)s, who was asked to act instead.")
        % {"person": person, "other": other}
        for person, other in notice.handed_on
    )
    return _("A signer of “%(title)s” handed it on") % {"title": shortened(notice.title)}, said


def _to_signer(notice: SigningNotice, headline: str, said: tuple[str, ...], action: str) -> Letter:
    return Letter(
        email=notice.email,
        name=notice.name,
        locale=notice.locale,
        subject=headline,
        heading=headline,
        paragraphs=said,
        details=((_("Document"), notice.title),),
        action=action,
        link=notice.link,
        reason=_("You receive this mail because this address was named for a document that is to be signed."),
    )
