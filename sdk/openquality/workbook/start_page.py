"""The first sheet of the template: what to do, what the colours mean, and what is where."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from openquality.workbook.look import HEADS, Look
from openquality_validator.message import message
from openquality_validator.sheets.column import Need
from openquality_validator.sheets.layout import Table
from openquality_validator.sheets.marker import Marker

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

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


def start_page(sheet: "Worksheet", look: Look, tables: Sequence[Table], sector: str) -> None:
    """Write the start page of a template for some sheets."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    sheet.set_row(0, 26)
    plain, bold = look.form(text_wrap=True), look.form(bold=True, text_wrap=True)
    link = look.form(font_color="#0563C1", underline=1)
    about = message("OpenQuality template {version}", version=Marker.now().version)
    title = look.form(bold=True, font_size=16)
    sheet.write_string(0, 0, look.said(message("Quality as data")), title)
    sheet.write_string(1, 0, look.said(about), plain)
    sheet.write_string(1, 1, look.said(message(sector)), plain)
    row = 2
    for number, text in enumerate(_STEPS, start=1):
        row += 1
        sheet.write_string(row, 0, f"{number}.", bold)
        sheet.write_string(row, 1, look.said(text), plain)
    row += 2
    sheet.write_string(row, 0, look.said(message("Colours of headings")), bold)
    for need, text in _LEGEND:
        row += 1
        sheet.write_string(row, 0, look.said(text), look.form(bold=True, **HEADS[need]))
    row += 2
    sheet.write_string(row, 0, look.said(message("Sheets")), bold)
    for table in tables:
        row += 1
        name = look.said(table.title)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", link, name)
        sheet.write_string(row, 1, look.said(table.about), plain)
