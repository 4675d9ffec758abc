"""Cells of a workbook, and which part of a record each of them gave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Cell:
    """Name one cell; row and column count from 1. `file` is set where each sheet is a file."""

    file: str | None
    sheet: str
    row: int
    column: int

    @property
    def reference(self) -> str:
        """The cell as spreadsheets write it, such as `D5`."""
        letters, rest = "", self.column
        while rest:
            rest, digit = divmod(rest - 1, _LETTERS)
            letters = chr(ord("A") + digit) + letters
        return f"{letters}{self.row}"


@dataclass(frozen=True, slots=True)
class Cells(Mapping[str, Cell]):
    """Map the JSON Pointers of a record to the cells that they were read from."""

    by_pointer: Mapping[str, Cell]

    def __getitem__(self, pointer: str) -> Cell:
        return self.by_pointer[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_pointer)

    def __len__(self) -> int:
        return len(self.by_pointer)

    def find(self, pointer: str) -> Cell:
        """Return the cell of a pointer, else that of what it stands in, else the first cell.

        There must be a cell: a workbook without any gives no document.
        """
        while pointer and pointer not in self.by_pointer:
            pointer = pointer.rpartition("/")[0]
        found = self.by_pointer.get(pointer)
        if found is not None:
            return found
        first = next(iter(self.by_pointer.values()))
        return Cell(first.file, first.sheet, 1, 1)
