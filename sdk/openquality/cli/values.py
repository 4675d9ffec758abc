"""Comparable values as rows of a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openquality.cli.output import TableFormat, show_csv, show_table

HEAD = (
    "row",
    "subject",
    "metric",
    "value",
    "bound",
    "unit",
    "n",
    "age",
    "verification",
    "independence",
    "relation",
    "grade",
    "statement",
)
NUMBERS = {0, 3, 4, 6, 7}
SIGNIFICANT = 6  # digits in a table; JSON and CSV carry all
NOT_STATED = "not stated"  # never zero


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold one value of an answer, with what its row is called."""

    row: str
    subject: str
    value: dict[str, Any]


def show_values(values: Iterable[Shown], form: TableFormat) -> None:
    """Write values as an aligned table or as CSV."""
    if form is TableFormat.CSV:
        show_csv(HEAD, (_cells(shown, is_short=False) for shown in values))
    else:
        show_table(HEAD, (_cells(shown, is_short=True) for shown in values), right=NUMBERS)


def _cells(shown: Shown, *, is_short: bool) -> tuple[str, ...]:
    value = shown.value
    age, n = value["ageDays"], value["n"]
    return (
        shown.row,
        shown.subject,
        value["metric"],
        _number(value["value"], is_short=is_short),
        _number(value["rankedOn"], is_short=is_short),
        value["unit"],
        "" if n is None else str(n),
        "" if age is None else (f"{age} d" if is_short else str(age)),
        value["verification"],
        value["independence"],
        value["relation"],
        value["grade"],
        value["statement"],
    )


def _number(text: str | None, *, is_short: bool) -> str:
    if text is None:
        return NOT_STATED if is_short else ""
    return f"{float(text):.{SIGNIFICANT}g}" if is_short else text
