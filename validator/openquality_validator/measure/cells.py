"""The cells of one row, read by the role that the mapping gives them."""

from collections.abc import Mapping as Members
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import parse_amount
from openquality_validator.measure.dates import DateReader, fitting
from openquality_validator.measure.mapping import Mapping, Unusable
from openquality_validator.measure.table import Table
from openquality_validator.message import any_of, message

VALUE_SCALE: Final = 10**9
_LARGEST: Final = 2**63 // VALUE_SCALE
MOST: Final = 10**12  # of one cell that counts: so that sums stay whole for every JSON reader


class Reader:
    """Read rows of one table by one mapping.

    Making it checks that every column is there (UnusableData M001) and every date format usable
    (M003). A cell that neither reads nor is declared unusable raises M004 with its row and text:
    nothing is guessed and nothing dropped silently.
    """

    def __init__(self, table: Table, mapping: Mapping) -> None:
        self.columns = mapping.columns
        self._places = {role: table.index(name) for role, name in mapping.columns.items()}
        self._where = tuple((table.index(each.column), each.equals) for each in mapping.where)
        self._dates = {role: DateReader(forms) for role, forms in mapping.date_formats.items()}
        self._counted = frozenset(mapping.counted)
        self._not_counted = frozenset(mapping.not_counted)
        self._decimal = mapping.table.decimal
        self._unusable: dict[int, list[Unusable]] = {}
        for each in mapping.unusable:
            self._unusable.setdefault(table.index(each.column), []).append(each)

    def timed(self, *roles: str) -> bool:
        """Tell whether all these roles hold a time of day, not a date alone."""
        return all(self._dates[role].timed for role in roles)

    def zoned(self, *roles: str) -> set[bool]:
        """Return whether these roles state an offset from UTC: one answer, or two that differ."""
        return {self._dates[role].zoned for role in roles}

    def belongs(self, row: Sequence[str]) -> bool:
        """Tell whether the row meets every condition of the mapping."""
        return all(row[place].strip() == text for place, text in self._where)

    def unusable(self, row: Sequence[str]) -> tuple[str, str] | None:
        """Return the declared reason why the row cannot be used, and its cell; or None."""
        for place, declared in self._unusable.items():
            text = row[place].strip()
            for each in declared:
                if each.fits(text):
                    return f"{each.column}: {each.reason}", text
        return None

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """Return the cell of each role, without surrounding blanks."""
        return {role: row[place].strip() for role, place in self._places.items()}

    def moment(self, role: str, text: str, number: int) -> datetime:
        """Read a date cell."""
        try:
            moment = self._dates[role].read(text)
        except UnusableData as error:
            raise UnusableData(
                error.code,
                message(
                    "Row {number}, {columns!r}: {message}",
                    number=number,
                    columns=self.columns[role],
                    message=error.message,
                ),
                error.hint,
            ) from None
        if moment is None:
            others = any_of(fitting(text))
            raise UnusableData(
                "M004",
                message(
                    "Row {number}, {columns!r}: {text!r} is not a date of the form {formats}.",
                    number=number,
                    columns=self.columns[role],
                    text=text,
                    formats=any_of(self._dates[role].formats),
                ),
                message(
                    "It reads as {others}: state the one that is meant, or declare such cells "
                    "unusable with a reason.",
                    others=others,
                )
                if others
                else message("Mend it, or declare such cells unusable with a reason."),
            )
        return moment

    def number(self, role: str, text: str, number: int) -> Decimal:
        """Read a number cell with the table's decimal mark and no grouping."""
        plain = text
        if self._decimal == ",":
            plain = text.replace(",", ".") if "." not in text else ""
        value = parse_amount(plain)
        if value is None:
            raise UnusableData(
                "M004",
                message(
                    "Row {number}, {columns!r}: {text!r} is not a plain number.",
                    number=number,
                    columns=self.columns[role],
                    text=text,
                ),
                message(
                    "Write digits with {decimal!r} as the decimal mark, no grouping and no unit; "
                    "or declare such cells unusable with a reason.",
                    decimal=self._decimal,
                ),
            )
        return value

    def scaled(self, role: str, text: str, number: int) -> int:
        """Read a number cell as whole billionths: exact, 8 bytes to keep, and sums stay exact."""
        value = self.number(role, text, number) * VALUE_SCALE
        if value != int(value) or abs(value) >= _LARGEST * VALUE_SCALE:
            raise UnusableData(
                "M010",
                message(
                    "Row {number}, {columns!r}: {text!r} has more than nine decimals or is "
                    "beyond {largest}.",
                    number=number,
                    columns=self.columns[role],
                    text=text,
                    largest=_LARGEST,
                ),
                message("Round the values, or state them in a larger or smaller unit."),
            )
        return int(value)

    def amount(self, role: str, text: str, number: int) -> int:
        """Read a cell of something that cannot be below zero, as whole billionths."""
        value = self.scaled(role, text, number)
        if value < 0:
            raise UnusableData(
                "M010",
                message(
                    "Row {number}, {columns!r}: {text!r} is below zero.",
                    number=number,
                    columns=self.columns[role],
                    text=text,
                ),
                message("Mend it, or declare such cells unusable with a reason."),
            )
        return value

    def counted(self, text: str, number: int) -> bool:
        """Tell whether an outcome is one of those that the mapping counts."""
        if text not in self._counted and text not in self._not_counted:
            raise UnusableData(
                "M004",
                message(
                    "Row {number}, {outcome!r}: {text!r} is not a stated outcome.",
                    number=number,
                    outcome=self.columns["outcome"],
                    text=text,
                ),
                message("List it as counted or not counted, or declare it unusable with a reason."),
            )
        return text in self._counted

    def count(self, role: str, text: str, number: int) -> int:
        """Read a cell that counts: a whole number, not below zero."""
        value = self.number(role, text, number)
        if not 0 <= value <= MOST or value != int(value):
            raise UnusableData(
                "M010",
                message(
                    "Row {number}, {columns!r}: {text!r} is not a count.",
                    number=number,
                    columns=self.columns[role],
                    text=text,
                ),
                message("Counts are whole numbers from 0 to {most}.", most=MOST),
            )
        return int(value)


def missing(cells: Members[str, str], roles: Sequence[str]) -> str | None:
    """Return the first of these roles whose cell is empty."""
    return next((role for role in roles if not cells[role]), None)
