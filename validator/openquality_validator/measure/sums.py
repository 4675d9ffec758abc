"""Adding rows up: rates, scores, amounts and counts; nothing is kept but the sums.

`add` returns None for a row that was used, else why it was left out and the cell that shows it.
"""

from collections.abc import Mapping as Members
from decimal import Decimal
from typing import Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure.cells import VALUE_SCALE, Reader, missing
from openquality_validator.measure.days import OUTSIDE, Days, Refused
from openquality_validator.measure.mapping import Mapping
from openquality_validator.message import message

BEST: Final = 10  # of the answers 0 to 10 to "would you recommend"
PROMOTER: Final = 9
PASSIVE: Final = 7


class Sums:
    """Add up rows whose cells are all there and whose day lies in the period."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        self.days = days
        self.unit = mapping.unit
        self._reader = reader
        self._needed = tuple(mapping.columns)
        self._by_outcome = "outcome" in mapping.columns

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one row."""
        empty = missing(cells, self._needed)
        if empty is not None:
            return f"{self._reader.columns[empty]}: empty", ""
        if "date" in cells:
            moment = self._reader.moment("date", cells["date"], number)
            if not self.days.within(moment):
                return OUTSIDE
            self.days.note(moment)
            self.days.count(moment, *self._add(cells, number))
        else:
            self._add(cells, number)
        return None

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        """Add one row, and return what it adds to its month."""
        raise NotImplementedError


class Rate(Sums):
    """Count events against an exposure: a column of it, or one for each row.

    With `opportunities` the exposure is units, each with so many opportunities for a defect.
    """

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self.events = 0
        self.opportunities: int | None = None
        self._exposure = 0

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        if "opportunities" in cells:
            self._check_opportunities(cells, number)
        if self._by_outcome:
            events, exposure = int(self._reader.counted(cells["outcome"], number)), VALUE_SCALE
        else:
            events = self._reader.count("events", cells["events"], number)
            exposure = self._reader.amount("exposure", cells["exposure"], number)
        self.events += events
        self._exposure += exposure
        return events, exposure

    def _check_opportunities(self, cells: Members[str, str], number: int) -> None:
        if "exposure" in cells:
            self._reader.count("exposure", cells["exposure"], number)
        found = self._reader.count("opportunities", cells["opportunities"], number)
        if found == 0 or self.opportunities not in {None, found}:
            raise UnusableData(
                "M010",
                message(
                    "Row {number}: {found} opportunities in a unit, after {opportunities}.",
                    number=number,
                    found=found,
                    opportunities=self.opportunities,
                ),
                message(
                    "Measure units of one kind at a time: a rate of several kinds compares with "
                    "none."
                ),
            )
        self.opportunities = found

    @property
    def units(self) -> int:
        """The units, where they have opportunities."""
        return self._exposure // VALUE_SCALE

    @property
    def exposure(self) -> Decimal:
        """What the events are counted against, in `unit`, or as a number of rows."""
        return self.in_unit(self._exposure)

    def in_unit(self, exposure: int) -> Decimal:
        """Return the exposure of a month, as `days` keeps it, in the unit of all."""
        return Decimal(exposure) / VALUE_SCALE * (self.opportunities or 1)


class Score(Sums):
    """Count promoters, passives and detractors: an answer 0 to 10 a row, or their counts."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self.counts = {"promoters": 0, "passives": 0, "detractors": 0}

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        if "value" not in cells:
            added = [self._reader.count(group, cells[group], number) for group in self.counts]
        else:
            group = self._group(cells["value"], number)
            added = [int(each == group) for each in self.counts]
        for each, count in zip(self.counts, added, strict=True):
            self.counts[each] += count
        return tuple(added)

    def _group(self, cell: str, number: int) -> str:
        answer = self._reader.count("value", cell, number)
        if answer > BEST:
            raise UnusableData(
                "M010",
                message(
                    "Row {number}, {value!r}: {answer} is above {best}.",
                    number=number,
                    value=self._reader.columns["value"],
                    answer=answer,
                    best=BEST,
                ),
                message("A net score takes answers from 0 to {best}.", best=BEST),
            )
        low = "passives" if answer >= PASSIVE else "detractors"
        return "promoters" if answer >= PROMOTER else low


class Amount(Sums):
    """Add up an amount, and what it is for, if a column says."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self._total = self._per = 0
        self.is_ratio = "per" in mapping.columns

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        value, per = self._reader.scaled("value", cells["value"], number), VALUE_SCALE
        if self.is_ratio:
            per = self._reader.amount("per", cells["per"], number)
        self._total += value
        self._per += per
        return value, per

    @property
    def amount(self) -> Decimal:
        """The sum, or the quotient of both sums, in `unit`."""
        if self.is_ratio and not self._per:
            raise UnusableData(
                "M010",
                message("The sum of {per!r} is zero.", per=self._reader.columns["per"]),
                message("Map the column of what the amount is for."),
            )
        return self.in_unit(self._total, self._per)

    def in_unit(self, total: int, per: int) -> Decimal:
        """Return the amount of both sums, of all rows or of a month as `days` keeps them."""
        return Decimal(total) / (per if self.is_ratio else VALUE_SCALE)


class Count(Sums):
    """Count things: the rows whose outcome counts, or the sum of a column."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self.total = 0

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        if self._by_outcome:
            added = int(self._reader.counted(cells["outcome"], number))
        else:
            added = self._reader.count("events", cells["events"], number)
        self.total += added
        return (added,)
