"""How a measured amount is written."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

# Six significant digits: finer than the bound of a million rows, coarser than false precision.
DIGITS: Final = Context(prec=6, rounding=ROUND_HALF_EVEN)


def plain(value: Decimal) -> str:
    """Write a decimal without an exponent, trailing zeros or a minus zero."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
