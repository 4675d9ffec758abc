"""Findings written back into a workbook: a comment and a colour on each cell, and a list in front.

The workbook is written anew from what was read: the values at their places, the lists of the
template, the findings. Formulas come as their results; macros, links, pictures and other people's
formats do not come along, so the file is safe to open, wherever the first one came from. The first
one is not touched.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openquality.workbook.book import Book
from openquality.workbook.folder import Folder
from openquality.workbook.limits import MAX_FILE
from openquality.workbook.look import Look, opened
from openquality_validator.findings import Severity
from openquality_validator.message import SOURCE, message
from openquality_validator.sheets.cells import row_and_column
from openquality_validator.sheets.headings import Sheet, Source, recognise, table_of
from openquality_validator.sheets.marker import FINDINGS_TITLE, SHEET, Marker
from openquality_validator.sheets.values import Broken, Percentage, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from openquality.diagnostics.diagnostic import Diagnostic

_FILLS: Final = {Severity.ERROR: "#F8CBAD", Severity.WARNING: "#FFF2CC"}
_MOST_COMMENTS: Final = 10_000  # more make a file that no program opens; the list has them all
_HEAD_HEIGHT, _LINE, _MOST_LINES = 45, 11, 20  # points, points, lines
_MOST_LISTED: Final = 100_000
_MOST_LINKS: Final = 60_000  # in one sheet: Excel opens no more than 65,530
_LONGEST_TAB: Final = 31
_LONGEST: Final = 32_767  # characters of a cell
_COMMENT: Final = {"author": "openquality", "x_scale": 2.5, "y_scale": 1.5}
_COLUMNS: Final = (
    message("Place"),
    message("Severity"),
    message("Code"),
    message("What was found"),
    message("What to do"),
)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Hold the rows of one sheet, to be written again, and what the template says of it."""

    source: Source
    rows: Sequence[tuple[int, Sequence[Value]]]
    sheet: Sheet | None


@dataclass(slots=True)
class _Said:
    """Hold what is said about one cell."""

    severity: Severity = Severity.WARNING
    texts: list[str] = field(default_factory=list)

    def add(self, diagnostic: "Diagnostic") -> None:
        finding = diagnostic.finding
        self.texts.append(f"{finding.severity} {finding.code}: {finding.message}\n{finding.hint}")
        if finding.severity is Severity.ERROR:
            self.severity = Severity.ERROR


def annotate(
    path: Path, diagnostics: "Iterable[Diagnostic]", out: Path, *, language: str = SOURCE
) -> None:
    """Write a workbook, or a folder of CSV files, with its findings to a new .xlsx file.

    Raises OSError, and Unread for what cannot be read as a workbook.
    """
    if path.is_dir():
        folder = Folder(path)
        data = _annotated(folder.sources(), folder.marker, diagnostics, language)
    else:
        with path.open("rb") as file:
            data = annotated(file.read(MAX_FILE + 1), diagnostics, language=language)
    out.write_bytes(data)


def annotated(data: bytes, diagnostics: "Iterable[Diagnostic]", *, language: str = SOURCE) -> bytes:
    """Return a workbook with its findings as the bytes of an .xlsx file; raises Unread."""
    book = Book(data)
    return _annotated(book.sources(), book.marker, diagnostics, language)


def _annotated(
    sources: Iterable[Source],
    marker: Marker | None,
    diagnostics: "Iterable[Diagnostic]",
    language: str,
) -> bytes:
    stream = io.BytesIO()
    book = opened(stream)
    look = Look(book, language)
    placed = list(diagnostics)
    front = book.add_worksheet(look.said(FINDINGS_TITLE))
    said = _by_cell(placed)
    comments = 0
    titles: set[str] = set()
    for source in sources:
        each = _held(source, marker)
        titles.add(each.source.title)
        comments = _sheet(book, look, each, said, comments)
    _front(front, look, placed, titles)
    if marker is not None:
        tables = [table for tab in marker.tabs if (table := table_of(tab, marker)) is not None]
        look.hidden(SHEET, marker.to_rows(tables, language=language))
    front.activate()
    book.close()
    return stream.getvalue()


def _held(source: Source, marker: Marker | None) -> _Rows:
    rows = list(source.rows)
    table = table_of(source.title, marker)
    again = Source(source.title, source.file, rows)
    found = recognise(again, table, marker) if table else []
    return _Rows(source, rows, found if isinstance(found, Sheet) else None)


def _by_cell(diagnostics: "Iterable[Diagnostic]") -> dict[tuple[str, int, int], _Said]:
    """Collect what is said by sheet or file, row and column."""
    said: defaultdict[tuple[str, int, int], _Said] = defaultdict(_Said)
    for each in diagnostics:
        key = _key(each)
        if key is not None:
            said[key].add(each)
    return said


def _key(diagnostic: "Diagnostic") -> tuple[str, int, int] | None:
    place = diagnostic.place
    if place.sheet is not None and place.cell is not None:
        return (place.sheet, *row_and_column(place.cell))
    if place.line is not None and place.column is not None:
        return Path(place.path).name, place.line, place.column
    return None


def _sheet(
    book: "Workbook",
    look: Look,
    held: _Rows,
    said: Mapping[tuple[str, int, int], _Said],
    comments: int,
) -> int:
    """Write one sheet with its findings, and return how many comments there are by now."""
    sheet = book.add_worksheet(_tab(held.source.title, book.sheetnames))
    place = held.source.file or held.source.title
    here = {(row, at): each for (name, row, at), each in said.items() if name == place}
    for number, cells in held.rows:
        lines = max((c.count("\n") for c in cells if isinstance(c, str)), default=0)
        if lines:
            sheet.set_row(number - 1, min(lines + 4, _MOST_LINES) * _LINE)
        for at, cell in enumerate(cells, start=1):
            if cell is not None:
                _write(sheet, look, number, at, cell, here.get((number, at)))
    if held.sheet is not None:
        _headings(sheet, look, held.sheet, here)
    filled = {
        number: cells
        for number, cells in held.rows
        if any((number, at) in here for at in range(1, len(cells) + 1))
    }
    for (row, at), each in here.items():
        cells = filled.get(row, ())
        if at > len(cells) or cells[at - 1] is None:
            sheet.write_blank(row - 1, at - 1, None, look.form(**_marked(each)))
        if comments < _MOST_COMMENTS:
            sheet.write_comment(row - 1, at - 1, "\n".join(each.texts), _COMMENT)
            comments += 1
    return comments


def _tab(title: str, taken: Mapping[str, object]) -> str:
    """Return the name of a tab for a sheet: Excel takes 31 characters, and not all of them."""
    name = re.sub(r"[\[\]:*?/\\]", "_", title).strip("'")[:_LONGEST_TAB] or "_"
    same = {each.casefold() for each in taken}
    numbered = (f"{name[: _LONGEST_TAB - 3]}_{number}" for number in range(2, 100))
    return next(each for each in (name, *numbered) if each.casefold() not in same)


def _headings(
    sheet: "Worksheet", look: Look, known: Sheet, here: Mapping[tuple[int, int], _Said]
) -> None:
    """Give the headings their colours again, and their columns the lists."""
    head = known.heading_row
    sheet.freeze_panes(head, 1)
    sheet.set_row(head - 1, _HEAD_HEIGHT)
    for at, column in enumerate(known.columns, start=1):
        if column is not None:
            look.choices(sheet, head, at - 1, column)
            if (head, at) not in here:
                look.head(sheet, head - 1, at - 1, column, look.said(column.heading))


def _write(
    sheet: "Worksheet", look: Look, row: int, at: int, cell: Value, said: _Said | None
) -> None:
    """Write a value as what it was read as; a text is never a formula."""
    what = _marked(said) if said else {}
    if isinstance(cell, bool):
        sheet.write_boolean(row - 1, at - 1, cell, look.form(**what))
    elif isinstance(cell, float | int):
        shown = {"num_format": "0.##########%"} if isinstance(cell, Percentage) else {}
        sheet.write_number(row - 1, at - 1, cell, look.form(**what, **shown))
    elif isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - a workbook knows no time zones
        shown = {"num_format": "yyyy-mm-dd" if moment.time() == time.min else "yyyy-mm-dd hh:mm:ss"}
        sheet.write_datetime(row - 1, at - 1, moment, look.form(**what, **shown))
    else:
        text = "" if isinstance(cell, Broken) else str(cell)
        if "\n" in text:  # as the explanations under the headings
            what |= {"text_wrap": True, "font_size": 8}
        sheet.write_string(row - 1, at - 1, text[:_LONGEST], look.form(num_format="@", **what))


def _marked(said: _Said) -> dict[str, Any]:
    return {"bg_color": _FILLS[said.severity], "border": 1}


def _front(
    sheet: "Worksheet", look: Look, placed: "Sequence[Diagnostic]", titles: AbstractSet[str]
) -> None:
    """List all findings, each with a link to its cell."""
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 2, 9)
    sheet.set_column(3, 4, 70)
    bold = look.form(bold=True, bottom=1)
    for at, text in enumerate(_COLUMNS):
        sheet.write_string(0, at, look.said(text), bold)
    sheet.freeze_panes(1, 0)
    plain, link = look.form(text_wrap=True), look.form(font_color="#0563C1", underline=1)
    for row, each in enumerate(placed[:_MOST_LISTED], start=1):
        finding, place = each.finding, each.place
        where = f"{place.sheet}!{place.cell}" if place.cell else str(place)
        if place.sheet is not None and place.sheet in titles and row <= _MOST_LINKS:
            quoted = place.sheet.replace("'", "''")
            sheet.write_url(row, 0, f"internal:'{quoted}'!{place.cell}", link, where)
        else:
            sheet.write_string(row, 0, where, plain)
        colour = look.form(bg_color=_FILLS[finding.severity])
        sheet.write_string(row, 1, finding.severity, colour)
        sheet.write_string(row, 2, finding.code, plain)
        sheet.write_string(row, 3, finding.message[:_LONGEST], plain)
        sheet.write_string(row, 4, finding.hint[:_LONGEST], plain)
