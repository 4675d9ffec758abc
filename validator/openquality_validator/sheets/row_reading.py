"""One row of a sheet to members of a record, with the cells that gave them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from openquality_validator.catalogue import Catalogue
from openquality_validator.findings import Finding, escape
from openquality_validator.message import message
from openquality_validator.sheets.cells import Cell
from openquality_validator.sheets.codes import error
from openquality_validator.sheets.coercion import Reading, read
from openquality_validator.sheets.column import Column, Kind, Need, key_of
from openquality_validator.sheets.deriving import URN
from openquality_validator.sheets.headings import Sheet
from openquality_validator.sheets.layout import CLAIM, RECORD
from openquality_validator.sheets.values import Value
from openquality_validator.unit_names import unit

_NEEDS: Final = tuple(Need)  # from what a row cannot do without to what it can
_REMEMBERED: Final = 20_000  # readings of cells: periods, units and codes repeat, amounts do not


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one row of data: its number, and its cells, one for each column of its sheet."""

    sheet: Sheet
    number: int
    cells: tuple[Value, ...]

    def text(self, column: Column) -> str:
        """Return the text of a key, or '' if the cell is empty or not there."""
        at = self.sheet.places.get(column.pointer)
        cell = self.cells[at - 1] if at and at <= len(self.cells) else None
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell))
        return "" if cell is None else str(cell).strip()

    def cell(self, column: Column | None = None) -> Cell:
        """Return the cell of a column, or the first of the row."""
        at = self.sheet.places.get(column.pointer, 1) if column else 1
        return self.sheet.source.cell(self.number, at)


@dataclass(slots=True)
class Span:
    """Say which cells of a row gave which part of a record: pointers below `prefix` to columns."""

    prefix: str
    line: Line
    columns: dict[str, int] = field(default_factory=dict)

    def cells(self) -> Iterator[tuple[str, Cell]]:
        """Yield the cells by pointer: what was read, then the empty ones, then the row."""
        number, headings = self.line.number, self.line.sheet.headings

        def cell(at: int) -> Cell:
            return self.line.sheet.source.cell(number, at, headings[at - 1])

        for pointer, at in self.columns.items():
            yield f"{self.prefix}{pointer}", cell(at)
        empty = [(column, at) for at, column in enumerate(self.line.sheet.columns, 1) if column]
        # What is missing as a whole begins with what it cannot do without.
        for column, at in sorted(empty, key=lambda each: _NEEDS.index(each[0].need)):
            plain = [token for token in column.path if key_of(token) is None]
            if len(plain) == len(column.path):
                yield f"{self.prefix}{column.pointer}", cell(at)
            else:
                yield f"{self.prefix}/{'/'.join(plain[:-1])}", cell(at)
        yield self.prefix, self.line.cell()


class Reader:
    """Read rows by the columns of their sheets; remembers what the same cells gave before."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[tuple[int, Value], Reading] = {}

    def apply(
        self, line: Line, target: dict[str, Any], prefix: str, name: Callable[[str], str]
    ) -> tuple[Span, list[Finding]]:
        """Put what a row holds into a part of a record, and return its cells and findings.

        `prefix` is the pointer of that part; `name` makes the id of a claim or of evidence from the
        short name in a cell.
        """
        span, found = Span(prefix, line), list[Finding]()
        units: list[tuple[Column, int, Reading]] = []
        for at, (column, cell) in enumerate(
            zip(line.sheet.columns, line.cells, strict=False), start=1
        ):
            if column is None or cell is None or column.path in _KEYS:
                continue
            reading = self._read(cell, column)
            if reading.value is not None and reading.value != ():
                value = reading.value
                if column.kind is Kind.PART:
                    value = _named(value, name)
                _put(target, column, value, span, at)
            if reading.notes or reading.unit:
                pointer = _pointer_of(span, at, column)
                found += [each.at(pointer) for each in reading.notes]
                if reading.unit:
                    units.append((column, at, reading))
        for column, at, reading in units:
            found += self._with_unit(span, target, column, at, reading)
        return span, found

    def _read(self, cell: Value, column: Column) -> Reading:
        if type(cell) is not str and type(cell) is not float:
            return read(cell, column, catalogue=self._catalogue)
        key = (id(column), cell)  # a text never equals a number
        known = self._known.get(key)
        if known is None:
            known = read(cell, column, catalogue=self._catalogue)
            if len(self._known) < _REMEMBERED:
                self._known[key] = known
        return known

    def _with_unit(
        self, span: Span, target: dict[str, Any], column: Column, at: int, reading: Reading
    ) -> Iterator[Finding]:
        """Put the unit that stood in the cell of an amount where it belongs."""
        said = unit(reading.unit, catalogue=self._catalogue) or reading.unit
        pointer = _pointer_of(span, at, column)
        if column.sibling is None:
            if said == "%" and column.path[-1].endswith("Percent"):
                return
            yield error(
                "W034",
                pointer,
                message("The cell holds the unit {unit}, and this number has none.", unit=said),
                message("Write the number alone, as the heading explains it."),
            )
            return
        stated = _get(target, column.sibling)
        if stated is None:
            _put_at(target, column.sibling, said, span, at)
        elif stated != said:
            yield error(
                "W034",
                pointer,
                message(
                    "The cell holds the unit {unit}, and the column of the unit {other}.",
                    unit=said,
                    other=str(stated),
                ),
                message("Keep the one that is meant."),
            )


_KEYS: Final = frozenset((RECORD.path, CLAIM.path))


def _named(value: Any, name: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the ids that short names stand for."""
    if isinstance(value, tuple):
        return [_named(each, name) for each in value]
    text = str(value)
    return text if text.startswith(URN) else name(text)


def _pointer_of(span: Span, at: int, column: Column) -> str:
    for pointer, place in span.columns.items():
        if place == at:
            return f"{span.prefix}{pointer}"
    if column.is_keyed:
        return span.line.sheet.source.cell(span.line.number, at).pointer
    return f"{span.prefix}{column.pointer}"


def _put(target: dict[str, Any], column: Column, value: Any, span: Span, at: int) -> None:  # noqa: ANN401 - any JSON value
    """Put the value of a column into its place."""
    if isinstance(value, tuple):
        value = list(value)
    path = column.path
    if column.is_keyed:
        _put_at(target, path, value, span, at)
        return
    # The empty cells of a row have places too, so that of a plain column is known without noting.
    for token in path[:-1]:
        target = target.setdefault(token, {})
    target[path[-1]] = value


def _put_at(
    target: dict[str, Any],
    path: Sequence[str],
    value: Any,  # noqa: ANN401 - any JSON value
    span: Span,
    at: int,
) -> None:
    """Put a value at a path through keyed lists, making what leads to it, and note its pointer."""
    holder: Any = target
    pointer = ""
    for token, below in zip(path, (*path[1:], None), strict=True):
        key = key_of(token)
        if key is not None:
            member, wanted = key
            index = next((i for i, each in enumerate(holder) if each.get(member) == wanted), None)
            if index is None:
                index = len(holder)
                holder.append({member: wanted})
            holder, pointer = holder[index], f"{pointer}/{index}"
            continue
        pointer = f"{pointer}/{escape(token)}"
        if below is None:
            holder[token] = value
        else:
            holder = holder.setdefault(token, [] if key_of(below) else {})
    span.columns[pointer] = at


def _get(target: Mapping[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value
    found: Any = target
    for token in path:
        key = key_of(token)
        if key is not None:
            found = next((each for each in found or () if each.get(key[0]) == key[1]), None)
        else:
            found = found.get(token) if isinstance(found, Mapping) else None
    return found
