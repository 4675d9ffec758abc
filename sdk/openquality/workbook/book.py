"""Workbook files to sheets: every kind that calamine reads, as one value."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from openquality.workbook.limits import MAX_FILE
from openquality.workbook.package import Package, Part, look
from openquality.workbook.refusals import no_workbook, protected, too_large
from openquality_validator.findings import Finding
from openquality_validator.message import message
from openquality_validator.sheets.cells import Cell
from openquality_validator.sheets.codes import warning
from openquality_validator.sheets.headings import Source
from openquality_validator.sheets.marker import SHEET, Marker, is_page
from openquality_validator.sheets.values import Percentage, Value

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

SUFFIXES: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_OTHERS: Final = (
    (b"%PDF", message("it is a PDF")),
    (b"<", message("it is a web page or other XML, as some programs export it")),
    (b"{", message("it is JSON; give it the ending .json")),
    (b"\x89PNG", message("it is a picture")),
    (b"\xff\xd8\xff", message("it is a picture")),
)


class Book:
    """Hold an open workbook: its marker, its sheets, and what was found about the file itself.

    Raises Unread for what is no workbook, is protected or is too large.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_FILE:
            raise too_large(message("it has more than {most} MB", most=MAX_FILE // 2**20))
        self._package = _package(data)
        self._book = _opened(data)
        self.marker = self._marker()

    @property
    def found(self) -> list[Finding]:
        """The findings about the file as a whole."""
        return [_macros(self._book.sheet_names[0])] if self._package.has_macros else []

    def sources(self) -> Iterator[Source]:
        """Yield the sheets one after another; each is let go before the next is read."""
        for name in self._book.sheet_names:
            if name.startswith(SHEET) or is_page(name, self.marker):
                continue
            sheet = _sheet(self._book, name)
            part = self._package.sheets.get(name) or Part()
            merged = tuple(
                (top[0] + 1, top[1] + 1, end[0] + 1, end[1] + 1)
                for top, end in sheet.merged_cell_ranges or ()
                if top != end
            )
            yield Source(name, None, _rows(sheet, part), merged, frozenset(part.hidden))

    def _marker(self) -> Marker | None:
        if SHEET not in self._book.sheet_names:
            return None
        return Marker.from_rows(row for _, row in _rows(_sheet(self._book, SHEET), Part()))


def _package(data: bytes) -> Package:
    """Look into the file before it is opened."""
    if data.startswith(_ZIP):
        return look(data)
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise protected()
        return Package({}, has_macros=b"_\x00V\x00B\x00A\x00" in data)
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, what in _OTHERS:
        if start.startswith(mark):
            raise no_workbook(what)
    if not data:
        raise no_workbook(message("it is empty"))
    raise no_workbook(message("it is of another kind, or damaged"))


def _opened(data: bytes) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise protected() from None
    except CalamineError as error:
        raise no_workbook(message("it is damaged ({reason})", reason=str(error))) from None


def _sheet(book: "CalamineWorkbook", name: str) -> "CalamineSheet":
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(name)
    except CalamineError as error:
        raise no_workbook(
            message("its sheet {name!r} is damaged ({reason})", name=name, reason=str(error))
        ) from None


def _rows(sheet: "CalamineSheet", part: Part) -> Iterator[tuple[int, Sequence[Value]]]:
    """Yield the rows with their numbers; the first cell is always that of column A."""
    left: list[Value] = [None] * (sheet.start[1] if sheet.start else 0)
    odd: dict[int, list[tuple[int, Value | None]]] = {}
    for row, column in part.percent:
        odd.setdefault(row, []).append((column, None))
    for (row, column), broken in part.broken.items():
        odd.setdefault(row, []).append((column, broken))
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        values = left + [_value(each) for each in cells]
        for column, special in odd.get(number, ()):
            if column > len(values):
                continue
            cell = values[column - 1]
            if special is not None:
                values[column - 1] = special
            elif type(cell) is float:
                values[column - 1] = Percentage(cell)
        yield number, values


def _value(cell: object) -> Value:
    kind = type(cell)
    if kind is str:
        return cell or None  # type: ignore[return-value]  # its type was just asked
    if kind is float or kind is bool or kind is date or kind is datetime:
        return cell  # type: ignore[return-value]  # same
    return float(cell) if kind is int else str(cell)  # type: ignore[arg-type]  # same


def _macros(sheet: str) -> Finding:
    return warning(
        "W012",
        Cell(None, sheet, 1, 1).pointer,
        message("The workbook holds macros; they were not run."),
        message("The template needs none; save the workbook as .xlsx."),
    )
