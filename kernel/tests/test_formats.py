"""Dates, times, sums and numbers as the reader writes them, in Python and in templates."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template

from kernel import clock
from kernel.money import Money, MoneyError
from kernel.readers import as_read_by

pytestmark = pytest.mark.unit

MOMENT = datetime(2026, 12, 5, 22, 59, tzinfo=UTC)  # the 6th in Tokyo
VALUES = {"at": MOMENT, "due": date(2026, 12, 5), "sum": Money(Decimal("1200"), "EUR"), "none": None, "count": 1234567}


def written(source: str, language: str = "en", zone: str = "Europe/Madrid") -> str:
    with as_read_by(language, zone):
        return (
            Template("{% load reading %}" + source)
            .render(Context(VALUES))
            .replace("\u00a0", " ")
            .replace("\u202f", " ")
        )


@pytest.mark.parametrize(
    ("source", "english", "spanish"),
    [
        ("{{ sum|money }}", "€1,200.00", "1.200,00 €"),
        ("{{ sum.as_json|money }}", "€1,200.00", "1.200,00 €"),
        ("{{ none|money }}{{ missing|money }}{{ none|number }}", "", ""),
        ("{{ count|number }}", "1,234,567", "1.234.567"),
        ("{% day due %}", "5 December 2026", "5 de diciembre de 2026"),
        ("{% day at %}", "5 December 2026", "5 de diciembre de 2026"),
        ("{% hour at %}", "23:59", "23:59"),
        ("{% when at %}", "5 Dec 2026, 23:59", "5 dic 2026, 23:59"),
        (
            "{% moment at %}",
            "5 December 2026, 23:59 (Central European Standard Time)",
            "5 de diciembre de 2026, 23:59 (hora estándar de Europa central)",
        ),
        ("{% moment none %}{% away none %}", "", ""),
    ],
)
def test_in_the_readers_language(source: str, english: str, spanish: str) -> None:
    def text(language: str) -> str:
        found = written(source, language)
        return found.partition(">")[2].removesuffix("</time>") if found.startswith("<time") else found

    assert text("en") == english
    assert text("es") == spanish


def test_in_the_readers_zone_or_in_the_one_that_is_named() -> None:
    assert "6 December 2026" in written("{% day at %}", zone="Asia/Tokyo")
    assert "5 December 2026" in written("{% day due %}", zone="Asia/Tokyo")  # a date is that day anywhere
    assert "7:59 am (Japan Standard Time)" in written('{% moment at "Asia/Tokyo" %}')
    assert written("{% hour at %}").startswith('<time datetime="2026-12-05T22:59:00+00:00">')


@pytest.mark.parametrize(
    ("language", "zone", "as_it_is_written"),
    [
        ("en", "America/New_York", "Dec 5, 2026, 5:59 PM"),
        ("en", "America/Toronto", "Dec 5, 2026, 5:59 p.m."),
        ("en", "Europe/London", "5 Dec 2026, 22:59"),
        ("en", "UTC", "5 Dec 2026, 10:59 pm"),
        ("es", "America/Mexico_City", "5 dic 2026, 4:59 p.m."),
        ("es", "UTC", "5 dic 2026, 22:59"),
    ],
)
def test_times_follow_the_region_of_the_zone(language: str, zone: str, as_it_is_written: str) -> None:
    assert f">{as_it_is_written}<" in written("{% when at %}", language, zone)


@pytest.mark.parametrize(
    ("distance", "english", "spanish"),
    [
        (timedelta(days=3, minutes=5), "in 3 days", "dentro de 3 días"),
        (timedelta(hours=-2, minutes=-1), "2 hours ago", "hace 2 horas"),
    ],
)
def test_how_far_away(distance: timedelta, english: str, spanish: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MOMENT - distance)
    assert f">{english}<" in written("{% away at %}")
    assert f">{spanish}<" in written("{% away at %}", "es")


def test_a_sum_that_is_none_is_refused() -> None:
    with pytest.raises(MoneyError):
        written("{{ count|money }}")
