"""The database engine: connections that died in the pool."""

import select
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections

from kernel.postgresql.base import DatabaseWrapper, is_cut

pytestmark = pytest.mark.django_db(transaction=True)
WHO = "SELECT pg_backend_pid()"


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    """As in a web process: one connection, kept in a pool between requests."""
    settings = connections["default"].settings_dict
    options = {**settings["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
    wrapper = DatabaseWrapper(
        {**settings, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}, alias="pooled"
    )
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute(WHO)
        (pid,) = cursor.fetchone()
    return int(pid)


def ask(wrapper: DatabaseWrapper) -> int:
    """What a request does: one question, then the connection goes back."""
    pid = backend(wrapper)
    wrapper.close()
    return pid


def end(pid: int, other: "psycopg.Connection[tuple[object, ...]]") -> None:
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_connection_is_used_again_while_it_lives(pooled: DatabaseWrapper) -> None:
    assert ask(pooled) == ask(pooled)


def test_connection_the_server_has_ended_is_replaced_and_nobody_notices(
    pooled: DatabaseWrapper, other_connection: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    first = ask(pooled)
    end(first, other_connection)

    assert ask(pooled) != first


def test_connection_kept_by_a_thread_is_looked_at_once_a_request_without_asking_the_server(
    other_connection: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    settings = connections["default"].settings_dict
    kept = DatabaseWrapper({**settings, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}, alias="kept")
    try:
        first = backend(kept)
        kept.close_if_unusable_or_obsolete()  # as at the beginning of a request
        asked: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            asked.append(sql)
            return execute(sql, params, many, context)

        with kept.execute_wrapper(note):
            assert backend(kept) == first
        assert asked == [WHO]
        end(first, other_connection)
        kept.close_if_unusable_or_obsolete()
        assert backend(kept) != first
    finally:
        kept.close()


def test_notice_from_the_server_is_no_farewell(
    pooled: DatabaseWrapper, other_connection: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    with pooled.cursor() as cursor:
        cursor.execute("LISTEN accord_test")
    other_connection.execute("NOTIFY accord_test")
    readable, _, _ = select.select([pooled.connection.fileno()], [], [], 20)

    assert readable
    assert not is_cut(pooled.connection)
