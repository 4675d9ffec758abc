"""Documents of others to values and back, without a number ever becoming a float.

Other formats write results as JSON or YAML numbers. A float would turn 0.1 + 0.2 and the
eighteenth digit into something that nobody stated, so that numbers are `int` or `Decimal` here.
"""

import json
import re
from decimal import Decimal
from typing import Any

import orjson

from openquality_validator import documents
from openquality_validator.errors import ConversionError
from openquality_validator.message import message

MAX_BYTES = 4_194_304  # a material certificate carries its logo and stamp as pictures
_AMOUNT = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_BEFORE, _AFTER = 18, 15  # digits that a decimal of a record has at most (docs/spec/attestation.md)


def from_json(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON strictly, with every number exact.

    Raises MalformedDocument (codes D001 to D007), as for our own documents.
    """
    documents.parse(data, max_bytes=MAX_BYTES)
    return json.loads(data, parse_float=Decimal)


def to_bytes(document: object) -> bytes:
    """Write a document that holds exact numbers as indented JSON."""
    return orjson.dumps(
        document, default=_literal, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def decimal_text(value: object) -> str | None:
    """Return a number, or a text that spells one, as a decimal of the attestation; None otherwise.

    Exact: nothing is rounded, and trailing zeros stay, because they say how precise a value is.
    """
    text = _plain(value)
    if text is None or not _AMOUNT.fullmatch(text):
        return None
    sign = "-" if text[0] == "-" and text.strip("-0.") else ""
    before, _, after = text.lstrip("+-").partition(".")
    before = before.lstrip("0") or "0"
    if len(before) > _BEFORE or len(after) > _AFTER:
        return None
    return f"{sign}{before}.{after}" if after else f"{sign}{before}"


def number(text: str) -> int | Decimal:
    """Return the exact number that a decimal of the attestation spells."""
    return Decimal(text) if "." in text else int(text)


def shifted(text: str, places: int) -> Decimal:
    """Return the number with its point moved to the right: exact, from a share to percent."""
    sign, digits, exponent = Decimal(text).as_tuple()
    moved = Decimal((sign, digits, int(exponent) + places))
    return moved.quantize(Decimal(1)) if int(exponent) + places > 0 else moved


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        # The size comes first: writing a million digits is itself an attack.
        return str(value) if value.bit_length() <= 64 else None  # noqa: PLR2004 - 2^64 has 20 digits
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _BEFORE + _AFTER:
            return None
        return f"{value:f}"
    return value if isinstance(value, str) else None


def _literal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    raise TypeError


def require_object(value: object, *, what: str) -> dict[str, Any]:
    """Return the value as an object, or raise ConversionError (F001)."""
    if not isinstance(value, dict):
        raise not_this(what)
    return value


def not_this(what: str) -> ConversionError:
    """Say that a document is not of the format that was named."""
    return ConversionError(
        "F001",
        message("This is no {what}.", what=what),
        message("Name the format that the document has, with --from."),
    )


def unknown_version(what: str, found: object, *, known: str) -> ConversionError:
    """Say that a document is of a version that is not read."""
    return ConversionError(
        "F002",
        message(
            "This {what} is of version {found!r}; read here: {known}.",
            what=what,
            found=str(found)[:40],
            known=known,
        ),
        message("Export it in one of those versions."),
    )
