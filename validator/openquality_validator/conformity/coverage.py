"""Which days were measured, and where a gap lies. Nothing is ever filled in between two periods.

    hole   half a window or more of days between two measured periods that nothing measures
    late   nothing is measured behind the last period, and its successor is overdue

The days of a window are due when a further window has passed, at the latest 30 days after its end.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

GRACE = 30  # days after a window in which its data are due, if the window itself is not shorter
_LONGEST = 10  # in the hundred: months of 28 to 31 days measure a window of 30
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Hold the measured spans of a schedule from its first day to its last, in windows of days.

    `spans` are in order, with half a window or more between two of them. The first stands for the
    day before `begins`, so that a hole at the beginning is one too.
    """

    window: int
    begins: dt.date
    ends: dt.date | None
    spans: tuple[tuple[dt.date, dt.date], ...]

    @classmethod
    def of(
        cls,
        periods: Iterable[tuple[dt.date, dt.date]],
        *,
        window: int,
        begins: dt.date,
        ends: dt.date | None,
    ) -> "Coverage":
        """Build it from periods in any order."""
        eve = begins - _DAY
        empty = cls(window, begins, ends, ((eve, eve),))
        return empty._merged([*empty.spans, *(each for each in periods if empty.meets(*each))])

    @property
    def grace(self) -> int:
        """How many days after a window its data are due."""
        return min(self.window, GRACE)

    @property
    def over(self) -> dt.date | None:
        """The first day on which nothing is expected any more, if the schedule ends."""
        return None if self.ends is None else self._overdue(self.ends)

    def fits(self, days: int) -> bool:
        """Say whether a period is about as long as the window: what it measures is promised."""
        return abs(days - self.window) * 100 <= self.window * _LONGEST

    def counts(self, days: int) -> bool:
        """Say whether a period is data of this schedule: over a longer one a bad window hides."""
        return days <= self.window or self.fits(days)

    def add(self, start: dt.date, end: dt.date) -> "Coverage":
        """Add one measured period."""
        return self._merged([*self.spans, (start, end)]) if self.meets(start, end) else self

    def meets(self, start: dt.date, end: dt.date) -> bool:
        """Say whether a period has a day on which data are expected."""
        return end >= self.begins and (self.ends is None or start <= self.ends)

    def gaps(self, day: dt.date) -> Iterator[tuple[dt.date, dt.date | None]]:
        """Yield the first day of each gap on a day, with the last one where it is a hole."""
        for (_, before), (after, _) in pairwise(self.spans):
            yield before + _DAY, after - _DAY
        late = self.late
        if late is not None and day >= late:
            yield self.spans[-1][1] + _DAY, None

    @property
    def late(self) -> dt.date | None:
        """The first day on which what follows the last period is overdue, if anything follows."""
        reached = self.spans[-1][1]
        if self.ends is not None and 2 * (self.ends - reached).days < self.window:
            return None
        return self._overdue(reached + dt.timedelta(days=self.window))

    def due(self, day: dt.date) -> dt.date | None:
        """Return the next day after `day` on which something changes without any data."""
        days = [each for each in (self.late, self.over) if each is not None and each > day]
        return min(days, default=None)

    def to_json(self) -> list[Any]:
        """Write its spans as a list; the rest follows from the schedule."""
        return [[start.isoformat(), end.isoformat()] for start, end in self.spans]

    def read(self, said: Sequence[Any]) -> "Coverage":
        """Return it with the spans that `to_json` wrote."""
        days = dt.date.fromisoformat
        return replace(self, spans=tuple((days(start), days(end)) for start, end in said))

    def _overdue(self, last: dt.date) -> dt.date:
        return last + dt.timedelta(days=self.grace + 1)

    def _merged(self, spans: Iterable[tuple[dt.date, dt.date]]) -> "Coverage":
        merged: list[tuple[dt.date, dt.date]] = []
        for start, end in sorted(spans):
            if merged and 2 * ((start - merged[-1][1]).days - 1) < self.window:
                first, reached = merged[-1]
                merged[-1] = (first, max(reached, end))
            else:
                merged.append((start, end))
        return replace(self, spans=tuple(merged))
