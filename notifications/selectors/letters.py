"""What a mail says, read when it is sent: with its reader's eyes, language and time zone."""

from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.public import Channel, User, password_reset_link, users_by_id, verification_link, wants
from disputes.public import InvitationNotice, invitation_notice, reminder_brief, return_notice
from kernel import clock
from kernel.errors import NotFoundError
from kernel.formats import moment_text, money_text
from notifications.enums import Kind
from notifications.models import Mail
from notifications.selectors.letter import Letter
from notifications.selectors.readers import News, describe, readers_of
from notifications.selectors.signing_letters import SENDER_KINDS, sender_letter, signer_letter
from notifications.selectors.wording import Facts, Words, days_left, shortened, words_of

_NO_FACTS = Facts(title="")


def letter_for(mail: Mail) -> Letter | None:
    """The mail's letter; None when there is nothing to say any more: done since, not concerned any more, or not
    wanted.
    """
    if mail.participant_id is not None:
        return _invited_letter(Kind(mail.kind), mail.participant_id, mail.subject_id)
    if mail.signer_id is not None:
        return signer_letter(Kind(mail.kind), mail.signer_id)
    user = users_by_id([mail.user_id]).get(mail.user_id) if mail.user_id is not None else None
    kind = Kind(mail.kind)
    if user is None or not user.is_active:
        return None
    if kind.can_be_switched_off and not wants(user.pk, kind=kind.topic.value, channel=Channel.EMAIL):
        return None
    with translation.override(user.locale):
        if mail.dispute_id is not None:
            return _case_letter(user, News(kind, mail.dispute_id, mail.subject_id))
        if kind in SENDER_KINDS and mail.subject_id is not None:
            return sender_letter(user, kind, mail.subject_id)
        if kind == Kind.RETURN_LINK:
            return _return_letter(user, mail.subject_id)
        return _account_letter(user, kind)


def _case_letter(user: User, news: News) -> Letter | None:
    if user.pk not in readers_of(news):
        return None
    case = describe(news)
    details = [(_("Case"), case.facts.title)]
    if case.deadline is not None:
        details.append((_date_label(news.kind), moment_text(case.deadline, locale=user.locale, timezone=user.timezone)))
    return _compose(
        user,
        words_of(news.kind, case.facts),
        link=case.link,
        details=tuple(details),
        reason=_(
            "You receive this mail because you are part of this case. Which mails you get is set in your profile."
        ),
    )


def _date_label(kind: Kind) -> str:
    if kind in {Kind.DEADLINE_PROPOSED, Kind.MORE_TIME_ASKED}:
        return _("Proposed date")
    if kind == Kind.DEADLINE_REFUSED:
        return _("Refused date")
    return _("New date") if kind == Kind.DEADLINE_MOVED else _("Please do it until")


def _compose(user: User, words: Words, *, link: str, reason: str, details: tuple[tuple[str, str], ...] = ()) -> Letter:
    return Letter(
        email=user.email,
        name=user.full_name,
        locale=user.locale,
        subject=words.headline,
        heading=words.headline,
        paragraphs=(words.body,),
        action=words.action,
        link=link,
        details=details,
        reason=reason,
    )


def _account_letter(user: User, kind: Kind) -> Letter | None:
    try:
        return _security_letter(user, kind)
    except NotFoundError:  # the link was used up or withdrawn
        return None


def _security_letter(user: User, kind: Kind) -> Letter | None:
    reason = _("You receive this mail because this address is used for an account with Accord.")
    home = f"{settings.ACCORD_BASE_URL}/"
    if kind == Kind.VERIFY_EMAIL:
        return (
            None
            if user.email_verified_at
            else replace(
                _compose(
                    user,
                    _verify_words(),
                    link=verification_link(user.pk),
                    reason=_("Somebody registered this address."),
                ),
                hints=(_("You did not register? Then ignore this mail: without the link, the account stays closed."),),
            )
        )
    if kind == Kind.ADDRESS_KNOWN:
        return replace(
            _compose(user, _known_words(), link=home, reason=reason),
            hints=(_("It was not you? Then nothing has happened: nobody was told that this address has an account."),),
        )
    if kind == Kind.PASSWORD_RESET:
        return replace(
            _compose(user, _reset_words(), link=password_reset_link(user.pk), reason=reason),
            hints=(_("You did not ask for it? Then ignore this mail: your password stays as it is."),),
        )
    return _compose(user, words_of(kind, _NO_FACTS), link=home, reason=reason)


def _verify_words() -> Words:
    return Words(
        _("Confirm your address to use Accord"),
        _("Welcome. Confirm with this link that the address is yours; then sign in with your password."),
        _("Confirm my address"),
    )


def _known_words() -> Words:
    return Words(
        _("You already have an account with Accord"),
        _(
            "Somebody, probably you, tried to register with this address. It has an account already: sign in "
            "as usual. If you do not know your password any more, ask for a new one on the sign-in page."
        ),
        _("Open Accord"),
    )


def _reset_words() -> Words:
    return Words(
        _("Set a new password for Accord"),
        _("You asked for a new password. Open the link and choose one; it works once and for a limited time."),
        _("Set a new password"),
    )


def _return_letter(user: User, participant_id: UUID | None) -> Letter | None:
    notice = return_notice(participant_id) if participant_id is not None else None
    if notice is None or notice.user_id != user.pk:
        return None
    words = Words(
        _("Your fresh link to “%(title)s”") % {"title": shortened(notice.title)},
        _("You asked for a new way in. The link opens your case; it works once, and no password is needed."),
        _("Enter the room"),
    )
    until = moment_text(notice.expires_at, locale=user.locale, timezone=user.timezone)
    return replace(
        _compose(
            user,
            words,
            link=notice.link,
            details=((_("Case"), notice.title), (_("The link works until"), until)),
            reason=_("You receive this mail because this address is used for an account with Accord."),
        ),
        hints=(
            _("You did not ask for it? Then ignore this mail, and do not forward it: whoever has the link can enter."),
        ),
    )


def _invited_letter(kind: Kind, participant_id: UUID, subject_id: UUID | None) -> Letter | None:
    notice = invitation_notice(participant_id)
    if notice is None or notice.expires_at <= clock.now():
        return None
    with translation.override(notice.locale):
        letter = _letter_of_notice(notice)
        if kind == Kind.INVITATION or subject_id is None:
            return letter
        if kind == Kind.INVITATION_REMINDER:
            return _reminder_of(letter, notice, subject_id)
        words = _date_moved_words() if kind == Kind.INVITED_DATE_MOVED else _date_refused_words()
        headline = words.headline % {"title": shortened(notice.title)}
        return replace(letter, subject=headline, heading=headline, paragraphs=(words.body,), steps=(), hints=())


def _reminder_of(letter: Letter, notice: InvitationNotice, reminder_id: UUID) -> Letter | None:
    reminder = reminder_brief(reminder_id)
    if reminder.deadline != notice.expires_at:  # moved since
        return None
    who = {
        "inviter": notice.inviter_name,
        "title": shortened(notice.title),
        "left": days_left(reminder.days),
    }
    headline = _("Reminder, %(left)s to go: %(inviter)s waits for your answer to “%(title)s”") % who
    said = _(
        "You have not answered yet. If you do not, nothing is decided about you: the invitation lapses, and the case goes on with "
        "those who joined, or closes unanswered. If you need longer, open the link and ask for more time."
    )
    return replace(letter, subject=headline, heading=headline, paragraphs=(said, _invitation_choice()))


def _date_moved_words() -> Words:
    return Words(
        _("You have more time to answer to “%(title)s”"),
        _("The other side has accepted a later date. It holds from now on."),
        "",
    )


def _date_refused_words() -> Words:
    return Words(
        _("No later date for your answer to “%(title)s”"),
        _(
            "The other side did not accept the date you asked for; the present one stays. What it said about it is behind the link. "
            "You can answer now, or ask for another date."
        ),
        "",
    )


def _letter_of_notice(notice: InvitationNotice) -> Letter:
    until = moment_text(notice.expires_at, locale=notice.locale, timezone=notice.timezone)
    who = {"inviter": notice.inviter_name, "title": shortened(notice.title)}
    details = [(_("Case"), notice.title), (_("Invited by"), notice.inviter_name)]
    if notice.amount is not None:
        details.append((_("Amount claimed"), money_text(notice.amount, locale=notice.locale)))
    details.append((_("Please answer until"), until))
    return Letter(
        email=notice.email,
        name=notice.full_name,
        locale=notice.locale,
        subject=_("%(inviter)s invites you to settle “%(title)s”: please answer") % who,
        heading=_("%(inviter)s invites you to settle a dispute") % who,
        paragraphs=(_invitation_text(notice.side) % who, _invitation_choice()),
        details=tuple(details),
        steps=_invitation_steps(),
        action=_("Read and answer"),
        link=notice.link,
        hints=(
            _("The link is meant for you alone and works until the date above; do not forward it."),
            _(
                "You are not this person, or know nothing of it? Then ignore this mail, or open the link and "
                "decline: nothing happens without your answer."
            ),
        ),
        reason=_("You receive this mail because %(inviter)s named this address in a case.") % who,
    )


def _invitation_text(side: str) -> str:
    if side == "claimant":
        return _("%(inviter)s has filed a case with Accord and asks you to take part at their side.")
    return _(
        "%(inviter)s has filed a case with Accord that concerns you, and would like to settle it with you out of court."
    )


def _invitation_choice() -> str:
    return _(
        "Open the link to read what it is about. You can take part without registering first, or "
        "decline. You need no lawyer and pay nothing for answering."
    )


def _invitation_steps() -> tuple[str, ...]:
    return (
        _("You read the claim and accept or decline the invitation."),
        _("Each party tells its side in its own words; all statements open at the same moment."),
        _(
            "A mediator makes a proposal. It is an AI mediator: software that quotes what it relies on and "
            "decides nothing. You can ask for a human mediator."
        ),
        _(
            "You accept, reject or make a counter-offer. Only what every party accepts, and signs where a "
            "contract is wanted, binds anybody."
        ),
    )
