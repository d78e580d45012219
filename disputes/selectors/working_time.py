"""When people work: the hours in which a person who was asked for is to answer, in the time zone of the dispute."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST_SEARCH = 3 * 366  # days: nobody has three years of holidays


@dataclass(frozen=True)
class WorkingTime:
    """Days of the week (0 is Monday) from `opens` to `closes`, but for holidays. `closes` 00:00 is the end of the day."""

    days: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date]

    def after(self, start: datetime, hours: float, timezone: str) -> datetime:
        """The moment when so many working hours have passed since `start`, in UTC. Raises ValueError where nobody ever works."""
        left = timedelta(hours=hours)
        for begin, end in self._spans(start, ZoneInfo(timezone)):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise ValueError("These working days never hold so many hours.")

    def _spans(self, start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Working spans from `start` on, in UTC: hours are hours also on the days when clocks change."""
        first = start.astimezone(zone).date()
        for offset in range(LONGEST_SEARCH):
            day = first + timedelta(days=offset)
            if day.weekday() not in self.days or day in self.holidays:
                continue
            end_day = day + timedelta(days=1) if self.closes <= self.opens else day
            begin = datetime.combine(day, self.opens, zone).astimezone(UTC)
            end = datetime.combine(end_day, self.closes, zone).astimezone(UTC)
            if end > start:
                yield max(begin, start.astimezone(UTC)), end


def working_time() -> WorkingTime:
    """As the deployment has set it."""
    opens, closes = settings.DISPUTES_WORKING_HOURS
    return WorkingTime(
        days=frozenset(settings.DISPUTES_WORKING_DAYS),
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        holidays=frozenset(date.fromisoformat(day) for day in settings.DISPUTES_HOLIDAYS),
    )


def human_due(start: datetime, timezone: str) -> datetime:
    """By when a person answers who was asked for at `start`, in a dispute of that time zone."""
    return working_time().after(start, settings.DISPUTES_HUMAN_HOURS, timezone)


def working_time_in_words() -> str:
    """What the parties are told of it; empty where people answer at any time."""
    opens, closes = settings.DISPUTES_WORKING_HOURS
    days = sorted(set(settings.DISPUTES_WORKING_DAYS))
    if (opens, closes) == ("00:00", "00:00") and len(days) == 7:
        return ""
    facts = {"hours": settings.DISPUTES_HUMAN_HOURS, "opens": opens, "closes": closes}
    if days == [0, 1, 2, 3, 4]:
        return _("Within %(hours)d working hours: Monday to Friday, %(opens)s to %(closes)s, without holidays.") % facts
    return _("Within %(hours)d working hours: on working days, %(opens)s to %(closes)s, without holidays.") % facts
