"""The template as a folder of CSV files: a file for each sheet, and one that says what they are."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from openquality_validator.message import SOURCE, translate
from openquality_validator.sheets.examples import example, shown
from openquality_validator.sheets.explaining import explanation
from openquality_validator.sheets.filling import Filled
from openquality_validator.sheets.headings import EXAMPLE
from openquality_validator.sheets.layout import Table
from openquality_validator.sheets.marker import FILE, Marker

COMPUTED: Final = ("=", "+", "-", "@")
ESCAPED: Final = ("'=", "'+", "'-", "'@", "''")


def tables(
    tables: Sequence[Table],
    *,
    rows: Mapping[str, Sequence[Filled]] | None = None,
    language: str = SOURCE,
) -> Iterator[tuple[str, bytes]]:
    """Yield the names and bytes of the files, in UTF-8 with a mark by which Excel knows it."""
    yield FILE, _csv(Marker.now().to_rows(tables, language=language))
    for table in tables:
        yield f"{table.id}.csv", _csv(_rows(table, (rows or {}).get(table.id, ()), language))


def _rows(table: Table, rows: Sequence[Filled], language: str) -> Iterator[list[str]]:
    yield [translate(each.heading, language) for each in table.columns]
    yield [explanation(each, language=language) for each in table.columns]
    examples = [example(table, each) for each in table.columns]
    yield [f"{translate(EXAMPLE, language)}: {examples[0]}", *examples[1:]]
    for row in rows:
        yield [
            "" if (value := row.get(each.pointer)) is None else shown(value)
            for each in table.columns
        ]


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180, section 2
    writer.writerows([inert(each) for each in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def inert(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would compute; reading takes it off.

    A text that has such an apostrophe of its own gets another, so that it keeps it.
    """
    is_computed = text.startswith(COMPUTED) and not _is_number(text)
    return f"'{text}" if is_computed or text.startswith(ESCAPED) else text


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdecimal() and text[0] == "-"
