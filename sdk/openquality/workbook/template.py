"""The template as a workbook: sheets, headings, explanations, examples, lists and formats.

Every text is written as a text: nothing that came from a record is ever computed. The same version
gives the same bytes.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from openquality_validator import catalogue as catalogues
from openquality_validator.message import SOURCE, Message, message, translate
from openquality_validator.sheets.column import Column, Kind, Need
from openquality_validator.sheets.examples import example, shown
from openquality_validator.sheets.explaining import explanation
from openquality_validator.sheets.filling import Filled
from openquality_validator.sheets.headings import EXAMPLE
from openquality_validator.sheets.layout import Row, Table
from openquality_validator.sheets.marker import SHEET, START_TITLE, Marker

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LISTS: Final = f"{SHEET}_lists"
FIRST_ROW: Final = 3  # of data, from 0: below headings, explanations and examples
_LAST_ROW: Final = 10_000  # to which lists and formats reach
_MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)  # in the properties, so that bytes stay the same
_INLINE: Final = 250  # characters of a list that stands in its rule; Excel takes 255
_NARROW, _WIDE = 15, 34  # characters
_LONG: Final = 150  # characters of an explanation that asks for a wide column
_FONT: Final = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
_HEAD: Final = {
    Need.ALWAYS: {"bg_color": "#1F4E79", "font_color": "#FFFFFF"},
    Need.GROUP: {"bg_color": "#BDD7EE", "font_color": "#000000"},
    Need.SOMETIMES: {"bg_color": "#9DC3E6", "font_color": "#000000"},
    Need.OPTIONAL: {"bg_color": "#EDEDED", "font_color": "#000000"},
}
_FORMATS: Final = {
    Kind.NUMBER: "General",
    Kind.COUNT: "0",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd",
}
_TABS: Final = {Row.WORKBOOK: "#1F4E79", Row.RECORD: "#1F4E79", Row.CLAIM: "#2E75B6"}
_EXACT_DIGITS: Final = 15  # that a number in a workbook keeps


@dataclass(slots=True)
class Notes:
    """Hold what is said about cells of a filled workbook: texts by sheet, row and column from 0."""

    comments: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    errors: frozenset[tuple[str, int, int]] = frozenset()


def template(
    tables: Sequence[Table],
    *,
    rows: Mapping[str, Sequence[Filled]] | None = None,
    language: str = SOURCE,
    sector: str = "",
) -> bytes:
    """Write the template for some sheets as the bytes of an .xlsx file, with rows filled in."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": "OpenQuality template", "created": _MADE})
    _Writer(book, tables, language).write(rows or {}, sector)
    book.close()
    return stream.getvalue()


class _Writer:
    """Write one template."""

    def __init__(self, book: "Workbook", tables: Sequence[Table], language: str) -> None:
        self._book, self._tables, self._language = book, tables, language
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._lists: dict[tuple[str, ...], str] = {}
        self._listed: Worksheet | None = None

    def write(self, rows: Mapping[str, Sequence[Filled]], sector: str) -> None:
        start = self._book.add_worksheet(self._said(START_TITLE))
        sheets = [self._book.add_worksheet(self._said(table.title)) for table in self._tables]
        marker = self._book.add_worksheet(SHEET)
        marker.hide()
        for number, texts in enumerate(Marker.now().to_rows(self._tables, language=self._language)):
            for column, text in enumerate(texts):
                marker.write_string(number, column, text)
        self._listed = self._book.add_worksheet(LISTS)
        self._listed.hide()
        self._start(start, sector)
        for sheet, table in zip(sheets, self._tables, strict=True):
            self._table(sheet, table, rows.get(table.id, ()))

    def _said(self, text: Message) -> str:
        return translate(text, self._language)

    def _format(self, **what: Any) -> "Format":  # noqa: ANN401 - as XlsxWriter takes them
        key = tuple(sorted(what.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({**_FONT, **what})
        return self._formats[key]

    def _table(self, sheet: "Worksheet", table: Table, rows: Sequence[Filled]) -> None:
        sheet.set_tab_color(_TABS.get(table.row, "#A6A6A6"))
        sheet.freeze_panes(FIRST_ROW, 0 if table.row is Row.WORKBOOK else 1)
        sheet.set_row(0, 32)
        sheet.set_row(1, 120)
        sheet.set_default_row(15)
        under = self._format(text_wrap=True, font_size=8, font_color="#404040", bottom=1)
        shown_as = self._format(italic=True, font_color="#7F7F7F", bg_color="#F7F7F7", bottom=1)
        for at, column in enumerate(table.columns):
            heading = self._said(column.heading)
            wide = _WIDE if column.kind is Kind.TEXT and not column.choices else _NARROW
            if len(column.about) > _LONG or any(column.meanings):
                wide = _WIDE
            form = self._format(num_format=_FORMATS.get(column.kind, "@"))
            sheet.set_column(at, at, wide, form)
            head = self._format(bold=True, text_wrap=True, border=1, **_HEAD[column.need])
            sheet.write_string(0, at, heading, head)
            sheet.write_string(1, at, explanation(column, language=self._language), under)
            said = example(table, column)
            if at == 0:
                said = f"{self._said(EXAMPLE)}: {said}"
            sheet.write_string(2, at, said, shown_as)
            self._choices(sheet, at, column, heading)
        for number, row in enumerate(rows, start=FIRST_ROW):
            for at, column in enumerate(table.columns):
                if (value := row.get(column.pointer)) is not None:
                    self._value(sheet, number, at, column, value)

    def _value(
        self, sheet: "Worksheet", row: int, at: int, column: Column, value: str | float
    ) -> None:
        """Write a value so that reading it gives the same again: a number only if it is exact."""
        form = self._format(num_format=_FORMATS.get(column.kind, "@"))
        text = shown(value)
        if column.kind is Kind.DAY and (day := _day(text)) is not None:
            sheet.write_datetime(row, at, datetime(day.year, day.month, day.day), form)  # noqa: DTZ001 - a workbook knows no time zones
        elif column.kind in {Kind.NUMBER, Kind.COUNT} and _is_exact(text):
            sheet.write_number(row, at, float(text), form)
        else:
            sheet.write_string(row, at, text, self._format(num_format="@"))

    def _choices(self, sheet: "Worksheet", at: int, column: Column, heading: str) -> None:
        choices = _choices(column)
        if not choices:
            return
        whole = ",".join(choices)
        source: Any = (
            list(choices)
            if len(whole) <= _INLINE and not any("," in each for each in choices)
            else self._range(choices)
        )
        sheet.data_validation(
            FIRST_ROW,
            at,
            _LAST_ROW,
            at,
            {
                "validate": "list",
                "source": source,
                "ignore_blank": True,
                "error_type": "warning",
                "error_title": heading[:32],
                "error_message": self._said(message("This is not in the list. Keep it?")),
            },
        )

    def _range(self, choices: tuple[str, ...]) -> str:
        """Put a long list onto the hidden sheet, once, and return where it stands."""
        assert self._listed is not None
        if choices not in self._lists:
            from xlsxwriter.utility import xl_col_to_name

            at = len(self._lists)
            for row, choice in enumerate(choices):
                self._listed.write_string(row, at, choice)
            name = xl_col_to_name(at)
            self._lists[choices] = f"='{LISTS}'!${name}$1:${name}${len(choices)}"
        return self._lists[choices]

    def _start(self, sheet: "Worksheet", sector: str) -> None:
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 90)
        title = self._format(bold=True, font_size=16)
        plain = self._format(text_wrap=True)
        bold = self._format(bold=True, text_wrap=True)
        link = self._format(font_color="#0563C1", underline=1)
        sheet.write_string(0, 0, self._said(message("Quality as data")), title)
        about = message("OpenQuality template {version}", version=Marker.now().version)
        sheet.write_string(1, 0, self._said(about), plain)
        sheet.write_string(1, 1, sector, plain)
        row = 3
        for number, text in enumerate(_STEPS, start=1):
            sheet.write_string(row, 0, f"{number}.", bold)
            sheet.write_string(row, 1, self._said(text), plain)
            row += 1
        row += 1
        sheet.write_string(row, 0, self._said(message("Colours of headings")), bold)
        for need, text in _LEGEND:
            row += 1
            sheet.write_string(row, 0, self._said(text), self._format(bold=True, **_HEAD[need]))
        row += 2
        sheet.write_string(row, 0, self._said(message("Sheets")), bold)
        for table in self._tables:
            row += 1
            name = self._said(table.title)
            sheet.write_url(row, 0, f"internal:'{name}'!A1", link, name)
            sheet.write_string(row, 1, self._said(table.about), plain)
        sheet.activate()


_STEPS: Final = (
    message("Fill in the sheet Supplier once: who signs, and who makes the products."),
    message("Give each product, service or site a row on the sheet Products and services."),
    message("Fill in the sheets of the claims that you make, and leave the others empty."),
    message(
        "The first row has the headings, the second explains them, the third shows an example. "
        "Write from the fourth row on."
    ),
    message("Check the workbook: openquality validate FILE.xlsx"),
    message("Mend what it tells you, and publish: openquality publish FILE.xlsx"),
)
_LEGEND: Final = (
    (Need.ALWAYS, message("Required")),
    (Need.SOMETIMES, message("Required for some metrics")),
    (Need.GROUP, message("Required with its group")),
    (Need.OPTIONAL, message("Optional")),
)


def _choices(column: Column) -> tuple[str, ...]:
    if column.kind is Kind.ANSWER:
        return ("yes", "no")
    if column.kind is Kind.UNIT and not column.choices:
        return tuple(catalogues.load().units)
    if column.kind is Kind.LETTERS and column.titles[-1] == "Currency":
        return tuple(sorted(catalogues.load().currencies))
    return column.choices if not column.many else ()


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and day.year >= 1901 else None  # noqa: PLR2004 - before it, Excel counts a day that never was


def _is_exact(text: str) -> bool:
    """Tell whether a number of a workbook gives the same text again."""
    digits = text.replace(".", "").replace("-", "").lstrip("0")
    plain = text.removeprefix("-").replace(".", "", 1)
    if not plain.isdecimal() or not plain.isascii() or len(digits) > _EXACT_DIGITS:
        return False
    return "." not in text or not text.endswith("0")
