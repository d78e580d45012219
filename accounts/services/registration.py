"""Coming to have an account: registering, verifying the address, being let in by an invitation."""

from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.errors import SignInRequiredError
from accounts.events import RegistrationRepeated, UserRegistered, VerificationRequested
from accounts.models import LinkPurpose, RevokeReason, User
from accounts.services.mail_links import close_links, issue_link, use_link
from accounts.services.password_rules import check_new_password, spend_a_hash
from accounts.services.records import record_person
from accounts.services.sessions import end_all_sessions
from kernel import clock
from kernel.context import Origin
from kernel.journal import Actor
from kernel.outbox import publish

SYSTEM = Actor.system("registration")


@transaction.atomic
def register_person(
    *, email: str, password: str, full_name: str, locale: str, timezone: str, origin: Origin, may_mail: bool = True
) -> UUID | None:
    """A new, unverified account, or nothing to be seen when the address has one: only its owner is told, by mail.

    Returns the new account's id, or None; callers answer alike. One hash is computed either way, so time tells nothing.
    `may_mail` False keeps quiet towards an address that was written to often lately. Raises ValidationFailedError for a
    password that is not good enough.
    """
    email = email.strip().lower()
    user = User(email=email, full_name=full_name, locale=locale, timezone=timezone)
    check_new_password(password, user=user, pointer="/password")
    known = User.objects.select_for_update(no_key=True).filter(email=email).first()
    if known is None:
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:  # somebody else registered it this very moment
            known = User.objects.select_for_update(no_key=True).get(email=email)
        else:
            issue_link(user=user, purpose=LinkPurpose.VERIFY_EMAIL)
            record_person(person_id=user.pk, verb="person.registered", origin=origin, facts={"locale": locale})
            publish(UserRegistered(user_id=user.pk))
            publish(VerificationRequested(user_id=user.pk))
            return user.pk
    _register_again(known, password=password, origin=origin, may_mail=may_mail)
    return None


def _register_again(user: User, *, password: str, origin: Origin, may_mail: bool) -> None:
    """Somebody registers an address that has an account: the owner's mailbox decides who they are.

    A password somebody set on an address nobody verified is worth nothing once another comes with another one: it is
    dropped, so that whoever verifies the address does not open the account to a stranger's password.
    """
    if user.email_verified_at is not None or not user.is_active:
        spend_a_hash(password)
        if user.is_active and may_mail:
            record_person(person_id=user.pk, verb="person.registration_repeated", actor=SYSTEM, origin=origin)
            publish(RegistrationRepeated(user_id=user.pk))
        return
    if not user.check_password(password) and user.has_usable_password():
        drop_password(user=user, origin=origin)
    if may_mail:
        _send_verification(user, origin)


def drop_password(*, user: User, origin: Origin | None) -> None:
    """Take away a password whose owner never proved the address; they can set one by reset. Needs the row locked."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_all_sessions(user=user, reason=RevokeReason.REPLACED)
    record_person(person_id=user.pk, verb="person.password_dropped", actor=SYSTEM, origin=origin)


def _send_verification(user: User, origin: Origin) -> None:
    issue_link(user=user, purpose=LinkPurpose.VERIFY_EMAIL)
    record_person(person_id=user.pk, verb="person.verification_requested", actor=SYSTEM, origin=origin)
    publish(VerificationRequested(user_id=user.pk))


@transaction.atomic
def remind_unverified(*, email: str, origin: Origin) -> None:
    """A fresh verification mail for an address whose account waits for it; nothing for any other address."""
    user = (
        User.objects.select_for_update(no_key=True)
        .filter(email=email.strip().lower(), email_verified_at=None, is_active=True)
        .first()
    )
    if user is not None:
        _send_verification(user, origin)


@transaction.atomic
def verify_email(*, token: str, origin: Origin) -> User:
    """The mailbox's owner confirms the address. It signs nobody in. Raises LinkNotValidError."""
    user = use_link(token=token, purpose=LinkPurpose.VERIFY_EMAIL)
    mark_verified(user=user, origin=origin)
    return user


def mark_verified(*, user: User, origin: Origin | None) -> None:
    """Note that the address is proved, once. The caller holds the row."""
    if user.email_verified_at is not None:
        return
    user.email_verified_at = clock.now()
    user.save(update_fields=["email_verified_at"])
    record_person(person_id=user.pk, verb="person.verified", origin=origin)


@transaction.atomic
def admit_invited_person(
    *, email: str, full_name: str, locale: str, timezone: str, origin: Origin | None = None
) -> User:
    """The person of an address to which an invitation was mailed and opened: verified, and without a password.

    An unverified account of the address loses the password somebody set: a mailed link proves more. Raises
    SignInRequiredError when the account is entered by password, is staff's, or was deactivated.
    """
    email = email.strip().lower()
    user = User.objects.select_for_update(no_key=True).filter(email=email).first()
    if user is None:
        user = User(email=email, full_name=full_name, locale=locale, timezone=timezone, email_verified_at=clock.now())
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            user = User.objects.select_for_update(no_key=True).get(email=email)
        else:
            record_person(person_id=user.pk, verb="person.admitted", origin=origin)
            return user
    if not user.is_active or user.role != Role.CLIENT:
        raise SignInRequiredError
    if user.email_verified_at is not None:
        if user.has_usable_password():
            raise SignInRequiredError
        return user
    drop_password(user=user, origin=origin)
    close_links(user=user, purpose=LinkPurpose.VERIFY_EMAIL)
    user.full_name = full_name
    user.email_verified_at = clock.now()
    user.save(update_fields=["full_name", "email_verified_at"])
    record_person(person_id=user.pk, verb="person.admitted", origin=origin)
    return user
