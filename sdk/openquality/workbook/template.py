"""The template as a workbook: sheets, headings, explanations, examples, lists and formats.

The same version, language and choice of sheets give the same bytes.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from openquality.workbook.look import Look, opened
from openquality.workbook.start_page import start_page
from openquality_validator.message import SOURCE
from openquality_validator.sheets.column import Column, Kind
from openquality_validator.sheets.examples import example, shown
from openquality_validator.sheets.explaining import explanation
from openquality_validator.sheets.filling import Filled
from openquality_validator.sheets.headings import EXAMPLE
from openquality_validator.sheets.layout import Row, Table
from openquality_validator.sheets.marker import SHEET, START_TITLE, Marker

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

FIRST_ROW: Final = 3  # of data, from 0: below headings, explanations and examples
TABS: Final = {Row.WORKBOOK: "#1F4E79", Row.RECORD: "#1F4E79", Row.CLAIM: "#2E75B6"}
_OTHER_TAB: Final = "#A6A6A6"
_HEAD_HEIGHT, _LINE = 45, 11  # points: of the row of headings, of a line of small letters
_A3, _SCALE = 8, 60  # of paper (ECMA-376, part 1, 18.3.1.63); percent
_EXACT_DIGITS: Final = 15  # that a number in a workbook keeps
_FIRST_YEAR: Final = 1901  # before it, Excel counts a day that never was


def template(
    tables: Sequence[Table],
    *,
    rows: Mapping[str, Sequence[Filled]] | None = None,
    language: str = SOURCE,
    sector: str = "",
) -> bytes:
    """Write the template for some sheets as the bytes of an .xlsx file, with rows filled in."""
    stream = io.BytesIO()
    book = opened(stream)
    look = Look(book, language)
    start = book.add_worksheet(look.said(START_TITLE))
    sheets = [book.add_worksheet(look.said(table.title)) for table in tables]
    look.hidden(SHEET, Marker.now().to_rows(tables, language=language))
    start_page(start, look, tables, sector)
    for sheet, table in zip(sheets, tables, strict=True):
        _head(sheet, look, table, language)
        for number, row in enumerate((rows or {}).get(table.id, ()), start=FIRST_ROW):
            for at, column in enumerate(table.columns):
                if (value := row.get(column.pointer)) is not None:
                    _value(sheet, look, number, at, column, shown(value))
    start.activate()
    book.close()
    return stream.getvalue()


def _head(sheet: "Worksheet", look: Look, table: Table, language: str) -> None:
    """Write headings, explanations and examples, and set up the sheet around them."""
    sheet.set_tab_color(TABS.get(table.row, _OTHER_TAB))
    sheet.freeze_panes(FIRST_ROW, 0 if table.row is Row.WORKBOOK else 1)
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.set_print_scale(_SCALE)
    sheet.repeat_rows(0, FIRST_ROW - 1)
    small = look.form(text_wrap=True, font_size=8, font_color="#404040", bottom=1)
    grey = look.form(italic=True, font_color="#6B6B6B", bg_color="#F7F7F7", bottom=1)
    tallest = 1
    for at, column in enumerate(table.columns):
        width = look.head(sheet, 0, at, column, look.said(column.heading))
        about = explanation(column, language=language)
        tallest = max(tallest, _lines(about, width))
        sheet.write_string(1, at, about, small)
        said = example(table, column)
        sheet.write_string(2, at, said if at else f"{look.said(EXAMPLE)}: {said}", grey)
        look.choices(sheet, FIRST_ROW, at, column)
    sheet.set_row(0, _HEAD_HEIGHT)
    sheet.set_row(1, tallest * _LINE)


def _value(sheet: "Worksheet", look: Look, row: int, at: int, column: Column, text: str) -> None:
    """Write a value so that reading it gives the same again: a number only if it is exact."""
    form = look.form(num_format=look.number_format(column))
    if column.kind is Kind.DAY and (day := _day(text)) is not None:
        sheet.write_datetime(row, at, day, form)
    elif column.kind in {Kind.NUMBER, Kind.COUNT} and _is_exact(text):
        sheet.write_number(row, at, float(text), form)
    else:
        sheet.write_string(row, at, text, look.form(num_format="@"))


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if day.isoformat() != text or day.year < _FIRST_YEAR:
        return None
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a workbook knows no time zones


def _is_exact(text: str) -> bool:
    """Tell whether a number of a workbook gives the same text again."""
    plain = text.removeprefix("-").replace(".", "", 1)
    if not plain.isdecimal() or not plain.isascii() or len(plain.lstrip("0")) > _EXACT_DIGITS:
        return False
    return "." not in text or not text.endswith("0")


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column of a width, in the small letters."""
    return sum(1 + len(line) * 4 // (width * 5) for line in text.split("\n"))
