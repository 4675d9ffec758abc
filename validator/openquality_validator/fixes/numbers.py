"""Mend numbers, days and times that are written as people write them."""

import re

from openquality_validator import spelling, unit_names
from openquality_validator.catalogue import Catalogue
from openquality_validator.fixes.spot import Proposals, Spot
from openquality_validator.message import message
from openquality_validator.suggestions import catalogue_of

_WITH_UNIT = re.compile(r"(.*?[0-9.,])\s*([^\s0-9.,+-][^0-9]*)", re.DOTALL)


def amount(spot: Spot) -> Proposals:
    """Write a decimal with a point; a unit behind it goes if it is the one that stands beside."""
    if not isinstance(spot.value, str):
        return
    read = spelling.decimal(spot.value)
    if read is not None:
        yield read, message("spelling of the number")
        return
    found = _WITH_UNIT.fullmatch(spot.value.strip())
    stated = spot.parent.get("unit") if isinstance(spot.parent, dict) else None
    known = catalogue_of(spot.record)
    if found and known and isinstance(stated, str):
        read = spelling.decimal(found[1])
        if read is not None and stated == _unit(found[2], known):
            yield read, message("unit within the number")


def quoted(spot: Spot) -> Proposals:
    """Put a number into quotes, digit by digit as it is written."""
    if type(spot.value) in {int, float}:
        yield spot.raw, message("quotes")


def whole(spot: Spot) -> Proposals:
    """Write a count as a whole number: without quotes, grouping, or a point and zeros."""
    if isinstance(spot.value, str):
        read = spelling.whole(spot.value)
    elif isinstance(spot.value, float):
        read = spelling.whole(spot.raw)
    else:
        read = None
    if read is not None:
        yield read, message("whole number")


def day(spot: Spot) -> Proposals:
    """Write a day as year-month-day."""
    read = spelling.date(spot.value) if isinstance(spot.value, str) else None
    if read is not None:
        yield read, message("form of the date")


def moment(spot: Spot) -> Proposals:
    """Write a time with seconds and an offset."""
    read = spelling.moment(spot.value) if isinstance(spot.value, str) else None
    if read is not None:
        yield read, message("form of the time")


def _unit(text: str, known: Catalogue) -> str | None:
    said = text.strip()
    return said if said in known.units else unit_names.unit(said, catalogue=known)
