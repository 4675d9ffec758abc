"""Numbers that others know a supplier or a product by, checked as they are typed.

Shapes come from `Identifier` in the attestation schema; check digits of GTIN and GLN are those of
GS1 (General Specifications, 7.9), those of an LEI ISO 17442. They find a typing error, and prove no
ownership.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from openquality.refused import RefusedInput
from openquality_schemas import attestation_schema
from openquality_validator.message import message
from openquality_validator.rules import check_digits

PRODUCT = ("gtin", "gmn", "mpn", "sku")
PARTY = ("lei", "gln", "vat", "duns", "eori", "register")
NAMES: Final[Mapping[str, str]] = {
    "gtin": "GTIN",
    "gln": "GLN",
    "gmn": "GMN",
    "lei": "LEI",
    "duns": message("D-U-N-S number"),
    "vat": message("VAT number"),
    "eori": message("EORI number"),
    "register": message("register number"),
    "mpn": message("part number"),
    "sku": message("article number"),
}
GUESSED = ("lei", "gln", "duns", "vat")  # in this order: no text has the shape of two of them
_SPACED = {"gtin", "gln", "lei", "duns", "vat", "eori"}  # blanks, hyphens and dots mean nothing
_SEPARATORS = re.compile(r"[\s.\-]+")
_DIGITS = "0123456789"
_LEI_LENGTH = 20


@dataclass(eq=False)
class NotIdentifier(RefusedInput):
    """A text is no identifier of its kind."""

    kind: str
    text: str
    why: str
    mend: str

    def __str__(self) -> str:
        return message(
            "{text!r} is no {kind}: {why} {mend}",
            text=self.text,
            kind=self.kind,
            why=self.why,
            mend=self.mend,
        )


def check(scheme: str, text: str) -> dict[str, str]:
    """Return an identifier as records hold it; blanks, hyphens and dots between digits go.

    Raises NotIdentifier.
    """
    name = NAMES[scheme]
    value = text.strip()
    if scheme in _SPACED:
        value = _SEPARATORS.sub("", value).upper()
    pattern, described = _shapes().get(scheme, ("", ""))
    if not value or re.search(pattern, value) is None:
        copy = message("Copy the whole number, as it was given to you.")
        raise NotIdentifier(name, text, described or message("It is empty."), copy)
    right = _right(scheme, value)
    if right != value:
        raise NotIdentifier(
            name,
            text,
            message("Its check digit does not go with the others."),
            message(
                "Look for a mistyped or exchanged digit; if all others are right, it is {right}.",
                right=right,
            ),
        )
    return {"scheme": scheme, "value": value}


def guess(text: str) -> dict[str, str]:
    """Read an organisation's identifier, `lei=5299…` or the bare number of an LEI, GLN or VAT.

    Raises NotIdentifier.
    """
    scheme, mark, value = text.partition("=")
    known = message("Write it like lei=5493001KJTIIGC8Y1R12; kinds: {all}.", all=", ".join(PARTY))
    if mark:
        scheme = scheme.strip().lower()
        if scheme not in PARTY:
            raise NotIdentifier(
                message("identifier"), text, message("There is no kind {k!r}.", k=scheme), known
            )
        return check(scheme, value)
    bare = _SEPARATORS.sub("", text).upper()
    for scheme in GUESSED:
        # A word has the shape of some countries' VAT numbers, all of which have digits.
        if re.search(_shapes()[scheme][0], bare) and any(each in _DIGITS for each in bare):
            return check(scheme, text)
    raise NotIdentifier(
        message("identifier"), text, message("It has the shape of none that we know."), known
    )


def _right(scheme: str, value: str) -> str:
    """Return the number with the check digits that go with the others."""
    if scheme in {"gtin", "gln"}:
        stem = value[:-1]
        return next(stem + digit for digit in _DIGITS if check_digits.gs1(stem + digit))
    if scheme == "lei":
        stem = value[: _LEI_LENGTH - 2]
        return next(
            number
            for number in (f"{stem}{digits:02}" for digits in range(2, 99))
            if check_digits.lei(number)
        )
    return value


@cache
def _shapes() -> dict[str, tuple[str, str]]:
    """Return pattern and description for each scheme that the schema describes further."""
    cases: list[dict[str, Any]] = attestation_schema()["$defs"]["Identifier"]["allOf"]
    found: dict[str, tuple[str, str]] = {}
    for case in cases:
        value = case["then"]["properties"]["value"]
        scheme = case["if"]["properties"]["scheme"]["const"]
        found[scheme] = (value["pattern"], message(value["description"]))
    return found
