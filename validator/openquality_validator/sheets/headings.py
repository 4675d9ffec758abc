"""The rows of a sheet as people left it: which row has the headings, and which rows are data.

People put titles above the headings, take out the row of explanations, move columns and add some of
their own. A heading is known by its text, in any language of the template, or by what the template
itself says about it; case and blanks do not count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from openquality_validator.findings import Finding
from openquality_validator.message import join, languages, message, translate
from openquality_validator.nearest import nearest
from openquality_validator.sheets import layout
from openquality_validator.sheets.cells import Cell
from openquality_validator.sheets.codes import error, warning
from openquality_validator.sheets.column import Column
from openquality_validator.sheets.layout import Table
from openquality_validator.sheets.marker import Marker
from openquality_validator.sheets.values import Value

EXAMPLE: Final = message("Example")
"""Begins the first cell of the row of examples, so that it is not read as data."""

_SEARCHED: Final = 20  # rows from the top in which the headings may stand
_LEAST: Final = 2  # headings that make a row the heading row


@dataclass(frozen=True, slots=True)
class Source:
    """Hold the rows of one tab or CSV file, each with its number from 1, as they are read once.

    `merged` holds ranges of cells as first row, first column, last row, last column; `hidden` the
    numbers of hidden rows.
    """

    title: str
    file: str | None
    rows: Iterable[tuple[int, Sequence[Value]]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: frozenset[int] = frozenset()

    def cell(self, row: int, column: int, heading: str = "") -> Cell:
        """Name a cell of it."""
        return Cell(self.file, self.title, row, column, heading)


@dataclass(slots=True)
class Sheet:
    """Hold a sheet whose headings are known: `columns` by place from 0, None where unknown."""

    table: Table
    source: Source
    heading_row: int
    columns: tuple[Column | None, ...]
    rows: Iterator[tuple[int, Sequence[Value]]]
    found: list[Finding] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)  # the columns by pointer, from 1
    headings: tuple[str, ...] = ()  # of the columns, '' where unknown


def table_of(title: str, marker: Marker | None) -> Table | None:
    """Return the sheet that a tab or a CSV file is, by its name, or None."""
    said = marker.tabs.get(title) if marker else None
    return layout.table(said) if said else _titles().get(_plain(title))


def recognise(source: Source, table: Table, marker: Marker | None) -> Sheet | list[Finding]:
    """Find the headings of a sheet, or return why they are not there: nothing if it is empty."""
    known = _headings(table, marker)
    rows = iter(source.rows)
    seen: list[tuple[int, Sequence[Value]]] = []
    for number, row in rows:
        if not any(_is_filled(each) for each in row):
            continue
        hits = sum(1 for each in row if isinstance(each, str) and _plain(each) in known)
        if hits >= min(_LEAST, len(table.columns)):
            return _sheet(source, table, known, (number, row), rows)
        seen.append((number, row))
        if len(seen) >= _SEARCHED:
            break
    if not seen:
        return []
    return [
        error(
            "W004",
            source.cell(seen[0][0], 1).pointer,
            message(
                "The sheet {title} has no row with the headings of the template.",
                title=source.title,
            ),
            message(
                "Put the headings into one row, as the template has them: {headings}, …",
                headings=join(", ", [each.heading for each in table.columns[:4]]),
            ),
        )
    ]


def _sheet(
    source: Source,
    table: Table,
    known: Mapping[str, Column],
    head: tuple[int, Sequence[Value]],
    rows: Iterator[tuple[int, Sequence[Value]]],
) -> Sheet:
    number, cells = head
    names = [_plain(each) if isinstance(each, str) else "" for each in cells]
    columns = [known.get(name) for name in names]
    sheet = Sheet(table, source, number, tuple(columns), iter(()))
    for at, column in enumerate(columns):
        if column is not None and column in columns[:at]:
            columns[at] = None
            sheet.found.append(
                error(
                    "W015",
                    source.cell(number, at + 1).pointer,
                    message("The heading {heading} stands twice.", heading=column.heading),
                    message("Keep one of the two columns."),
                )
            )
    sheet.columns = tuple(columns)
    sheet.headings = tuple(each.heading if each else "" for each in columns)
    sheet.places = {each.pointer: at for at, each in enumerate(columns, start=1) if each}
    sheet.found += [
        _merged(source.cell(row, column))
        for row, column, last_row, _ in source.merged
        if last_row > number
    ]
    strange = {at: str(cells[at]) for at, each in enumerate(columns) if each is None and names[at]}
    sheet.rows = _data(sheet, strange, tuple(names), rows)
    return sheet


def _data(
    sheet: Sheet,
    strange: dict[int, str],
    names: tuple[str, ...],
    rows: Iterator[tuple[int, Sequence[Value]]],
) -> Iterator[tuple[int, Sequence[Value]]]:
    """Yield the rows of data; notes headings that are unknown once something stands below them."""
    is_above = True
    width = len(names)
    for number, row in rows:
        filled = [at for at, each in enumerate(row) if each is not None and _is_filled(each)]
        if not filled:
            continue
        if is_above and (_is_explaining(sheet, row) or _is_example(sheet, number, row)):
            continue
        if all(at < width and _says(row[at], names[at]) for at in filled):
            sheet.found.append(_repeated(sheet.source.cell(number, 1)))
            continue
        is_above = False
        if number in sheet.source.hidden:
            sheet.found.append(_hidden(sheet.source.cell(number, 1)))
        if filled[-1] >= width:
            sheet.found.append(_beyond(sheet.source.cell(number, filled[-1] + 1)))
        for at in [each for each in strange if each in filled]:
            sheet.found.append(_strange(sheet, at, strange.pop(at)))
        yield number, row


def _is_explaining(sheet: Sheet, row: Sequence[Value]) -> bool:
    """Tell whether a row has the explanations of the template, in any language."""
    said = [
        any(about in cell for about in _abouts(column))
        for column, cell in zip(sheet.columns, row, strict=False)
        if column is not None and column.about and isinstance(cell, str) and cell
    ]
    return sum(said) * 2 > len(said)


def _is_example(sheet: Sheet, number: int, row: Sequence[Value]) -> bool:
    first = row[0] if row else None
    if not isinstance(first, str):
        return False
    names = {_plain(translate(EXAMPLE, each)) for each in languages()}
    if _plain(first.partition(":")[0]) not in names:
        return False
    _check_example(sheet, number, row)
    return True


def _check_example(sheet: Sheet, number: int, row: Sequence[Value]) -> None:
    """Warn if somebody has written over the example: it would be left out in silence."""
    from openquality_validator.sheets.examples import known

    for at, column in enumerate(sheet.columns):
        cell = row[at] if at < len(row) else None
        if column is None or at == 0 or cell is None or not _is_filled(cell):
            continue
        if str(cell) not in known(sheet.table, column):
            sheet.found.append(
                warning(
                    "W016",
                    sheet.source.cell(number, at + 1).pointer,
                    message("The row of examples was changed here; it is not read."),
                    message("If this is your own data, clear the first cell of the row."),
                )
            )
            return


def _says(cell: Value, name: str) -> bool:
    return isinstance(cell, str) and _plain(cell) == name


def _merged(cell: Cell) -> Finding:
    return error(
        "W008",
        cell.pointer,
        message("Cells are merged here; only the first of them has a value."),
        message("Unmerge them, and write the value into each cell that it is meant for."),
    )


def _hidden(cell: Cell) -> Finding:
    return warning(
        "W009",
        cell.pointer,
        message("This row is hidden; it was read like the others."),
        message("Show it and check it; delete the row if it is not meant."),
    )


def _repeated(cell: Cell) -> Finding:
    return warning(
        "W017",
        cell.pointer,
        message("The headings stand here once more; the row was not read."),
        message("Take the row out."),
    )


def _beyond(cell: Cell) -> Finding:
    return error(
        "W036",
        cell.pointer,
        message("The row goes on to the right of the last heading."),
        message(
            "Take the cell out, or give its column a heading; in a CSV file, put quotes around a "
            "text that holds the delimiter."
        ),
    )


def _strange(sheet: Sheet, at: int, heading: str) -> Finding:
    missing = {
        str(each.heading): each.heading for each in sheet.table.columns if each not in sheet.columns
    }
    near = nearest(heading, missing, most=1)
    return error(
        "W006",
        sheet.source.cell(sheet.heading_row, at + 1).pointer,
        message(
            "The heading {heading!r} is not one of the template's, so this column cannot be read.",
            heading=heading[:60],
        ),
        message("Did you mean {near!r}? Else clear the column.", near=missing[near[0]])
        if near
        else message("Write the heading as the template has it, or clear the column."),
    )


@cache
def _titles() -> dict[str, Table]:
    """Return the sheets by their titles in every language."""
    return {
        _plain(translate(each.title, language)): each
        for language in reversed(languages())
        for each in layout.tables()
    }


def _headings(table: Table, marker: Marker | None) -> dict[str, Column]:
    """Return the columns by their headings: those of the template at hand go before the others."""
    own = marker.headings.get(table.id, {}) if marker else {}
    pairs = ((_plain(name), table.column(pointer)) for name, pointer in own.items())
    return _common(table.id) | {name: column for name, column in pairs if column is not None}


@cache
def _common(name: str) -> dict[str, Column]:
    found = layout.table(name)
    assert found is not None
    return {
        _plain(translate(each.heading, language)): each
        for language in reversed(languages())
        for each in found.columns
    }


@cache
def _abouts(column: Column) -> tuple[str, ...]:
    """Return the explanation of a column in every language."""
    return tuple(translate(message(column.about), each) for each in languages())


def _is_filled(cell: Value) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip("*: ")
