"""Which rows a measurement used, and which it left out and why."""

from dataclasses import dataclass, field

from openquality_validator.message import message


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Count the rows left out for one reason, and show the first of them."""

    reason: str
    count: int
    first_row: int
    example: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Account for every row of a table: rows = used + other + what was left out.

    `other` are rows that belong to another subject or period. Rows are numbered as a spreadsheet
    shows them.
    """

    rows: int
    used: int
    other: int
    left_out: tuple[LeftOut, ...] = ()

    def sentences(self) -> list[str]:
        """Say it in plain words, one sentence for each reason."""
        return [
            message(
                "{count} left out: {reason} (first in row {first_row}: {example!r}).",
                count=each.count,
                reason=each.reason,
                first_row=each.first_row,
                example=each.example,
            )
            for each in self.left_out
        ]


@dataclass(slots=True)
class Account:
    """Keep the count while rows stream by."""

    used: int = 0
    outside: int = 0
    _left_out: dict[str, LeftOut] = field(default_factory=dict)

    def leave_out(self, reason: str, number: int, example: str) -> None:
        """Count one row that cannot be used."""
        first = self._left_out.get(reason)
        self._left_out[reason] = (
            LeftOut(reason, 1, number, example)
            if first is None
            else LeftOut(reason, first.count + 1, first.first_row, first.example)
        )

    def close(self, rows: int) -> Usage:
        """Return the account of a table that had `rows` rows."""
        lost = tuple(sorted(self._left_out.values(), key=lambda each: (-each.count, each.reason)))
        return Usage(rows, self.used, rows - self.used - sum(e.count for e in lost), lost)
