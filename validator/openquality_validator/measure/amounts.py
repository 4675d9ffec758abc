"""How amounts are read from cells and mappings, and written into claims."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

# Six significant digits: finer than the bound of a million rows, coarser than false precision.
DIGITS: Final = Context(prec=6, rounding=ROUND_HALF_EVEN)

_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)


def parse_amount(text: object) -> Decimal | None:
    """Read a plain decimal number, or return None.

    No exponent and no endless digits: `1e999999999` as an integer would fill the memory.
    """
    if not isinstance(text, str) or _NUMBER.fullmatch(text) is None:
        return None
    return Decimal(text)


def plain(value: Decimal) -> str:
    """Write a decimal without an exponent, trailing zeros or a minus zero."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
