"""Dates, times, sums and numbers as people of a language write them (CLDR). Mails and pages say them alike.

Days and times follow the region that the time zone lies in: 22 December 2026, 23:59 in Berlin is December 22, 2026, 11:59 PM in New York.
"""

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import localedata
from babel.core import get_global
from babel.dates import format_date, format_time, format_timedelta, get_timezone_name
from babel.numbers import format_decimal
from django.utils.translation import gettext as _

from kernel.money import Money

WORLD = {"en": "en_001"}  # a language by itself means one country's habits; in a zone of no country it is the world's


@lru_cache(maxsize=512)
def region_of(locale: str, timezone: str | tzinfo) -> str:
    """The language as it is written where the zone lies: `en_GB` of `en` in London, `en_001` of `en` in UTC."""
    if "-" in locale or "_" in locale:
        return locale.replace("-", "_")
    territory = get_global("zone_territories").get(str(timezone), "")
    regional = f"{locale}_{territory}"
    return regional if localedata.exists(regional) else WORLD.get(locale, locale)


def moment_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """Day, time and the zone they are in, for example “5 de diciembre de 2026, 23:59 (hora de Europa central)”."""
    local, region = moment.astimezone(_zone(timezone)), region_of(locale, timezone)
    return _("%(date)s, %(time)s (%(zone)s)") % {
        "date": format_date(local.date(), "long", locale=region),
        "time": format_time(local, "short", locale=region),
        "zone": zone_text(local, locale=locale, timezone=timezone),
    }


def short_moment_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """Day and time without the zone, for what happened and is in nobody's way: “5 dic 2026, 23:59”."""
    local, region = moment.astimezone(_zone(timezone)), region_of(locale, timezone)
    day, clock = format_date(local.date(), "medium", locale=region), format_time(local, "short", locale=region)
    return f"{day}, {clock}"


def day_text(moment: date | datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """The day in words: “5 de diciembre de 2026”. A moment is the day it is in the zone; a date is that day anywhere."""
    day = moment.astimezone(_zone(timezone)).date() if isinstance(moment, datetime) else moment
    return format_date(day, "long", locale=region_of(locale, timezone))


def clock_text(moment: datetime, *, locale: str, timezone: str | tzinfo) -> str:
    """The time of day: “23:59”, in New York “11:59 PM”."""
    return format_time(moment.astimezone(_zone(timezone)), "short", locale=region_of(locale, timezone))


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
