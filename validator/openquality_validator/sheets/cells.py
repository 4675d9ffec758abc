"""Cells of a workbook, and which part of a record each of them gave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from openquality_validator.findings import Finding, escape
from openquality_validator.message import Message

ELSEWHERE: Final = "/-/"
"""Begins the pointers of cells that are no part of a record: `/-/Capability!D5`."""

_LETTERS: Final = 26
_MISSING: Final = "S002"  # which points at the object that lacks a member


@dataclass(frozen=True, slots=True)
class Cell:
    """Name one cell; row and column count from 1. `file` is set where each sheet is a file.

    `heading` is what stands above it, if that is known: it helps people, and names nothing.
    """

    file: str | None
    sheet: str
    row: int
    column: int
    heading: str = field(default="", compare=False)

    @property
    def reference(self) -> str:
        """The cell as spreadsheets write it, such as `D5`."""
        letters, rest = "", self.column
        while rest:
            rest, digit = divmod(rest - 1, _LETTERS)
            letters = chr(ord("A") + digit) + letters
        return f"{letters}{self.row}"

    @property
    def pointer(self) -> str:
        """The pointer that stands for this cell where it is no part of a record."""
        return f"{ELSEWHERE}{escape(f'{self.sheet}!{self.reference}')}"


@dataclass(frozen=True, slots=True)
class Cells(Mapping[str, Cell]):
    """Map the JSON Pointers of a record to the cells that they were read from.

    Empty cells are there too: what is missing has a place. A cell that is no part of the record has
    its own `pointer`.
    """

    by_pointer: Mapping[str, Cell]

    def __getitem__(self, pointer: str) -> Cell:
        return self.by_pointer[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_pointer)

    def __len__(self) -> int:
        return len(self.by_pointer)

    def of(self, finding: Finding) -> Cell:
        """Return the cell that a finding is about: of a missing member, the empty one."""
        if finding.code == _MISSING and isinstance(finding.message, Message):
            name = finding.message.values.get("name")
            if isinstance(name, str):
                return self.find(f"{finding.pointer}/{escape(name)}")
        return self.find(finding.pointer)

    def find(self, pointer: str) -> Cell:
        """Return the cell of a pointer, else the first of what it holds, or of what holds it.

        There must be a cell: a workbook without any gives no document.
        """
        found = self.by_pointer.get(pointer) or self._first_below(pointer)
        while found is None and pointer:
            pointer = pointer.rpartition("/")[0]
            found = self.by_pointer.get(pointer)
        if found is not None:
            return found
        first = next(iter(self.by_pointer.values()))
        return Cell(first.file, first.sheet, 1, 1)

    def _first_below(self, pointer: str) -> Cell | None:
        if not pointer:
            return None
        start = f"{pointer}/"
        return next(
            (cell for name, cell in self.by_pointer.items() if name.startswith(start)), None
        )


def is_of_record(pointer: str) -> bool:
    """Tell whether a pointer leads into a record, and not to a cell beside it or to the whole."""
    return bool(pointer) and not pointer.startswith(ELSEWHERE)


def cell_of(pointer: str, files: Mapping[str, str | None]) -> Cell | None:
    """Return the cell that stands outside the record, or None if the pointer is one of the record.

    `files` leads from the names of sheets to their files.
    """
    if not pointer.startswith(ELSEWHERE):
        return None
    said = pointer[len(ELSEWHERE) :].replace("~1", "/").replace("~0", "~")
    sheet, _, reference = said.rpartition("!")
    row, column = row_and_column(reference)
    return Cell(files.get(sheet), sheet, row, column)


def row_and_column(reference: str) -> tuple[int, int]:
    """Return row and column, from 1, of a reference such as `D5`."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :]), column
