"""Dates and money as the reader writes them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency
from django.utils.translation import gettext as _

from kernel.money import Money


def moment_text(moment: datetime, *, locale: str, timezone: str) -> str:
    """Day, time and the zone they are in, for example “5 de diciembre de 2026, 23:59 (hora de Europa central)”."""
    local = moment.astimezone(ZoneInfo(timezone))
    return _("%(date)s, %(time)s (%(zone)s)") % {
        "date": format_date(local.date(), "long", locale=locale),
        "time": format_time(local, "short", locale=locale),
        "zone": get_timezone_name(local, width="long", locale=locale),
    }


def money_text(money: Money, *, locale: str) -> str:
    """The amount with its currency."""
    return format_currency(money.amount, money.currency, locale=locale)
