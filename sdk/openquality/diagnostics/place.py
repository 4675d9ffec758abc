"""Where a finding stands, written so that a terminal or an editor makes it clickable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Name a place in a file: lines and columns, or a cell of a sheet.

    All count from 1, columns in characters; `end_column` is the first one after the place. What is
    no text has no lines; only a workbook has `sheet` and `cell`. `heading` is that of the cell's
    column, for people.
    """

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    heading: str = ""

    def __str__(self) -> str:
        if self.cell is not None:
            return f"{self.path}:{self.sheet}!{self.cell}"
        parts = (self.path, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)

    def to_json(self) -> dict[str, int | str]:
        """Return what is known of the place within its file."""
        members = {
            "line": self.line,
            "column": self.column,
            "endLine": self.end_line,
            "endColumn": self.end_column,
            "sheet": self.sheet,
            "cell": self.cell,
        }
        return {name: value for name, value in members.items() if value is not None}
