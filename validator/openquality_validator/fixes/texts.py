"""Mend texts: blanks around them, line breaks, what nobody can see, upper and lower case."""

import re
import unicodedata

from openquality_validator.fixes.spot import Proposals, Spot
from openquality_validator.message import message

# They come along with a copy and show nothing; what turns or hides text is for a person to look at.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_BLANKS = re.compile(r"[\s\u0085]+")


def byte_order_mark(spot: Spot) -> Proposals:
    """Take the mark away that some editors put before UTF-8."""
    if spot.text.startswith("\ufeff"):
        yield None, message("byte-order mark")


def trimmed(spot: Spot) -> Proposals:
    """Take blanks away from around a text, and what is invisible from within."""
    if isinstance(spot.value, str):
        yield spot.value.translate(_UNSEEN).strip(), message("blanks")


def one_paragraph(spot: Spot) -> Proposals:
    """Write line breaks and tabs as one blank."""
    if isinstance(spot.value, str):
        yield _BLANKS.sub(" ", spot.value).strip(), message("line breaks")


def seen(spot: Spot) -> Proposals:
    """Take away what shows nothing."""
    if isinstance(spot.value, str):
        yield spot.value.translate(_UNSEEN), message("invisible characters")


def composed(spot: Spot) -> Proposals:
    """Write the text in Unicode normalisation form C."""
    if isinstance(spot.value, str):
        yield unicodedata.normalize("NFC", spot.value), message("Unicode form")


def upper_case(spot: Spot) -> Proposals:
    """Write codes of countries and currencies in capitals."""
    if isinstance(spot.value, str) and spot.value.isascii():
        yield spot.value.strip().upper(), message("capitals")


def lower_case(spot: Spot) -> Proposals:
    """Write UUIDs and digests in small letters."""
    if isinstance(spot.value, str) and spot.value.isascii():
        yield spot.value.strip().lower(), message("small letters")
