"""Data files to tables: CSV, workbooks and Parquet, and how each is written.

What can be told from the bytes is told: a byte-order mark, valid UTF-8, the one delimiter that
makes every line equally wide. What cannot be is asked for, never assumed, and the answer stands in
the mapping, so that everyone reads the same cells.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Context
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from openquality.parquet import read_parquet
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Dialect, Table, parse_csv, read_csv, table_of
from openquality_validator.measure.amounts import plain
from openquality_validator.measure.table import DELIMITERS, decode
from openquality_validator.message import message

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

WORKBOOKS: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
PARQUET: Final = ".parquet"
MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/csv",
    **WORKBOOKS,
    PARQUET: "application/vnd.apache.parquet",
}
_SAMPLE: Final = 65_536  # bytes from which the dialect is told
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_SHOWN_DIGITS: Final = Context(prec=15)  # as many as a spreadsheet keeps


@dataclass(slots=True)
class DataFile:
    """Hold an open data file: its table, and the digest of what was read.

    `digest` covers the whole file once the table has been read to its end.
    """

    name: str
    media_type: str
    table: Table
    _hash: "hashlib._Hash"

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes, as evidence states it."""
        return f"sha256:{self._hash.hexdigest()}"


@contextmanager
def open_table(path: Path, dialect: Dialect) -> Generator[DataFile]:
    """Open a CSV file, a workbook or a Parquet file that is written as the dialect says.

    CSV and Parquet stream, whatever their size; a workbook is held in memory. Raises OSError, and
    UnusableData M007 for a file that breaks the dialect.
    """
    media_type = _media_type(path)
    with path.open("rb") as file:
        if dialect.is_text:
            hashing = _Hashing(file)
            table = read_csv(decode(io.BufferedReader(hashing, _SAMPLE), dialect), dialect)
            yield DataFile(path.name, media_type, table, hashing.hash)
        elif dialect.sheet is None:
            digest = hashlib.file_digest(file, "sha256")
            yield DataFile(path.name, media_type, read_parquet(file), digest)
        else:
            data = file.read()
            table = read_workbook(data, dialect.sheet)
            yield DataFile(path.name, media_type, table, hashlib.sha256(data))


def tell_dialect(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    sheet: str | None = None,
) -> Dialect:
    """Tell how a file is written, as far as it is not stated.

    Raises OSError, and UnusableData M007 where the bytes allow more than one answer.
    """
    _media_type(path)
    with path.open("rb") as file:
        if path.suffix.lower() in WORKBOOKS:
            return Dialect(sheet=_sheet(_workbook(file.read()), sheet))
        if path.suffix.lower() == PARQUET:
            return Dialect(format="parquet")
        sample = file.read(_SAMPLE)
    stated = {
        "encoding": encoding or ("utf-16" if sample.startswith(_UTF16_MARKS) else "utf-8"),
        "delimiter": delimiter or DELIMITERS[0],
        "decimal": decimal,
    }
    dialect = Dialect.from_json(stated)
    if delimiter is not None:
        return dialect
    return replace(dialect, delimiter=_delimiter(_sample_lines(sample, dialect.encoding)))


def read_table(data: bytes, dialect: Dialect) -> Table:
    """Read the bytes of a data file by its stated dialect: what recomputation asks for."""
    if dialect.is_text:
        return parse_csv(data, dialect)
    if dialect.sheet is None:
        return read_parquet(io.BytesIO(data))
    return read_workbook(data, dialect.sheet)


def read_workbook(data: bytes, sheet: str) -> Table:
    """Read one sheet: dates become ISO 8601, whole numbers lose their fraction."""
    from python_calamine import CalamineError

    book = _workbook(data)
    name = _sheet(book, sheet)
    try:
        return table_of(_rows(book.get_sheet_by_name(name)))
    except CalamineError as error:
        raise _no_workbook(error) from None


class _Hashing(io.RawIOBase):
    """Hash every byte that is read through it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int] | bytearray", /) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.hash.update(data)
        return len(data)


def _media_type(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in MEDIA_TYPES:
        raise UnusableData(
            "M007",
            message("{name} is not a table that can be read here.", name=path.name),
            message("Give a file of the kind {media_types}.", media_types=", ".join(MEDIA_TYPES)),
        )
    return MEDIA_TYPES[suffix]


def _sample_lines(sample: bytes, encoding: str) -> list[str]:
    codec = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    try:
        # An incremental decoder: a cut through the last character is no fault of the encoding.
        lines = codec.decode(sample).splitlines(keepends=True)
    except UnicodeError:
        raise UnusableData(
            "M007",
            message("The file is not {upper}.", upper=encoding.upper()),
            message("State its encoding: cp1252 for most files from Windows, or iso-8859-1."),
        ) from None
    return lines if len(sample) < _SAMPLE else lines[:-1]


def _delimiter(lines: list[str]) -> str:
    widths = {mark: _widths(lines, mark) for mark in DELIMITERS}
    fitting = [mark for mark, found in widths.items() if len(found) == 1 and max(found) > 1]
    if len(fitting) > 1:
        raise UnusableData(
            "M007",
            message(
                "The columns may be parted by {fitting}.", fitting=" or ".join(map(repr, fitting))
            ),
            message("State the delimiter."),
        )
    if fitting:
        return fitting[0]
    if any(max(found) > 1 for found in widths.values() if found):
        raise UnusableData(
            "M007",
            message("No delimiter gives all rows the same number of cells."),
            message("State the delimiter; the row that is wrong is then named."),
        )
    return ","


def _widths(lines: list[str], delimiter: str) -> set[int]:
    """Return the numbers of cells that rows would have; none if that is no CSV."""
    try:
        return {len(row) for row in csv.reader(lines, delimiter=delimiter, strict=True) if row}
    except csv.Error:
        return set()


def _sheet(book: "CalamineWorkbook", asked: str | None) -> str:
    names = book.sheet_names
    if asked is None and len(names) == 1:
        return names[0]
    if asked in names:
        return asked
    raise UnusableData(
        "M007",
        message("The workbook has several sheets.")
        if asked is None
        else message("There is no sheet {asked!r}.", asked=asked),
        message("State one of: {names}.", names=", ".join(names)),
    )


def _workbook(data: bytes) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook

    if data.startswith(b"PK"):
        from openquality.workbook.package import look
        from openquality.workbook.refusals import TOO_LARGE, Unread

        try:
            look(data, may_be_full=True)  # a far cell would make room for all cells before it
        except Unread as refusal:
            finding = refusal.finding
            code = "M014" if finding.code == TOO_LARGE else "M007"
            raise UnusableData(code, finding.message, finding.hint) from None
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except CalamineError as error:
        raise _no_workbook(error) from None


def _no_workbook(error: Exception) -> UnusableData:
    return UnusableData(
        "M007",
        message("The workbook cannot be read: {error}.", error=error),
        message("Open it and save it again, or as CSV."),
    )


def _rows(sheet: "CalamineSheet") -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [_text(cell) for cell in row]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return plain(_SHOWN_DIGITS.create_decimal(repr(cell)))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
