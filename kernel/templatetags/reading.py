"""`{% load reading %}`: sums, numbers and times in the language and zone that are active, those of the reader (kernel.readers)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kernel import clock, formats
from kernel.money import Money

register = template.Library()


def _locale() -> str:
    return translation.get_language() or "en"


def _zone(named: str) -> Any:
    return ZoneInfo(named) if named else timezone.get_current_timezone()


@register.filter
def money(value: Money | dict[str, str] | str | None) -> str:
    """`{{ dispute.money|money }}`: €1,200.00 in English, 1200,00 € in Spanish. Nothing for no money."""
    if not value:
        return ""
    return formats.money_text(value if isinstance(value, Money) else Money.parse(value), locale=_locale())


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """`{{ count|number }}`: 12,345 or 12.345."""
    return "" if value is None else formats.number_text(value, locale=_locale())


@register.simple_tag
def moment(value: datetime | None, in_zone: str = "") -> SafeString:
    """`{% moment deadline %}`: day, time and the zone's name; for everything one has to keep to."""
    return _time(value, formats.moment_text, in_zone)


@register.simple_tag
def when(value: datetime | None, in_zone: str = "") -> SafeString:
    """`{% when message.created_at %}`: day and time, the zone left out; for what has happened."""
    return _time(value, formats.short_moment_text, in_zone)


@register.simple_tag
def hour(value: datetime | None, in_zone: str = "") -> SafeString:
    """`{% hour message.created_at %}`: the time of day only."""
    return _time(value, formats.clock_text, in_zone)


@register.simple_tag
def day(value: date | datetime | None, in_zone: str = "") -> SafeString:
    """`{% day term.due_date %}`: the day in words."""
    return _time(value, formats.day_text, in_zone)


@register.simple_tag
def away(value: datetime | None) -> SafeString:
    """`{% away deadline %}`: "in 3 days", "2 hours ago"; beside the moment itself, never in its place."""
    if not value:
        return SafeString("")
    text = formats.distance_text(value - clock.now(), locale=_locale())
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


def _time(value: Any, written: Any, in_zone: str) -> SafeString:
    if not value:
        return SafeString("")
    text = written(value, locale=_locale(), timezone=_zone(in_zone))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)
