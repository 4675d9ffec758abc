"""Templates filled in with an example record, and then spoiled in one place."""

import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import orjson
from openpyxl.worksheet.worksheet import Worksheet

import openquality_schemas
from openquality.checking import check
from openquality.sources import Document
from openquality.workbook import read
from openquality.workbook.template import template
from openquality_validator.findings import Finding
from openquality_validator.sheets import layout
from openquality_validator.sheets.filling import fill

FIRST = 4  # the first row of data
BOLT = "fastener-cpk-on-time"
METRICS = ("cpk", "on-time-delivery")
SHEETS = ("categories", "evidence")


def example(name: str = BOLT) -> dict[str, Any]:
    """Return a shipped example record."""
    record: dict[str, Any] = orjson.loads(openquality_schemas.examples("valid")[f"{name}.json"])
    return record


def examples() -> Iterator[dict[str, Any]]:
    """Yield all shipped example records."""
    for name in openquality_schemas.examples("valid"):
        if not name.endswith(".expected.json"):
            yield example(name.removesuffix(".json"))


def workbook(*records: dict[str, Any]) -> bytes:
    """Write records, the bolt of the examples if none is given, into a template for them."""
    return _written(records) if records else _bolt()


@cache
def _bolt() -> bytes:
    return _written((example(),))


def _written(records: tuple[dict[str, Any], ...]) -> bytes:
    tables = layout.choose(METRICS, SHEETS)
    filling = fill(records, tables)
    assert filling.left == []
    return template(tables, rows=filling.rows)


def column(sheet: Worksheet, heading: str) -> int:
    """Return the column of a heading."""
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def spoiled(change: Callable[[openpyxl.Workbook], None], data: bytes | None = None) -> bytes:
    """Change a filled template with another library, as a supplier does with a spreadsheet."""
    book = openpyxl.load_workbook(io.BytesIO(data or workbook()))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_cell(sheet: str, heading: str, value: object, *, row: int = FIRST) -> bytes:
    """Put a value into one cell of the filled template."""

    def change(book: openpyxl.Workbook) -> None:
        book[sheet].cell(row, column(book[sheet], heading)).value = value

    return spoiled(change)


def documents(data: bytes, *, name: str = "claims.xlsx") -> list[Document]:
    """Read a workbook from its bytes."""
    return list(read(name, data))


def findings(data: bytes, *, name: str = "claims.xlsx") -> list[tuple[str, str, Finding]]:
    """Return code, cell and finding of everything that is said about a workbook."""
    said = []
    for document in documents(data, name=name):
        for finding in check(document).findings:
            cell = document.cells.of(finding) if document.cells else None
            said.append((finding.code, f"{cell.sheet}!{cell.reference}" if cell else "", finding))
    return said


def codes(data: bytes, *, name: str = "claims.xlsx") -> list[tuple[str, str]]:
    """Return code and cell of everything that is said about a workbook."""
    return [(code, place) for code, place, _ in findings(data, name=name)]


def put(folder: Path, data: bytes, *, name: str = "claims.xlsx") -> Path:
    """Write a workbook to a file."""
    path = folder / name
    path.write_bytes(data)
    return path
