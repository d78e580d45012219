"""Passwords: asking for a new one, setting it by a mailed link, changing it while signed in."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.events import PasswordChanged, PasswordResetRequested
from accounts.models import LinkPurpose, RevokeReason, User
from accounts.services.mail_links import close_links, issue_link, use_link
from accounts.services.password_rules import check_new_password
from accounts.services.records import record_person
from accounts.services.registration import mark_verified
from accounts.services.sessions import TokenPair, end_all_sessions, start_session
from kernel.context import Origin
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish


@transaction.atomic
def request_password_reset(*, email: str, origin: Origin) -> None:
    """Mail a reset link to the address if it has an active account, with or without a password; else do nothing."""
    user = User.objects.select_for_update(no_key=True).filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        return
    issue_link(user=user, purpose=LinkPurpose.PASSWORD_RESET)
    record_person(
        person_id=user.pk, verb="person.password_reset_requested", actor=Actor.system("passwords"), origin=origin
    )
    publish(PasswordResetRequested(user_id=user.pk))


@transaction.atomic
def reset_password(*, token: str, new_password: str, origin: Origin) -> User:
    """Set a password by a mailed link, which proves the address too; everything signed in ends.

    Raises LinkNotValidError, or ValidationFailedError (the link then stays good).
    """
    user = use_link(token=token, purpose=LinkPurpose.PASSWORD_RESET)
    check_new_password(new_password, user=user, pointer="/new_password")
    mark_verified(user=user, origin=origin)
    _set_password(user, new_password, RevokeReason.PASSWORD_RESET)
    record_person(person_id=user.pk, verb="person.password_reset", origin=origin)
    return user


@transaction.atomic
def change_password(*, acting_user: User, current_password: str | None, new_password: str, origin: Origin) -> TokenPair:
    """Change one's own password: every session ends, and the one pair returned is good from now on.

    Raises as `replace_password` does.
    """
    user = replace_password(
        acting_user=acting_user, current_password=current_password, new_password=new_password, origin=origin
    )
    return start_session(user=user, origin=origin)


@transaction.atomic
def replace_password(*, acting_user: User, current_password: str | None, new_password: str, origin: Origin) -> User:
    """Change one's own password and end every session. A session opened for the person returned lives.

    Who came by a mailed link has no password yet and gives none. Raises ValidationFailedError.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
    if user.has_usable_password() and not (current_password and user.check_password(current_password)):
        error = FieldError("/current_password", "incorrect", _("This is not your present password."))
        raise ValidationFailedError(errors=[error])
    check_new_password(new_password, user=user, pointer="/new_password")
    _set_password(user, new_password, RevokeReason.PASSWORD_CHANGED)
    record_person(person_id=user.pk, verb="person.password_changed", origin=origin)
    return user


def _set_password(user: User, password: str, reason: RevokeReason) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    end_all_sessions(user=user, reason=reason)
    close_links(user=user, purpose=LinkPurpose.PASSWORD_RESET)
    publish(PasswordChanged(user_id=user.pk))
