"""What a socket was opened with is good exactly as long as the sign-in behind it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import RevokeReason, User
from accounts.models.session import AuthSession
from accounts.public import LiveCredential, living, sign_in_by_page_session, sign_in_by_token
from accounts.services.sessions import end_all_sessions
from accounts.tests.factories import UserFactory, browser, session_of
from kernel.clock import now
from kernel.errors import AuthenticationRequiredError

pytestmark = pytest.mark.db


def both(user: User) -> tuple[LiveCredential, LiveCredential, Client]:
    page = browser(user)
    known = sign_in_by_page_session(page.cookies[settings.SESSION_COOKIE_NAME].value)
    assert known is not None
    return sign_in_by_token(session_of(user).access)[1], known[1], page


def deactivate(user: User, _page: Client) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def end_everything(user: User, _page: Client) -> None:
    end_all_sessions(user=user, reason=RevokeReason.PASSWORD_CHANGED)


def sign_out_of_the_page(_user: User, page: Client) -> None:
    page.logout()


def let_the_page_expire(_user: User, _page: Client) -> None:
    Session.objects.update(expire_date=now() - timedelta(seconds=1))


def revoke_the_token(user: User, _page: Client) -> None:
    AuthSession.objects.filter(user=user).update(revoked_at=now(), revoke_reason=RevokeReason.SIGNED_OUT)


def nothing(_user: User, _page: Client) -> None:
    """Both stay good."""


@pytest.mark.parametrize(
    ("happens", "stays"),
    [
        (nothing, {0, 1, 2}),
        (deactivate, {2}),
        (end_everything, {2}),
        (sign_out_of_the_page, {0, 2}),
        (let_the_page_expire, {0, 2}),
        (revoke_the_token, {1, 2}),
    ],
)
def test_credential_ends_with_its_sign_in(happens: Callable[[User, Client], None], stays: set[int]) -> None:
    user, other = UserFactory(), UserFactory()
    by_token, by_page, page = both(user)
    of_another = sign_in_by_token(session_of(other).access)[1]
    happens(user, page)
    assert living([by_token, by_page, of_another]) == stays


def test_credential_of_one_person_is_no_good_for_another() -> None:
    one, other = UserFactory(), UserFactory()
    by_token, by_page, _page = both(one)
    stolen = [
        LiveCredential(other.pk, by_token.generation, session_id=by_token.session_id),
        LiveCredential(one.pk, by_page.generation + 1, page_session=by_page.page_session),
        LiveCredential(one.pk, by_page.generation, page_session="x" * 32),
    ]
    assert living(stolen) == set()
    assert living([]) == set()


def test_nobody_is_behind_an_unknown_page_session_or_a_bad_token() -> None:
    assert sign_in_by_page_session("y" * 32) is None
    with pytest.raises(AuthenticationRequiredError):
        sign_in_by_token("not.a.token")


def test_page_session_of_a_deactivated_person_lets_nobody_in() -> None:
    user = UserFactory()
    key = browser(user).cookies[settings.SESSION_COOKIE_NAME].value
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert sign_in_by_page_session(key) is None
