"""How sheets look: formats, headings in colours, and lists to choose from.

Every text is written as a text: nothing that came from a record or a cell is ever computed.
"""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from openquality_validator import catalogue as catalogues
from openquality_validator.message import Message, message, translate
from openquality_validator.sheets.column import Column, Kind, Need
from openquality_validator.sheets.marker import SHEET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LISTS: Final = f"{SHEET}_lists"
HEADS: Final = {
    Need.ALWAYS: {"bg_color": "#1F4E79", "font_color": "#FFFFFF"},
    Need.GROUP: {"bg_color": "#BDD7EE", "font_color": "#000000"},
    Need.SOMETIMES: {"bg_color": "#9DC3E6", "font_color": "#000000"},
    Need.OPTIONAL: {"bg_color": "#EDEDED", "font_color": "#000000"},
}
_MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)  # in the properties, so that bytes stay the same
_LAST_ROW: Final = 100_000  # to which lists reach
_INLINE: Final = 250  # characters of a list that stands in its rule; Excel takes 255
_NARROW, _WIDE = 18, 34  # characters
_LONG: Final = 150  # characters of an explanation that asks for a wide column
_FONT: Final = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
_FORMATS: Final = {
    Kind.NUMBER: "General",
    Kind.COUNT: "0",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd",
}


def opened(stream: io.BytesIO) -> "Workbook":
    """Begin a workbook in memory whose texts stay texts."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"title": "OpenQuality", "created": _MADE})
    return book


class Look:
    """Give the sheets of one workbook their look, in a language."""

    def __init__(self, book: "Workbook", language: str) -> None:
        self._book, self._language = book, language
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._lists: dict[tuple[str, ...], str] = {}
        self._listed: Worksheet | None = None

    def said(self, text: Message) -> str:
        """Say a text in the language of the workbook."""
        return translate(text, self._language)

    def form(self, **what: Any) -> "Format":  # noqa: ANN401 - as XlsxWriter takes them
        """Return a format, one for all cells that share it."""
        key = tuple(sorted(what.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({**_FONT, **what})
        return self._formats[key]

    def number_format(self, column: Column | None) -> str:
        """Return how values of a column are shown; a text stays as it is typed."""
        return "General" if column is None else _FORMATS.get(column.kind, "@")

    def head(self, sheet: "Worksheet", row: int, at: int, column: Column, heading: str) -> int:
        """Write a heading, set up its column, and return the width."""
        wide = _WIDE if column.kind is Kind.TEXT and not column.choices else _NARROW
        if len(column.about) > _LONG or any(column.meanings):
            wide = _WIDE
        sheet.set_column(at, at, wide, self.form(num_format=self.number_format(column)))
        form = self.form(bold=True, text_wrap=True, border=1, **HEADS[column.need])
        sheet.write_string(row, at, heading, form)
        return wide

    def hidden(self, name: str, rows: "Iterable[Sequence[str]]") -> "Worksheet":
        """Write a hidden sheet of texts."""
        sheet = self._book.add_worksheet(name)
        sheet.hide()
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                sheet.write_string(number, column, text)
        return sheet

    def choices(self, sheet: "Worksheet", first: int, at: int, column: Column) -> None:
        """Let the cells of a column from a row on be chosen from its list; others are asked about.

        A cell may keep another text: reading says what is wrong with it.
        """
        choices = _choices(column)
        if not choices:
            return
        is_short = len(",".join(choices)) <= _INLINE and not any("," in each for each in choices)
        source: Any = list(choices) if is_short else self._range(choices)
        rule = {
            "validate": "list",
            "source": source,
            "error_type": "warning",
            "error_message": self.said(message("This is not in the list. Keep it?")),
        }
        sheet.data_validation(first, at, _LAST_ROW, at, rule)

    def _range(self, choices: tuple[str, ...]) -> str:
        """Put a long list onto a hidden sheet, once, and return where it stands."""
        from xlsxwriter.utility import xl_col_to_name

        self._listed = self._listed or self.hidden(LISTS, ())
        if choices not in self._lists:
            at = len(self._lists)
            for row, choice in enumerate(choices):
                self._listed.write_string(row, at, choice)
            name = xl_col_to_name(at)
            self._lists[choices] = f"='{LISTS}'!${name}$1:${name}${len(choices)}"
        return self._lists[choices]


def _choices(column: Column) -> tuple[str, ...]:
    if column.kind is Kind.ANSWER:
        return ("yes", "no")
    if column.kind is Kind.UNIT and not column.choices:
        return tuple(catalogues.load().units)
    if column.kind is Kind.LETTERS and column.titles[-1] == "Currency":
        return tuple(sorted(catalogues.load().currencies))
    return () if column.many else column.choices
