"""The sheets of a workbook to records: rows are joined by the names of records and claims."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from openquality_validator import catalogue as catalogues
from openquality_validator.errors import UnknownTerm
from openquality_validator.findings import Finding
from openquality_validator.message import message
from openquality_validator.sheets import astray
from openquality_validator.sheets.cells import Cell, Cells, cell_of
from openquality_validator.sheets.codes import error
from openquality_validator.sheets.drafting import Draft
from openquality_validator.sheets.headings import Sheet, Source, recognise, table_of
from openquality_validator.sheets.layout import RECORD, Row
from openquality_validator.sheets.marker import Marker
from openquality_validator.sheets.row_reading import Line, Reader, Span
from openquality_validator.sheets.values import Value

_FIRST_DATA: Final = 3  # rows below the headings, in a template that nobody has changed


@dataclass(frozen=True, slots=True)
class Built:
    """Hold one record as built: its name in the workbook, its JSON, its cells, and the findings."""

    name: str
    data: bytes
    cells: Cells
    found: tuple[Finding, ...]


def assemble(
    sources: Iterable[Source], marker: Marker | None, found: Iterable[Finding] = ()
) -> Iterator[Built]:
    """Build the records of a workbook, in the order of their rows.

    `found` are findings of the file itself, which go with the first record. Where there is no
    record at all, one item without data says why.
    """
    book = _Book(marker)
    for source in sources:
        book.take(source)
    # Last, for a file may turn out bad while its sheets are read.
    book.found[:0] = [*found, *astray.versions(marker)]
    yield from book.records()


class _Book:
    """Hold the rows of all sheets, by record."""

    def __init__(self, marker: Marker | None) -> None:
        self._marker = marker
        self._pins = marker or Marker.now()
        self._reader = Reader(_catalogue(self._pins))
        self._first: Source | None = None
        self._files: dict[str, str | None] = {}
        self._sheets: list[Sheet] = []
        self._supplier: Line | None = None
        self._records: dict[str, Line] = {}
        self._rows: dict[str, list[Line]] = defaultdict(list)
        self._strings: dict[Value, Value] = {}
        self.found: list[Finding] = []

    def take(self, source: Source) -> None:
        """Read the rows of one sheet."""
        self._first = self._first or source
        self._files[source.title] = source.file
        table = table_of(source.title, self._marker)
        if table is None:
            self.found.append(astray.foreign(source))
            return
        sheet = recognise(source, table, self._marker)
        if isinstance(sheet, list):
            self.found += sheet
            return
        self._sheets.append(sheet)
        for number, row in sheet.rows:
            self._line(Line(sheet, number, self._kept(row)))
        self.found += sheet.found
        if table.row is Row.WORKBOOK and self._supplier is None:
            self._supplier = Line(sheet, sheet.heading_row + _FIRST_DATA, ())

    def _kept(self, row: Iterable[Value]) -> tuple[Value, ...]:
        # The same texts stand in thousands of rows: one of each is kept.
        known = self._strings
        cells = [known.setdefault(each, each) if type(each) is str else each for each in row]
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        return tuple(None if each == "" else each for each in cells)

    def _line(self, line: Line) -> None:
        table = line.sheet.table
        if table.row is Row.WORKBOOK:
            if self._supplier is not None:
                self.found.append(astray.too_many(line))
            self._supplier = self._supplier or line
        elif table.row is Row.RECORD:
            name = line.text(RECORD)
            if name in self._records:
                self.found.append(astray.same_record(line, name, self._records[name]))
            else:
                self._records[name] = line
        else:
            self._rows[line.text(RECORD)].append(line)

    def records(self) -> Iterator[Built]:
        """Yield the records; the findings of the whole workbook go with the first."""
        if not self._records:
            self.found.append(self._nothing())
            found = tuple(self.found)
            yield Built("", b"", Cells(self._elsewhere(found)), found)
            return
        self._adopt()
        for index, (name, line) in enumerate(self._records.items()):
            yield self._build(name, line, tuple(self.found) if index == 0 else ())

    def _adopt(self) -> None:
        """Give the rows that name no record to the only one, or say that they have none."""
        if len(self._records) == 1:
            (name,) = self._records
            self._rows[name] = self._rows.pop("", []) + (self._rows[name] if name else [])
        for name in [each for each in self._rows if each not in self._records]:
            self.found += [
                astray.orphan(line, name, self._records) for line in self._rows.pop(name)
            ]

    def _nothing(self) -> Finding:
        place = Cell(None, "", 1, 1)
        title: str = astray.records_title()
        for sheet in self._sheets:
            if sheet.table.row is Row.RECORD:
                place = sheet.source.cell(sheet.heading_row + _FIRST_DATA, 1)
                title = sheet.source.title
        if not place.sheet and self._first is not None:
            place = self._first.cell(1, 1)
        return error(
            "W005",
            place.pointer,
            message("There is no row on the sheet {title}, so there is no record.", title=title),
            message("Fill in a row there for each product or service that you speak about."),
        )

    def _build(self, name: str, line: Line, found: tuple[Finding, ...]) -> Built:
        draft = Draft(self._reader, self._pins)
        if self._supplier is not None:
            draft.apply(self._supplier, draft.record, "")
        draft.apply(line, draft.record, "")
        lines = self._rows.pop(name, [])
        draft.add(lines)
        value = draft.finished()
        spans = draft.spans
        cells = Cells(_Deferred(spans, (*found, *draft.found), self._elsewhere))
        return Built(name, orjson.dumps(value), cells, (*found, *draft.found))

    def _elsewhere(self, found: tuple[Finding, ...]) -> dict[str, Cell]:
        """Return the cells that findings name which are no part of a record."""
        pointers = {each.pointer: cell_of(each.pointer, self._files) for each in found}
        return {pointer: cell for pointer, cell in pointers.items() if cell is not None}


_Elsewhere: TypeAlias = Callable[[tuple[Finding, ...]], dict[str, Cell]]


class _Deferred(Mapping[str, Cell]):
    """Make the map of a record's cells when it is asked for: most records have no findings."""

    def __init__(self, spans: list[Span], found: tuple[Finding, ...], others: _Elsewhere) -> None:
        self._spans, self._found, self._others = spans, found, others
        self._made: dict[str, Cell] | None = None

    def _cells(self) -> dict[str, Cell]:
        if self._made is None:
            made: dict[str, Cell] = {}
            for span in self._spans:
                for pointer, cell in span.cells():
                    made.setdefault(pointer, cell)
            self._made = made | self._others(self._found)
        return self._made

    def __reduce__(self) -> tuple[type[dict[str, Cell]], tuple[dict[str, Cell]]]:
        # Another process gets the cells themselves, not the sheets that they came from.
        return dict, (self._cells(),)

    def __getitem__(self, pointer: str) -> Cell:
        return self._cells()[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells())

    def __len__(self) -> int:
        return len(self._cells())


def _catalogue(pins: Marker) -> catalogues.Catalogue:
    try:
        return catalogues.load(pins.catalogue)
    except UnknownTerm:
        return catalogues.load()
