"""Keeping values, as compactly as they allow, for the forms that need every one of them.

`add` returns None for a row that was used, else why it was left out and the cell that shows it.
"""

from array import array
from collections.abc import Mapping as Members
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure.cells import VALUE_SCALE, Reader, missing
from openquality_validator.measure.days import OUTSIDE, Days, Refused
from openquality_validator.measure.mapping import Mapping
from openquality_validator.message import message

_MICROSECOND: Final = timedelta(microseconds=1)


class Durations:
    """Keep durations as whole numbers: days, or microseconds, or billionths of the value's unit."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        self.days = days
        self._reader = reader
        cohort = mapping.qualifier("cohort") or {}
        by_cohort = "start" if cohort.get("code") == "opened" else "end"
        self._basis = "date" if "date" in mapping.columns else by_cohort
        self._needed = tuple(mapping.columns)
        self._working = mapping.working_time
        self.values = array("q")
        if mapping.unit is not None:
            self.unit, self.scale = mapping.unit, VALUE_SCALE
        elif reader.timed("start", "end"):
            self.unit, self.scale = "s", 10**6
            if len(reader.zoned("start", "end")) > 1:
                raise UnusableData(
                    "M003",
                    message("One of start and end has an offset from UTC and the other has none."),
                    message("Export both alike: their difference is unknown otherwise."),
                )
        else:
            self.unit, self.scale = "d", 1
            if self._working is not None and self._working.has_hours:
                raise UnusableData(
                    "M003",
                    message("Working hours are stated, and start and end hold no time of day."),
                    message("Map columns with times, or state the working days alone."),
                )

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one event with its start and end, or its duration."""
        empty = missing(cells, self._needed)
        if empty is not None:
            return f"{self._reader.columns[empty]}: empty", ""
        if "value" in cells:
            value = self._reader.scaled("value", cells["value"], number)
            shown = cells["value"]
        else:
            start = self._reader.moment("start", cells["start"], number)
            end = self._reader.moment("end", cells["end"], number)
            value = self._between(start, end)
            shown = f"{cells['start']} to {cells['end']}"
        basis = None
        if self._basis in cells:
            basis = self._reader.moment(self._basis, cells[self._basis], number)
            if not self.days.within(basis):
                return OUTSIDE
        if value < 0:
            return message("negative duration"), shown
        if basis is not None:
            self.days.note(basis)
        self.values.append(value)
        return None

    def _between(self, start: datetime, end: datetime) -> int:
        """Return the time from start to end in the unit's parts; negative if they are reversed."""
        if self.unit == "d":
            calendar = end.toordinal() - start.toordinal()
        else:
            calendar = (end - start) // _MICROSECOND
        if self._working is None or calendar < 0:
            return calendar
        if self.unit == "d":
            return self._working.days_between(start, end)
        # By the clock that each column was written by: that is the one on the wall.
        return self._working.microseconds_before(end) - self._working.microseconds_before(start)

    def amount(self, value: int) -> Decimal:
        """Return a kept value in `unit`."""
        return Decimal(value) / self.scale


class Samples:
    """Keep measured values with their order and subgroup."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        self.days = days
        self._reader = reader
        self._needed = tuple(mapping.columns)
        self.values = array("d")
        self.order: list[Decimal] = []
        self.subgroups: list[str] = []

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one reading."""
        empty = missing(cells, self._needed)
        if empty is not None:
            return f"{self._reader.columns[empty]}: empty", ""
        value = self._reader.number("value", cells["value"], number)
        if "date" in cells:
            moment = self._reader.moment("date", cells["date"], number)
            if not self.days.within(moment):
                return OUTSIDE
            self.days.note(moment)
        self.values.append(float(value))
        if "order" in cells:
            self.order.append(self._reader.number("order", cells["order"], number))
        if "subgroup" in cells:
            self.subgroups.append(cells["subgroup"])
        return None
