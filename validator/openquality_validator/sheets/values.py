"""What the cells of a workbook hold, once read from a file."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias


class Percentage(float):
    """Be a number that the sheet shows in percent: 0.998, shown as 99.8 %."""

    __slots__ = ()


class CommaText(str):
    """Be a text of a file that most likely writes decimals with a comma: 1.234 may be 1234."""

    __slots__ = ()


class Fault(StrEnum):
    """Say why a cell has no value although something stands in it."""

    FORMULA = "formula"  # whose result was never saved
    ERROR = "error"  # whose result is #DIV/0! or the like


@dataclass(frozen=True, slots=True)
class Broken:
    """Stand for a cell that has no value although something stands in it."""

    fault: Fault


Value: TypeAlias = str | float | bool | date | datetime | Broken | None
"""The value of a cell; whole numbers are floats, as in the files, and None is an empty cell."""
