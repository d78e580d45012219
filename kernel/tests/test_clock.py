"""Time: the database's clock, and days that end in somebody's time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import DbNow, day_deadline, days_from, local_date, now
from kernel.models import JournalStream
from kernel.testing.plugin import Clock

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Niue"]
)


@pytest.mark.django_db
def test_now_is_the_databases_moment_and_not_the_transactions_start() -> None:
    first, second = now(), now()
    assert second > first
    assert first.utcoffset() == timedelta(0)


@pytest.mark.django_db
def test_now_in_python_and_in_sql_follow_one_knob(clock: Clock) -> None:
    before = now()
    clock.advance(timedelta(days=400))
    JournalStream.objects.create(kind="dispute", last_at=before + timedelta(days=399))
    assert JournalStream.objects.filter(last_at__lt=DbNow()).count() == 1
    assert JournalStream.objects.filter(last_at__lt=DbNow() - timedelta(days=2)).count() == 0
    assert now() - before >= timedelta(days=400)


@pytest.mark.django_db
def test_migrations_clock_is_the_servers_own() -> None:
    from importlib import import_module

    (operation,) = import_module("kernel.migrations.0001_clock").Migration.operations
    with connection.cursor() as cursor:
        cursor.execute(operation.sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        cursor.execute("SELECT kernel_now() - clock_timestamp()")
        assert abs(cursor.fetchone()[0]) < timedelta(seconds=1)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("day", "zone", "ends_at"),
    [
        (date(2026, 3, 1), "UTC", datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)),
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)),  # clocks went forward
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 1, 1), "Pacific/Kiritimati", datetime(2026, 1, 1, 9, 59, 59, tzinfo=UTC)),
        (date(2026, 1, 1), "Pacific/Niue", datetime(2026, 1, 2, 10, 59, 59, tzinfo=UTC)),
    ],
)
def test_day_deadline_is_the_last_second_there(day: date, zone: str, ends_at: datetime) -> None:
    assert day_deadline(day, zone) == ends_at


@pytest.mark.unit
def test_day_deadline_of_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        day_deadline(date(2026, 1, 1), "Mars/Olympus")


@pytest.mark.unit
@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(0, 400), ZONES)
def test_days_from_ends_that_many_calendar_days_later(moment: datetime, days: int, zone: str) -> None:
    end = days_from(moment, days, zone)
    assert local_date(end, zone) == local_date(moment, zone) + timedelta(days=days)
    assert (end.astimezone(ZoneInfo(zone)).hour, end.astimezone(ZoneInfo(zone)).second) == (23, 59)
    assert end + timedelta(seconds=1) > moment
    assert local_date(end + timedelta(seconds=1), zone) == local_date(end, zone) + timedelta(days=1)
