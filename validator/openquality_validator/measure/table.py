"""A table of text: named columns and rows of cells, however they were stored.

CSV is read here with RFC 4180's rules, from lines of text whose encoding and delimiter are stated;
workbooks are read outside the pure core and arrive as the same value.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final

from openquality_validator.errors import UnusableData
from openquality_validator.message import message

FIRST_ROW: Final = 2  # rows are counted as a spreadsheet shows them: the headings are row 1
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252", "iso-8859-1")
DELIMITERS: Final = (",", ";", "\t", "|")
DECIMAL_MARKS: Final = (".", ",")
FORMATS: Final = ("parquet",)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Say how a file is written, so that whoever recomputes reads the same cells.

    A CSV file has an encoding, a delimiter and the decimal mark of its numbers; a workbook has
    the name of a sheet; a file of a `format` (`parquet`) itself says how its cells are written.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    sheet: str | None = None
    format: str | None = None

    @property
    def is_text(self) -> bool:
        """Tell whether the file is CSV, which is read here."""
        return self.sheet is None and self.format is None

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> "Dialect":
        """Read the member `table` of a mapping, or raise UnusableData M002."""
        sheet = value.get("sheet")
        if isinstance(sheet, str) and set(value) == {"sheet"}:
            return cls(sheet=sheet)
        if set(value) == {"format"} and value["format"] in FORMATS:
            return cls(format=str(value["format"]))
        encoding, delimiter = value.get("encoding", "utf-8"), value.get("delimiter", ",")
        decimal = value.get("decimal", ".")
        if (
            not set(value) <= {"encoding", "delimiter", "decimal"}
            or encoding not in ENCODINGS
            or delimiter not in DELIMITERS
            or decimal not in DECIMAL_MARKS
        ):
            raise UnusableData(
                "M002",
                message("The mapping's member `table` is {dict!r}.", dict=dict(value)),
                message(
                    "It holds `sheet`, `format` ({formats}), or `encoding` (one of {encodings}), "
                    "`delimiter` (one of {delimiters}) and `decimal` (. or ,).",
                    formats=", ".join(FORMATS),
                    encodings=", ".join(ENCODINGS),
                    delimiters=" ".join(map(repr, DELIMITERS)),
                ),
            )
        return cls(encoding=str(encoding), delimiter=str(delimiter), decimal=str(decimal))

    def to_json(self) -> dict[str, object]:
        """Write the dialect as JSON; reading it back gives an equal value."""
        if self.sheet is not None:
            return {"sheet": self.sheet}
        if self.format is not None:
            return {"format": self.format}
        return {"encoding": self.encoding, "delimiter": self.delimiter, "decimal": self.decimal}


@dataclass(slots=True)
class Table:
    """Hold the names of the columns and an iterator over rows that have one cell for each.

    The rows can be read once; `read` counts those that were. A row without any content is none.
    """

    columns: tuple[str, ...]
    rows: Iterator[Sequence[str]]
    read: int = 0

    def __iter__(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield each row with its number; a row of another width raises UnusableData M007."""
        width = len(self.columns)
        for number, row in enumerate(self.rows, start=FIRST_ROW):
            if not any(row):
                continue
            if len(row) != width:
                raise UnusableData(
                    "M007",
                    message(
                        "Row {number} has {count} cells and there are {width} columns.",
                        number=number,
                        count=len(row),
                        width=width,
                    ),
                    message("Look for an unquoted delimiter in that row, or another delimiter."),
                )
            self.read += 1
            yield number, row

    def index(self, column: str) -> int:
        """Return the place of a column, or raise UnusableData M001 that lists those there."""
        try:
            return self.columns.index(column)
        except ValueError:
            raise UnusableData(
                "M001",
                message("There is no column {column!r}.", column=column),
                message("The columns are: {columns}.", columns=", ".join(self.columns)),
            ) from None


def table_of(rows: Iterable[Sequence[str]]) -> Table:
    """Take the first row as headings, or raise UnusableData M007 where they cannot serve."""
    lines = iter(rows)
    columns = tuple(name.strip() for name in next(lines, ()))
    if not any(columns):
        raise UnusableData(
            "M007", message("The table is empty."), message("Its first row holds the column names.")
        )
    if not all(columns):
        raise UnusableData(
            "M007",
            message("Column {index} has no heading.", index=columns.index("") + 1),
            message("Name it, or take it out: a measurement must know which column it reads."),
        )
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise UnusableData(
            "M007",
            message("The column {doubled!r} stands more than once.", doubled=doubled[0]),
            message("Give each column its own name: a measurement must know which one it reads."),
        )
    return Table(columns, lines)


def read_csv(stream: IO[str], dialect: Dialect) -> Table:
    """Read CSV text line by line; cells and line ends follow RFC 4180.

    Raises UnusableData M007 for text that is not CSV.
    """
    return table_of(_lines(stream, dialect.delimiter))


def parse_csv(data: bytes, dialect: Dialect) -> Table:
    """Read the bytes of a CSV file by its stated dialect."""
    return read_csv(decode(io.BytesIO(data), dialect), dialect)


def decode(stream: IO[bytes], dialect: Dialect) -> io.TextIOWrapper:
    """Read a stream of bytes as text; a byte-order mark is no part of the first heading."""
    codec = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    return io.TextIOWrapper(stream, encoding=codec, newline="")


def _lines(stream: IO[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise UnusableData(
            "M007",
            message("Line {line_num} is not CSV: {error}.", line_num=reader.line_num, error=error),
            message("Look for an unclosed quote, or another delimiter."),
        ) from None
    except UnicodeError as error:
        raise UnusableData(
            "M007",
            message(
                "The text after line {line_num} is not in the stated encoding: {error}.",
                line_num=reader.line_num,
                error=error,
            ),
            message("State the encoding: one of {encodings}.", encodings=", ".join(ENCODINGS)),
        ) from None
