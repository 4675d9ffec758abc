"""The period of a measurement: the one that was asked for, or the span of the rows used."""

from datetime import date, datetime
from typing import Final

from openquality_validator.errors import UnusableData
from openquality_validator.message import message

Refused = tuple[str, str] | None  # why a row was left out and the cell that shows it; None if used
OUTSIDE: Final = (message("outside the period"), "")


class Days:
    """Hold the asked period, if any, the span of the rows that were used, and what each month had.

    `months` is by year and month: what the kind of rows adds up, such as the part that counts and
    what it is out of.
    """

    def __init__(self, period: tuple[date, date] | None) -> None:
        self.asked = period
        self.months: dict[tuple[int, int], list[int]] = {}
        self._first: date | None = None
        self._last: date | None = None

    def within(self, moment: datetime) -> bool:
        """Tell whether a moment lies within the asked period, both ends included."""
        return self.asked is None or self.asked[0] <= moment.date() <= self.asked[1]

    def note(self, moment: datetime) -> None:
        """Widen the span to the day of a row that is used."""
        day = moment.date()
        self._first = day if self._first is None else min(self._first, day)
        self._last = day if self._last is None else max(self._last, day)

    def count(self, moment: datetime, *added: int) -> None:
        """Add to the month of a row that is used, always as many numbers."""
        month = moment.year, moment.month
        held = self.months.get(month)
        if held is None:
            self.months[month] = list(added)
            return
        for place, number in enumerate(added):
            held[place] += number

    def span(self) -> tuple[date, date]:
        """Return the asked period, else the days seen; raises UnusableData M009 without either."""
        if self.asked is not None:
            return self.asked
        if self._first is None or self._last is None:
            raise UnusableData(
                "M009",
                message("No column tells when the rows happened, and no period is stated."),
                message(
                    "State the period (`--from` and `--to`), or map a date column (`--column "
                    "date=COLUMN`)."
                ),
            )
        return self._first, self._last
