"""Real parallel requests on real PostgreSQL; each race is first shown to be lost by the naive way."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.models import AuthSession, MailLink, RefreshToken, User
from accounts.services.passwords import change_password, reset_password
from accounts.services.people import deactivate_person
from accounts.services.sessions import refresh_session, start_session
from accounts.tests.conftest import reset_token, verification_token
from accounts.tests.factories import PASSWORD, UserFactory, session_of
from kernel.clock import DbNow
from kernel.context import Origin
from kernel.entry import entry
from kernel.errors import DomainError
from kernel.links import token_digest
from kernel.models import OutboxEvent

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
ORIGIN = Origin("192.0.2.1", "test", "r")
PARALLEL = 20


def in_parallel(act: Callable[[int], T], times: int = PARALLEL) -> list[T]:
    """Run `act` in as many threads, each on a connection of its own, all let go at once."""
    gate = threading.Barrier(times)

    def run(number: int) -> T:
        try:
            connection.ensure_connection()
            gate.wait(20)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_reading_before_writing_lets_several_refreshes_through() -> None:
    secret, everybody_has_read = session_of(UserFactory()).refresh, threading.Barrier(PARALLEL)

    def naive(_number: int) -> bool:
        with transaction.atomic():
            token = RefreshToken.objects.get(digest=token_digest(secret))
            everybody_has_read.wait(20)
            if token.used_at is not None:
                return False
            RefreshToken.objects.filter(pk=token.pk).update(used_at=DbNow())
            return True

    assert sum(in_parallel(naive)) > 1


def test_exactly_one_of_twenty_parallel_refreshes_wins() -> None:
    user = UserFactory()
    secret = session_of(user).refresh

    def refresh(_number: int) -> int:
        return APIClient().post("/api/auth/refresh", {"refresh": secret}).status_code

    assert sorted(in_parallel(refresh)) == [200] + [401] * (PARALLEL - 1)
    assert AuthSession.objects.get().revoke_reason == "refresh_reused"
    assert RefreshToken.objects.count() == 2


def test_parallel_registrations_of_one_address_make_one_account() -> None:
    body = {"email": "ana@example.org", "password": PASSWORD, "full_name": "Ana"}

    def register(_number: int) -> tuple[int, Any]:
        answer = APIClient().post("/api/register", body)
        return answer.status_code, answer.json()

    answers = in_parallel(register, 10)
    assert [status for status, _body in answers] == [201] * 10
    assert all(body == answers[0][1] for _status, body in answers)
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    assert OutboxEvent.objects.filter(type="accounts.UserRegistered").count() == 1
    token = verification_token(user)
    assert APIClient().post("/api/auth/verify-email", {"token": token}).status_code == 204


def test_one_of_parallel_uses_of_a_reset_link_gets_through() -> None:
    user = UserFactory()
    APIClient().post("/api/auth/password/reset", {"email": user.email})
    token = reset_token(user)

    def use(number: int) -> bool:
        try:
            with entry():
                reset_password(token=token, new_password=f"passphrase number {number}", origin=ORIGIN)
        except DomainError:
            return False
        return True

    assert sum(in_parallel(use, 8)) == 1


def test_parallel_requests_for_a_link_end_with_one_that_works() -> None:
    user = UserFactory()

    def ask(_number: int) -> int:
        return APIClient().post("/api/auth/password/reset", {"email": user.email}).status_code

    assert in_parallel(ask, 5) == [202] * 5
    assert MailLink.objects.count() == 1
    body = {"token": reset_token(user), "new_password": "another fine passphrase"}
    assert APIClient().post("/api/auth/password/reset/confirm", body).status_code == 204


def test_a_sign_in_with_the_old_password_is_dead_once_the_password_changed() -> None:
    """The proof was read before the change and the session begun after it."""
    user = UserFactory()
    proved = User.objects.get(pk=user.pk)
    with entry():
        change_password(acting_user=user, current_password=PASSWORD, new_password="a new passphrase", origin=ORIGIN)
    with entry():
        pair = start_session(user=proved, origin=ORIGIN)
    answer = APIClient().get("/api/me", HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    assert answer.status_code == 401
    with entry():
        assert refresh_session(refresh=pair.refresh, origin=ORIGIN) is None


def test_two_administrators_cannot_remove_each_other_at_once() -> None:
    first, second = UserFactory(admin=True), UserFactory(admin=True)

    def remove(number: int) -> bool:
        acting, other = (first, second) if number == 0 else (second, first)
        try:
            with entry():
                deactivate_person(user_id=other.pk, acting_user=acting)
        except DomainError:
            return False
        return True

    assert sorted(in_parallel(remove, 2)) == [False, True]
    assert User.objects.filter(role="admin", is_active=True).count() == 1
