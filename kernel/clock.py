"""Time. The database's clock is the authority: whatever is due is compared in SQL with `kernel_now()`.

`kernel_now()` is a function made by migration and equals `clock_timestamp()`; the tests replace it by one that adds an
offset, and `now()` here follows it, so that one knob moves all clocks.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func


class DbNow(Func):
    """The database's present moment as an SQL expression (not the transaction's start, as `Now()` would be)."""

    function = "kernel_now"
    template = "%(function)s()"
    output_field = DateTimeField()
    arity = 0


def now() -> datetime:
    """The database's present moment, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kernel_now()")
        value: datetime = cursor.fetchone()[0]
    return value


def day_deadline(day: date, timezone: str) -> datetime:
    """When a day-deadline ends: 23:59:59 of that day in `timezone` (domain.md, small print)."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(timezone))


def local_date(moment: datetime, timezone: str) -> date:
    """The calendar day of `moment` in `timezone`."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def days_from(moment: datetime, days: int, timezone: str) -> datetime:
    """The end of the day `days` days after `moment`, in `timezone`."""
    return day_deadline(local_date(moment, timezone) + timedelta(days=days), timezone)


def as_utc(moment: datetime) -> str:
    """RFC 3339 in UTC with Z. A naive datetime is a programming error: ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone.")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:-6] + "Z"
