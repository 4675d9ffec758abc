"""The examples under the headings: taken from the shipped example records and the catalogue."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator.sheets import layout
from openquality_validator.sheets.column import Column, Kind
from openquality_validator.sheets.filling import Filled, fill
from openquality_validator.sheets.layout import Table


def example(table: Table, column: Column) -> str:
    """Return the example of a column, of the first metric of its sheet where there is one."""
    of_metric = _of_metric(table.metrics[0], table.id) if table.type and table.metrics else {}
    found = of_metric.get(column.pointer)
    return found if found is not None else next(iter(_pool()[table.id, column.pointer]))


def known(table: Table, column: Column) -> frozenset[str]:
    """Return every example that a column can have, so that a changed one is told from them."""
    found = set(_pool()[table.id, column.pointer])
    for name in table.metrics:
        if (said := _of_metric(name, table.id).get(column.pointer)) is not None:
            found.add(said)
    return frozenset(found)


@cache
def _pool() -> dict[tuple[str, str], dict[str, None]]:
    """Return the examples of every column, first those of whole records."""
    pool: dict[tuple[str, str], dict[str, None]] = {
        (table.id, column.pointer): {} for table in layout.tables() for column in table.columns
    }
    for record in _records():
        for name, rows in fill([record], layout.tables()).rows.items():
            for row in rows:
                for pointer, value in row.items():
                    pool[name, pointer].setdefault(shown(value))
    for table in layout.tables():
        for column in table.columns:
            found = pool[table.id, column.pointer]
            if not found:
                found[_made(column, pool)] = None
    return pool


def _made(column: Column, pool: dict[tuple[str, str], dict[str, None]]) -> str:
    """Return an example for a column that no shipped record fills in."""
    if column.choices:
        return column.choices[0]
    end = "/".join(column.path[-2:])
    like = (
        next(iter(each)) for (_, pointer), each in pool.items() if each and pointer.endswith(end)
    )
    return next(like, _PLAIN[column.kind])


_PLAIN = {
    Kind.TEXT: "…",
    Kind.NUMBER: "1.5",
    Kind.COUNT: "1",
    Kind.ANSWER: "yes",
    Kind.DAY: "2026-09-30",
    Kind.MOMENT: "2026-10-01",
    Kind.LETTERS: "DE",
    Kind.UNIT: "%",
    Kind.METRIC: "cpk",
    Kind.CHOICE: "…",
    Kind.DIGITS: "1",
    Kind.PART: "e1",
}


@cache
def _of_metric(name: str, table: str) -> dict[str, str]:
    """Return what the catalogue's own example of a metric puts into a sheet."""
    claim = dict(catalogues.load().metric(name).example["claim"])
    rows = fill([{"id": "", "credentialSubject": {"claims": [claim]}}], layout.tables()).rows[table]
    row: Filled = rows[0] if rows else {}
    return {pointer: shown(value) for pointer, value in row.items()}


def shown(value: object) -> str:
    """Write a value as a cell of text."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _records() -> Iterator[dict[str, Any]]:
    for name, data in openquality_schemas.examples("valid").items():
        if not name.endswith(".expected.json"):
            record: dict[str, Any] = orjson.loads(data)
            yield record
