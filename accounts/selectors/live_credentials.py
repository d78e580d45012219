"""What a socket was opened with, and whether it is still good: sockets outlive the request in which a person was checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import get_user
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest

from accounts.models import AuthSession, User
from accounts.selectors.access_tokens import SESSION_SCOPES, principal_of_token
from kernel.errors import AuthenticationRequiredError


@dataclass(frozen=True)
class LiveCredential:
    """A person and the sign-in they came by: a session of the API (`session_id`) or one of a browser (`page_session`)."""

    user_id: UUID
    generation: int
    session_id: UUID | None = None
    page_session: str | None = None


def sign_in_by_token(token: str) -> tuple[User, LiveCredential]:
    """The person of an access token. Raises AuthenticationRequiredError when it is not good, or belongs to no person's session."""
    principal = principal_of_token(token)
    if principal.session_id is None or not principal.scopes >= set(SESSION_SCOPES):
        raise AuthenticationRequiredError
    user = cast(User, principal.user)
    return user, LiveCredential(user.pk, user.credential_generation, session_id=principal.session_id)


def sign_in_by_page_session(key: str) -> tuple[User, LiveCredential] | None:
    """The person who is signed in with a browser under this session key; None when nobody is (any more)."""
    store = SessionStore(key)
    user: Any = get_user(cast(HttpRequest, SimpleNamespace(session=store)))
    if not isinstance(user, User) or not user.is_active:
        return None
    return user, LiveCredential(user.pk, user.credential_generation, page_session=key)


_LIVING = f"""
    SELECT asked.place
      FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::varchar[]) WITH ORDINALITY
           AS asked(user_id, generation, session_id, page_session, place)
      JOIN "{User._meta.db_table}" u ON u.id = asked.user_id AND u.is_active AND u.credential_generation = asked.generation
     WHERE CASE WHEN asked.session_id IS NOT NULL
                THEN EXISTS (SELECT 1 FROM "{AuthSession._meta.db_table}" s WHERE s.id = asked.session_id
                                AND s.user_id = u.id AND s.revoked_at IS NULL AND s.generation = u.credential_generation)
                ELSE EXISTS (SELECT 1 FROM "{Session._meta.db_table}" d WHERE d.session_key = asked.page_session
                                AND d.expire_date > kernel_now()) END"""  # noqa: S608 - names of our own tables


def living(credentials: Sequence[LiveCredential]) -> set[int]:
    """The places of those that are still good. One SQL statement for all of them."""
    if not credentials:
        return set()
    columns = (
        [each.user_id for each in credentials],
        [each.generation for each in credentials],
        [each.session_id for each in credentials],
        [each.page_session for each in credentials],
    )
    with connection.cursor() as cursor:
        cursor.execute(_LIVING, columns)
        return {int(place) - 1 for (place,) in cursor.fetchall()}
