"""Comparable values as tables of at most 100 columns, or as CSV with all that is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from openquality.cli.output import TableFormat, show, show_csv, show_table
from openquality_validator.quantities import ONE

HEAD: Final = (
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
# What a buyer reads first; each table is of one metric in one unit, which stand above it.
SHORT: Final = (
    *("row", "subject", "value", "bound", "n", "age", "verification", "independence", "grade"),
)
NUMBERS: Final = {"row", "value", "bound", "n", "age"}
COLUMNS: Final = 100  # of a terminal that shows a table without breaking its lines
GAP: Final = 2  # between two columns
LEAST_SUBJECT: Final = 8
SIGNIFICANT: Final = 6  # digits in a table; JSON and CSV carry all
NOT_STATED: Final = "not stated"  # never zero


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold one value of an answer, with what its row is called; `subject` may be unknown."""

    row: str
    subject: str
    value: dict[str, Any]

    @property
    def kind(self) -> tuple[str, str]:
        """The metric and the unit of the value."""
        return self.value["metric"], self.value["unit"]


def show_values(values: Iterable[Shown], form: TableFormat) -> None:
    """Write values as CSV, or as a table for each metric and unit, in the order of both."""
    if form is TableFormat.CSV:
        show_csv(HEAD, ([_cells(shown)[name] for name in HEAD] for shown in values))
        return
    kinds: dict[tuple[str, str], list[Shown]] = {}
    for shown in values:
        kinds.setdefault(shown.kind, []).append(shown)
    for place, ((metric, unit), members) in enumerate(kinds.items()):
        if place:
            show("")
        show(metric if unit == ONE else f"{metric} in {unit}")
        _show_one_kind([_short(shown) for shown in members])


def show_statements(values: Iterable[Shown]) -> None:
    """Write which statements the rows come from, for `openquality get`."""
    named = dict.fromkeys((shown.row, shown.value["statement"]) for shown in values)
    show("")
    show("The records, for `openquality get`; all else with --format json or csv:")
    for row, digest in named:
        show(f"{row:>3}  {digest}")


def _show_one_kind(rows: list[dict[str, str]]) -> None:
    names = [name for name in SHORT if name != "subject" or any(row["subject"] for row in rows)]
    others = [max(len(name), *(len(row[name]) for row in rows)) for name in names]
    room = COLUMNS - sum(others) - GAP * (len(names) - 1)
    if "subject" in names:
        room = max(room + others[names.index("subject")], LEAST_SUBJECT)
    for row in rows:
        row["subject"] = _elided(row["subject"], room)
    show_table(
        names,
        ([row[name] for name in names] for row in rows),
        right={place for place, name in enumerate(names) if name in NUMBERS},
    )


def _elided(subject: str, room: int) -> str:
    """Shorten an identifier in its middle: its end tells subjects apart, its start the scheme."""
    subject = "".join(each if each.isprintable() else "\ufffd" for each in subject)
    if len(subject) <= room:
        return subject
    start = room // 3
    return f"{subject[:start]}…{subject[start + 1 - room :]}"


def _cells(shown: Shown) -> dict[str, str]:
    value = shown.value
    return {
        "row": shown.row,
        "subject": shown.subject,
        "metric": value["metric"],
        "value": value["value"] or "",
        "bound": value["rankedOn"] or "",
        "unit": value["unit"],
        "n": _text(value["n"]),
        "age": _text(value["ageDays"]),
        "verification": value["verification"],
        "independence": value["independence"],
        "relation": value["relation"],
        "grade": value["grade"],
        "statement": value["statement"],
    }


def _short(shown: Shown) -> dict[str, str]:
    cells = _cells(shown)
    for name in ("value", "bound"):
        cells[name] = f"{float(cells[name]):.{SIGNIFICANT}g}" if cells[name] else NOT_STATED
    cells["age"] += " d" if cells["age"] else ""
    return cells


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
