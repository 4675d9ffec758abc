"""Time up and time down: from a log of outages within a period, or from columns of both.

`add` returns None for a row that was used, else why it was left out and the cell that shows it.
"""

from collections.abc import Mapping as Members
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure.cells import VALUE_SCALE, Reader
from openquality_validator.measure.days import OUTSIDE, Days, Refused
from openquality_validator.measure.mapping import Mapping
from openquality_validator.measure.sums import Sums
from openquality_validator.message import message

_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 10**6  # microseconds


class Outages:
    """Keep outages from start to end, cut to the period; all other time of it was up.

    Overlapping and touching ones are one. An outage without an end lasts to that of the period,
    whose days are those of UTC where the times have an offset.
    """

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        del mapping  # a log of outages needs nothing more of it
        if not reader.timed("start", "end") or len(reader.zoned("start", "end")) > 1:
            raise UnusableData(
                "M003",
                message(
                    "The start and end of an outage are moments, both with an offset from UTC or "
                    "none."
                ),
                message(
                    "Map columns with times of day, both alike, and state their shape "
                    "(`--date-format`): `%Y-%m-%d %H:%M`, with `%z` for an offset."
                ),
            )
        if days.asked is None:
            raise UnusableData(
                "M009",
                message("A log of outages does not tell over which time it was kept."),
                message(
                    "State the period (`--from` and `--to`): all of it that is no outage counts "
                    "as up."
                ),
            )
        self.days = days
        self.unit = "s"
        self._reader = reader
        zone = UTC if reader.zoned("start") == {True} else None
        self.window = self._first, self._end = _bounds(*days.asked, zone)
        self._spans: list[tuple[datetime, datetime]] = []
        self.unended = 0

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one outage."""
        if not cells["start"]:
            return f"{self._reader.columns['start']}: empty", ""
        start = self._reader.moment("start", cells["start"], number)
        end = self._reader.moment("end", cells["end"], number) if cells["end"] else self._end
        if start >= self._end or (cells["end"] and end <= self._first and start < end):
            return OUTSIDE
        if end < start:
            return message("negative duration"), message(
                "{start} to {end}", start=cells["start"], end=cells["end"]
            )
        if end == start:
            return message("no time between start and end"), cells["start"]
        self.unended += not cells["end"]
        self._spans.append((max(start, self._first), min(end, self._end)))
        return None

    def outages(self) -> list[tuple[datetime, datetime]]:
        """Return the outages in order, cut to the period `window`; none touches another."""
        apart: list[tuple[datetime, datetime]] = []
        for start, end in sorted(self._spans):
            if apart and start <= apart[-1][1]:
                start, end = apart[-1][0], max(apart.pop()[1], end)  # noqa: PLW2901 - both are one
            apart.append((start, end))
        return apart

    def totals(self) -> tuple[Decimal, Decimal, int | None]:
        """Return the time up and down in `unit`, and the number of outages."""
        outages = self.outages()
        down = sum((end - start) // _MICROSECOND for start, end in outages)
        up = (self._end - self._first) // _MICROSECOND - down
        return Decimal(up) / _SECOND, Decimal(down) / _SECOND, len(outages)


class UpAndDown(Sums):
    """Add up columns of time up and time down, and of outages if there is one."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self._up = self._down = 0
        self._outages = 0 if "outages" in mapping.columns else None

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        up = self._reader.amount("up", cells["up"], number)
        down = self._reader.amount("down", cells["down"], number)
        self._up += up
        self._down += down
        if self._outages is not None:
            self._outages += self._reader.count("outages", cells["outages"], number)
        return up, down

    def totals(self) -> tuple[Decimal, Decimal, int | None]:
        """Return the time up and down in `unit`, and the number of outages if it is known."""
        return Decimal(self._up) / VALUE_SCALE, Decimal(self._down) / VALUE_SCALE, self._outages


def _bounds(first: date, last: date, zone: timezone | None) -> tuple[datetime, datetime]:
    """Return the start of the first day and the end of the last one."""
    if last == date.max:
        raise UnusableData(
            "M009",
            message("No calendar goes beyond {last}.", last=last),
            message("State an earlier last day."),
        )
    begin = datetime.combine(first, time(), zone)
    return begin, datetime.combine(last, time(), zone) + timedelta(days=1)
