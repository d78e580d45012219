"""Sign-in sessions and their refresh families (architecture.md, decision 8)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.errors import InvalidCredentialsError
from accounts.events import SessionsRevoked
from accounts.models import AuthSession, RefreshToken, RevokeReason, User
from accounts.selectors.access_tokens import make_access_token
from accounts.services.records import record_person
from kernel import clock
from kernel.clock import DbNow
from kernel.context import Origin
from kernel.journal import Actor
from kernel.links import token_digest
from kernel.outbox import publish


@dataclass(frozen=True)
class TokenPair:
    """What a client keeps: the access token for requests, the refresh token for the next pair."""

    access: str
    refresh: str


def _new_pair(*, user: User, session_id: UUID, now: datetime) -> TokenPair:
    secret = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        session_id=session_id,
        digest=token_digest(secret),
        expires_at=now + timedelta(days=settings.REFRESH_TOKEN_DAYS),
    )
    return TokenPair(make_access_token(user=user, session_id=session_id, now=now), secret)


@transaction.atomic
def start_session(*, user: User, origin: Origin | None) -> TokenPair:
    """A new session for a person whose identity is proved.

    The generation is the one of the object that was proved: had everything been ended meanwhile, this session is dead
    too.
    """
    session = AuthSession.objects.create(user=user, generation=user.credential_generation)
    record_person(person_id=user.pk, verb="person.signed_in", origin=origin, subject=("session", session.pk))
    return _new_pair(user=user, session_id=session.pk, now=clock.now())


@transaction.atomic
def sign_in(*, user: User, origin: Origin) -> TokenPair:
    """Sign in a person whose password was right. Raises InvalidCredentialsError unless active and verified."""
    if not user.is_active or user.email_verified_at is None:
        raise InvalidCredentialsError
    return start_session(user=user, origin=origin)


@transaction.atomic
def refresh_session(*, refresh: str, origin: Origin) -> TokenPair | None:
    """The next pair of the family, or None when the token is not good; the caller refuses after the commit.

    The compare-and-swap on `used_at` lets exactly one of any number of parallel uses through. Whoever comes second
    holds a copy: the whole family ends, and that must be committed although the answer is a refusal.
    """
    digest = token_digest(refresh)
    won = RefreshToken.objects.filter(digest=digest, used_at=None, expires_at__gt=DbNow()).update(used_at=DbNow())
    token = RefreshToken.objects.select_related("session__user").filter(digest=digest).first()
    if token is None:
        return None
    if not won:
        if token.used_at is not None:
            _end_reused_family(token.session, origin)
        return None
    alive = AuthSession.objects.filter(
        pk=token.session_id, revoked_at=None, generation=F("user__credential_generation"), user__is_active=True
    )
    if not alive.exists():
        return None
    AuthSession.objects.filter(pk=token.session_id).update(last_used_at=DbNow())
    return _new_pair(user=token.session.user, session_id=token.session_id, now=clock.now())


def _end_reused_family(session: AuthSession, origin: Origin) -> None:
    if _revoke(session.pk, RevokeReason.REFRESH_REUSED):
        record_person(
            person_id=session.user_id,
            verb="person.refresh_reused",
            actor=Actor.system("sessions"),
            origin=origin,
            subject=("session", session.pk),
        )


def _revoke(session_id: UUID, reason: RevokeReason) -> bool:
    changed = AuthSession.objects.filter(pk=session_id, revoked_at=None).update(
        revoked_at=DbNow(), revoke_reason=reason
    )
    return bool(changed)


@transaction.atomic
def sign_out(*, refresh: str, origin: Origin) -> None:
    """End the session of a refresh token, used or not. An unknown token changes nothing and is no error (RFC 7009)."""
    token = RefreshToken.objects.select_related("session").filter(digest=token_digest(refresh)).first()
    if token is not None and _revoke(token.session_id, RevokeReason.SIGNED_OUT):
        record_person(
            person_id=token.session.user_id,
            verb="person.signed_out",
            origin=origin,
            subject=("session", token.session_id),
        )


@transaction.atomic
def end_all_sessions(*, user: User, reason: RevokeReason) -> None:
    """End everything the person is signed in with, pages included, at the next request. The caller holds the row.

    Raises the generation on `user` too, so that a session started from this object lives.
    """
    User.objects.filter(pk=user.pk).update(credential_generation=F("credential_generation") + 1)
    user.credential_generation += 1
    AuthSession.objects.filter(user=user, revoked_at=None).update(revoked_at=DbNow(), revoke_reason=reason)
    publish(SessionsRevoked(user_id=user.pk))


@transaction.atomic
def forget_old_sessions(*, batch: int = 5000) -> int:
    """Delete sessions none of whose refresh tokens can be used any more; returns how many. Safe to run at any time."""
    living = RefreshToken.objects.filter(expires_at__gt=DbNow()).values("session_id")
    ids = list(
        AuthSession.objects.filter(last_used_at__lt=DbNow() - timedelta(days=settings.REFRESH_TOKEN_DAYS))
        .exclude(pk__in=living)
        .values_list("pk", flat=True)[:batch]
    )
    AuthSession.objects.filter(pk__in=ids).delete()
    return len(ids)
