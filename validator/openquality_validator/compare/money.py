"""Amounts of money in the currency that is asked for, by the buyer's dated rates.

    converted = amount shown × rate, exactly, in decimals

What is converted is the canonical amount as an answer shows it (for one unit of the quantity that
it is stated for), so that a reader repeats the arithmetic from the row alone.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from openquality_validator.catalogue import EXACT_DIGITS
from openquality_validator.compare.answer import exact
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import Indexed
from openquality_validator.wanted import Rate, Where

_CURRENCY = "currency="  # the part of a comparability key that a conversion changes


@dataclass(frozen=True, slots=True)
class Priced:
    """Hold a value in the currency asked for; `rate` is None where it was stated in it.

    `value`, `lower` and `upper` are exact; the measurement's are the nearest floats.
    """

    indexed: Indexed
    rate: Rate | None
    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None


def price(found: Indexed, where: Where) -> Priced | None:
    """Bring a value into the currency asked for; None if no rate leads there."""
    m = found.measurement
    if m.unit == where.unit:
        return Priced(found, None, exact(m.value), exact(m.lower), exact(m.upper))
    rate = next((each for each in where.rates if each.source == m.unit), None)
    if rate is None:
        return None
    found_exact = tuple(_times(exact(number), rate.rate) for number in (m.value, m.lower, m.upper))
    value, lower, upper = (None if each is None else float(each) for each in found_exact)
    changed = replace(m, value=value, lower=lower, upper=upper, key=_key(m, rate))
    return Priced(replace(found, measurement=changed, rate=rate), rate, *found_exact)


def newest(found: Iterable[Priced]) -> frozenset[Priced]:
    """Choose, of what one issuer says of one subject in several currencies, the newest.

    Converted, such values are one series: the newest period stands, then the newest statement.
    """
    chosen: dict[tuple[str, str, str], Priced] = {}

    def recent(priced: Priced) -> tuple[str, int, float]:
        m = priced.indexed.measurement
        return m.end or "", priced.indexed.index, math.inf if m.upper is None else m.upper

    for each in found:
        m = each.indexed.measurement
        name = (m.issuer, m.subject, m.key)
        before = chosen.get(name)
        if before is None or recent(each) > recent(before):
            chosen[name] = each
    return frozenset(chosen.values())


def left_out(priced: Priced, where: Where) -> str | None:
    """Name the reason for which an amount is left out, or None: `conditions.priced`, exactly."""
    if where.threshold is None:
        return None
    floor = where.comparator == "atLeast"
    bound = priced.lower if floor else priced.upper
    held = priced.value if where.of == "value" else bound
    if held is None:
        return "threshold" if where.of == "value" else "noBound"
    reached = held >= where.threshold if floor else held <= where.threshold
    return None if reached else "threshold"


def _times(number: Decimal | None, rate: Decimal) -> Decimal | None:
    if number is None:
        return None
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return number * rate


def _key(m: Measurement, rate: Rate) -> str:
    """Name the group in the currency asked for; everything else in the key must still agree."""
    parts = m.key.split("|")
    old = f"{_CURRENCY}{rate.source}"
    return "|".join(f"{_CURRENCY}{rate.target}" if part == old else part for part in parts)
