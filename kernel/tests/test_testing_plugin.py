"""The test machinery itself: clones, the clock, and that journal-like tables survive transactional tests."""

from datetime import timedelta

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from kernel import clock as kernel_clock
from kernel.testing.plugin import Clock


@pytest.mark.django_db
def test_clock_advance_moves_kernel_now(clock: Clock) -> None:
    before = kernel_clock.now()

    clock.advance(timedelta(days=3))

    assert timedelta(days=3) <= kernel_clock.now() - before < timedelta(days=3, minutes=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_transactional_test_begins_with_what_migrations_left(turn: int, clock: Clock) -> None:
    assert not ContentType.objects.filter(app_label="leftover").exists()
    assert ContentType.objects.filter(app_label="contenttypes").exists()
    assert abs(clock.now() - kernel_clock.now()) < timedelta(minutes=1)

    with transaction.atomic():
        ContentType.objects.create(app_label="leftover", model=f"turn{turn}")
    clock.advance(timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE refuses (id int)")
        cursor.execute("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'")
        cursor.execute("CREATE TRIGGER t BEFORE TRUNCATE ON refuses EXECUTE FUNCTION refuse()")


@pytest.mark.django_db
def test_rolled_back_test_shows_nothing_to_others(other_connection: "psycopg.Connection") -> None:
    ContentType.objects.create(app_label="unseen", model="unseen")

    found = other_connection.execute("SELECT count(*) FROM django_content_type WHERE app_label = 'unseen'").fetchone()

    assert found == (0,)
