"""Rows and sheets that do not find their place, in words for whoever filled them in."""

from collections.abc import Iterable, Iterator

from openquality_validator.findings import Finding
from openquality_validator.message import Message, message
from openquality_validator.nearest import nearest
from openquality_validator.sheets import layout
from openquality_validator.sheets.cells import Cell
from openquality_validator.sheets.codes import error, warning
from openquality_validator.sheets.headings import Source
from openquality_validator.sheets.layout import CLAIM, RECORD, Row
from openquality_validator.sheets.marker import SHEET, Marker
from openquality_validator.sheets.row_reading import Line


def records_title() -> Message:
    """Return the title of the sheet that has a row for each record."""
    return next(each.title for each in layout.tables() if each.row is Row.RECORD)


def versions(marker: Marker | None) -> Iterator[Finding]:
    """Say that a template is older, or newer than this program."""
    place = Cell(None, SHEET, 1, 2).pointer
    if marker is None or marker.version == layout.version():
        return
    if marker.version > layout.version():
        yield error(
            "W007",
            place,
            message(
                "The template has version {found}, and this program knows {known}.",
                found=marker.version,
                known=layout.version(),
            ),
            message("Update openquality."),
        )
        return
    yield warning(
        "W007",
        place,
        message(
            "The template has version {found}; the newest is {known}.",
            found=marker.version,
            known=layout.version(),
        ),
        message("Make a new one with `openquality template` and copy your rows into it."),
    )


def foreign(source: Source) -> Finding:
    """Say that a sheet is not of the template."""
    return warning(
        "W018",
        source.cell(1, 1).pointer,
        message(
            "The sheet {title!r} is not of the template; it was not read.", title=source.title[:60]
        ),
        message("Name it as in the template if it holds claims; else leave it."),
    )


def too_many(line: Line) -> Finding:
    """Say that a row is one too many."""
    return error(
        "W019",
        line.cell().pointer,
        message(
            "The sheet {title} is for one row, and here is another.", title=line.sheet.source.title
        ),
        message("Take the row out; records of another issuer go into a workbook of their own."),
    )


def same_record(line: Line, name: str, first: Line) -> Finding:
    """Say that two rows have one name."""
    hint = message("Give each row a name of its own in the column Record, on every sheet.")
    if not name:
        return error(
            "W015",
            line.cell(RECORD).pointer,
            message("This row has no name, and neither has row {row}.", row=first.number),
            hint,
        )
    return error(
        "W015",
        line.cell(RECORD).pointer,
        message(
            "The record {name!r} stands in row {row} already.", name=name[:60], row=first.number
        ),
        hint,
    )


def orphan(line: Line, name: str, known: Iterable[str]) -> Finding:
    """Say that a row belongs to no record."""
    if not name:
        return error(
            "W013",
            line.cell(RECORD).pointer,
            message("The row does not say to which record it belongs."),
            message("Write the name of the record into the column Record."),
        )
    near = nearest(name, [each for each in known if each], most=1)
    said = message("There is no record {name!r}.", name=name[:60])
    if near:
        return error(
            "W013", line.cell(RECORD).pointer, said, message("Did you mean {near!r}?", near=near[0])
        )
    return error(
        "W013",
        line.cell(RECORD).pointer,
        said,
        message(
            "Write a name that stands in the column Record of the sheet {title}.",
            title=records_title(),
        ),
    )


def same_claim(line: Line, name: str) -> Finding:
    """Say that two claims have one name."""
    return error(
        "W015",
        line.cell(CLAIM).pointer,
        message("There is another claim {name!r} of this record.", name=name[:60]),
        message("Give each claim a name of its own, or none."),
    )


def no_claim(line: Line, name: str, known: Iterable[str]) -> Finding:
    """Say that a row belongs to no claim."""
    place = line.cell(CLAIM).pointer
    if not name:
        return error(
            "W014",
            place,
            message("The row does not say to which claim it belongs."),
            message(
                "Give the claim a name in the column Claim of its sheet, and write it here too."
            ),
        )
    near = nearest(name, [each for each in known if each], most=1)
    said = message("The record has no claim {name!r}.", name=name[:60])
    if near:
        return error("W014", place, said, message("Did you mean {near!r}?", near=near[0]))
    return error(
        "W014",
        place,
        said,
        message("Write the name that the claim has in the column Claim of its own sheet."),
    )
