"""Counting rows into a numerator and a denominator: nothing is kept but the counts.

`add` returns None for a row that was used, else why it was left out and the cell that shows it.
"""

from collections.abc import Mapping as Members
from datetime import datetime, timedelta

from openquality_validator.errors import UnusableData
from openquality_validator.measure.cells import Reader, missing
from openquality_validator.measure.days import OUTSIDE, Days, Refused
from openquality_validator.measure.mapping import Mapping
from openquality_validator.message import message


class OnTime:
    """Count deliveries, and those within the limits around the due date.

    Whole calendar days as written in the table; limits in days, None for no limit. With
    `open_is_late`, a line without a delivery counts as late once its last day lies in the period.
    """

    def __init__(
        self,
        reader: Reader,
        days: Days,
        *,
        early: int | None,
        late: int,
        open_is_late: bool,
    ) -> None:
        self.days = days
        self._reader = reader
        self._early = early
        self._late = late
        self._open_is_late = open_is_late
        self._in_full = "ordered" in reader.columns
        self.numerator = 0
        self.denominator = 0

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one line of a delivery history."""
        needed = ("due",) if self._open_is_late else ("due", "event")
        empty = missing(cells, (*needed, "ordered", "received") if self._in_full else needed)
        if empty is not None and not (empty == "received" and not cells["event"]):
            return f"{self._reader.columns[empty]}: empty", ""
        due = self._reader.moment("due", cells["due"], number)
        if not cells["event"]:
            return self._add_open(due)
        event = self._reader.moment("event", cells["event"], number)
        in_full = not self._in_full or self._reader.number(
            "received", cells["received"], number
        ) >= self._reader.number("ordered", cells["ordered"], number)
        basis = due if self._open_is_late else event
        if not self.days.within(basis):
            return OUTSIDE
        self.days.note(basis)
        lateness = event.toordinal() - due.toordinal()
        within = lateness <= self._late and (self._early is None or lateness >= -self._early)
        self._count(basis, int(within and in_full))
        return None

    def _add_open(self, due: datetime) -> Refused:
        if self.days.asked is None:
            raise UnusableData(
                "M009",
                message(
                    "There are lines without a delivery, and no period whose end tells which are "
                    "late."
                ),
                message(
                    "State the period (`--from` and `--to`): a line is late when its last day "
                    "lies in it."
                ),
            )
        if not self.days.within(due):
            return OUTSIDE
        if due.date() + timedelta(days=self._late) > self.days.asked[1]:
            return message(
                "not delivered, and not yet late at the end of the period"
            ), f"{due:%Y-%m-%d}"
        self.days.note(due)
        self._count(due, 0)
        return None

    def _count(self, basis: datetime, on_time: int) -> None:
        self.numerator += on_time
        self.denominator += 1
        self.days.count(basis, on_time, 1)


class Share:
    """Sum a numerator and a denominator, for each step if the mapping names steps."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        self.days = days
        self._reader = reader
        self._needed = tuple(mapping.columns)
        self.steps: dict[str, tuple[int, int]] = {}

    @property
    def numerator(self) -> int:
        """The sum over all steps."""
        return sum(each for each, _ in self.steps.values())

    @property
    def denominator(self) -> int:
        """The sum over all steps."""
        return sum(each for _, each in self.steps.values())

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one unit with its outcome, or one lot with its counts."""
        empty = missing(cells, self._needed)
        if empty is not None:
            return f"{self._reader.columns[empty]}: empty", ""
        some, out_of = self._counts(cells, number)
        if out_of == 0:
            return f"{self._reader.columns['denominator']}: zero", cells["denominator"]
        if "date" in cells:
            moment = self._reader.moment("date", cells["date"], number)
            if not self.days.within(moment):
                return OUTSIDE
            self.days.note(moment)
            self.days.count(moment, some, out_of)
        before = self.steps.get(cells.get("step", ""), (0, 0))
        self.steps[cells.get("step", "")] = (before[0] + some, before[1] + out_of)
        return None

    def _counts(self, cells: Members[str, str], number: int) -> tuple[int, int]:
        if "outcome" not in cells:
            some = self._reader.count("numerator", cells["numerator"], number)
            out_of = self._reader.count("denominator", cells["denominator"], number)
            if some > out_of:
                raise UnusableData(
                    "M010",
                    message(
                        "Row {number}: {some} of {out_of} is more than all.",
                        number=number,
                        some=some,
                        out_of=out_of,
                    ),
                    message("Check which column is the part and which the whole."),
                )
            return some, out_of
        return int(self._reader.counted(cells["outcome"], number)), 1
