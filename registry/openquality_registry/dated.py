"""The day on which the log took a statement, in the rows that need it.

It stands in the entry and not in the statement: the index rows of a statement that waits for its
place do not know it yet.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from openquality_validator.observations.seen import day

Row = Mapping[str, object]
_TABLES: Final = frozenset({"records", "words"})


def dated(table: str, rows: Sequence[Row], admitted_at: str) -> Sequence[Row]:
    """Complete the rows of a table with the day of `admittedAt`, where it has that column."""
    if table not in _TABLES or not rows:
        return rows
    return [{**row, "admitted": day(admitted_at)} for row in rows]
