"""Dates, times, sums and numbers as people of a language write them (CLDR). Mails and pages say them alike."""

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta, get_timezone_name
from babel.numbers import format_decimal
from django.utils.translation import gettext as _

from kernel.money import Money


def moment_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """Day, time and the zone they are in, for example “5 de diciembre de 2026, 23:59 (hora de Europa central)”."""
    local = moment.astimezone(_zone(timezone))
    return _("%(date)s, %(time)s (%(zone)s)") % {
        "date": format_date(local.date(), "long", locale=locale),
        "time": format_time(local, "short", locale=locale),
        "zone": zone_text(local, locale=locale, timezone=timezone),
    }


def short_moment_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """Day and time without the zone, for what happened and is in nobody's way: “5 dic 2026, 23:59”."""
    local = moment.astimezone(_zone(timezone))
    day, clock = format_date(local.date(), "medium", locale=locale), format_time(local, "short", locale=locale)
    return f"{day}, {clock}"


def day_text(moment: date | datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """The day in words: “5 de diciembre de 2026”. A moment is the day it is in the zone; a date is that day anywhere."""
    day = moment.astimezone(_zone(timezone)).date() if isinstance(moment, datetime) else moment
    return format_date(day, "long", locale=locale)


def clock_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """The time of day: “23:59”, “11:59 PM”."""
    return format_time(moment.astimezone(_zone(timezone)), "short", locale=locale)


def distance_text(distance: timedelta, *, locale: str) -> str:
    """How far a moment lies from now: “in 3 days”, “hace 2 horas”. One unit, rounded."""
    return format_timedelta(distance, add_direction=True, threshold=1.1, locale=locale)


def zone_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """The zone's name as people say it: “Central European Time”, “hora de Europa central”."""
    return get_timezone_name(moment.astimezone(_zone(timezone)), width="long", locale=locale)


def money_text(money: Money, *, locale: str) -> str:
    """The amount with its currency: “€1,200.00”, “1200,00 €”."""
    return money.format(locale)


def number_text(number: int | float | Decimal, *, locale: str) -> str:
    return format_decimal(number, locale=locale)


def _zone(timezone: str | tzinfo) -> tzinfo:
    return ZoneInfo(timezone) if isinstance(timezone, str) else timezone
