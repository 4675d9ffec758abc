"""GTINs in their normal form, so that numbers from feeds and labels find the same product.

GS1 General Specifications, 3.3: a GTIN-8, GTIN-12 (UPC-A) or GTIN-13 (EAN-13) is stored in a
14-digit field with leading zeros. A UPC-E is a short print of a GTIN-12, and is expanded by the
scanner. The check digit finds a typing error; it proves no ownership.
"""

import re

from openquality_validator.errors import InvalidInput
from openquality_validator.message import message
from openquality_validator.rules.check_digits import gs1

LENGTHS = (8, 12, 13, 14)  # digits of the four kinds
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def normal(text: str) -> str:
    """Return a GTIN-8, -12, -13 or -14 as 14 digits; blanks and hyphens are left out.

    Raises InvalidInput (I001) for another length, other characters or a wrong check digit.
    """
    digits = text.replace(" ", "").replace("-", "")
    if _DIGITS.fullmatch(digits) is None or len(digits) not in LENGTHS:
        raise InvalidInput(
            "I001",
            message("This is no GTIN: it has 8, 12, 13 or 14 digits."),
            message("Copy the whole number."),
        )
    if not gs1(digits):
        raise InvalidInput(
            "I001",
            message("The check digit of the GTIN is wrong."),
            message("Look for a mistyped digit."),
        )
    return digits.zfill(max(LENGTHS))
