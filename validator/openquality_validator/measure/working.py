"""Working time: which days, and which hours of them, a clock of working days counts.

The mapping's member `workingTime`:

    {"days": ["mon", "tue", "wed", "thu", "fri"],     days of the week that count
     "holidays": ["2026-01-01"],                      days that do not
     "from": "08:00", "until": "17:00"}               hours of a day, where times are measured
"""

import re
from bisect import bisect_left
from collections.abc import Mapping as Members
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from openquality_validator.errors import UnusableData
from openquality_validator.message import message

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_HOLIDAYS: Final = 1000  # of somebody's mapping: twenty years of fifty
DAY: Final = 24 * 60  # minutes
_MICROSECONDS: Final = 60 * 10**6  # in a minute
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_MEMBERS: Final = frozenset({"days", "holidays", "from", "until"})


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Hold the days of the week that count (0 is Monday), the holidays, and minutes of a day."""

    days: tuple[int, ...]
    holidays: tuple[date, ...] = ()
    opens: int = 0
    closes: int = DAY

    @property
    def has_hours(self) -> bool:
        """Tell whether only some hours of a day count."""
        return (self.opens, self.closes) != (0, DAY)

    def days_between(self, start: date, end: date) -> int:
        """Count the working days after the start, up to the end and with it."""
        return self._before(end.toordinal() + 1) - self._before(start.toordinal() + 1)

    def microseconds_before(self, moment: datetime) -> int:
        """Return the working time before a moment of a local clock."""
        day = moment.date()
        whole = self._before(day.toordinal()) * (self.closes - self.opens) * _MICROSECONDS
        if day.weekday() not in self.days or day in self.holidays:
            return whole
        seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
        clock = seconds * 10**6 + moment.microsecond
        opens, closes = self.opens * _MICROSECONDS, self.closes * _MICROSECONDS
        return whole + min(max(clock, opens), closes) - opens

    def _before(self, ordinal: int) -> int:
        """Count the working days before a day of this number; day 1 of the calendar is a Monday."""
        weeks, rest = divmod(ordinal - 1, len(WEEK))
        counted = weeks * len(self.days) + sum(each < rest for each in self.days)
        return counted - bisect_left(self.holidays, ordinal, key=date.toordinal)

    @classmethod
    def from_json(cls, value: Members[str, Any]) -> "WorkingTime":
        """Read the member, or raise UnusableData M002."""
        try:
            days = tuple(sorted({WEEK.index(each) for each in value["days"]}))
            holidays = tuple(sorted({date.fromisoformat(x) for x in value.get("holidays", [])}))
            opens, closes = (
                _minutes(value.get(name, text))
                for name, text in (("from", "00:00"), ("until", "24:00"))
            )
        except (KeyError, ValueError, TypeError, AttributeError):
            raise _malformed() from None
        if not set(value) <= _MEMBERS or not days or opens >= closes:
            raise _malformed()
        if len(holidays) > MOST_HOLIDAYS:
            raise _malformed()
        # A holiday on a day that does not count anyway takes nothing away.
        return cls(days, tuple(x for x in holidays if x.weekday() in days), opens, closes)

    def to_json(self) -> dict[str, Any]:
        """Write the member; reading it back gives an equal value."""
        members: dict[str, Any] = {"days": [WEEK[each] for each in self.days]}
        if self.holidays:
            members["holidays"] = [each.isoformat() for each in self.holidays]
        if self.has_hours:
            members |= {"from": _clock(self.opens), "until": _clock(self.closes)}
        return members


def _minutes(text: str) -> int:
    if _CLOCK.fullmatch(text) is None:
        raise ValueError(text)
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _malformed() -> UnusableData:
    return UnusableData(
        "M002",
        message("The mapping's member `workingTime` does not say which time counts."),
        message(
            "It holds `days` out of {week}, and may hold `holidays` as 2026-01-01 (at most "
            "{most_holidays}) and the hours `from` 08:00 `until` 17:00.",
            week=" ".join(WEEK),
            most_holidays=MOST_HOLIDAYS,
        ),
    )
