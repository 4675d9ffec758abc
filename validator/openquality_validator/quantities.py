"""Amounts with their units, as people read them."""

from typing import Final

ONE: Final = "1"  # the UCUM code of a plain number


def with_unit(amount: str, unit: str) -> str:
    """Write an amount with its unit: `97.5 %`; a plain number has none: `25`."""
    return amount if unit == ONE else f"{amount} {unit}"
