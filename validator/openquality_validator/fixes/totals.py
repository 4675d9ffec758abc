"""Mend totals: what the record's own parts give, and nobody has to measure again.

A sum, a product or a number of readings follows from its parts. Of a share or a rate only the last
digit and a factor of a hundred are mended: where value and counts differ by more, either may be
wrong, and a person has to look.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from math import prod

from openquality_validator.fixes.spot import Json, Proposals, Spot
from openquality_validator.message import message
from openquality_validator.suggestions import catalogue_of

_DIGITS = 40
_LAST = 2  # units of the last digit by which rounding, done twice, may be wrong


def cost(spot: Spot) -> Proposals:
    """Add the phases of a cost up."""
    yield from _sum(spot.claim["phases"].values())


def carbon(spot: Spot) -> Proposals:
    """Add the parts of a footprint up."""
    yield from _sum(spot.claim["carbon"].values())


def readings(spot: Spot) -> Proposals:
    """Count subgroups times their size."""
    study = spot.claim["capability"]
    yield study["subgroups"] * study["subgroupSize"], message("computed total")


def sample(spot: Spot) -> Proposals:
    """State as sample size what the claim's own data count."""
    claim: Json = spot.claim
    counts = claim.get("counts", {})
    study = claim.get("study", {})
    found = None
    if "denominator" in counts:
        found = counts["denominator"]
    elif "promoters" in counts:
        found = counts["promoters"] + counts["passives"] + counts["detractors"]
    elif "capability" in claim or "inspection" in claim:
        found = (claim.get("capability") or claim["inspection"])["n"]
    elif study:
        found = prod(study[name] for name in ("parts", "operators", "trials"))
    if found is not None:
        yield found, message("computed total")


def rounded(spot: Spot) -> Proposals:
    """Compute a share or a rate again, where only its last digit or a factor of 100 is wrong."""
    stated = Decimal(spot.value)
    for moved in (stated, stated.scaleb(2), stated.scaleb(-2)):
        step = Decimal(1).scaleb(-places) if (places := _places(moved)) else Decimal(1)
        for units in range(-_LAST, _LAST + 1):
            if moved != stated and units:
                continue
            yield f"{moved + units * step:f}", message("rounding")


def _sum(parts: Iterable[str]) -> Proposals:
    with localcontext() as context:
        context.prec = _DIGITS
        yield f"{sum(map(Decimal, parts), Decimal(0)):f}", message("computed total")


def recycled(spot: Spot) -> Proposals:
    """Add the recycled parts up, in the unit of the value."""
    claim = spot.claim
    parts = [part["massFraction"] for part in claim.get("recycledContent", ())]
    if claim["metric"] == "recyclability":
        parts = [claim["recyclability"]["massFraction"]]
    known = catalogue_of(spot.record)
    unit = known.units.get(claim["value"]["unit"]) if known else None
    if parts and unit:
        exact = sum(map(Fraction, parts), Fraction(0)) / unit.factor
        with localcontext() as context:
            context.prec = _DIGITS
            total = Decimal(exact.numerator) / exact.denominator
            step = Decimal(1).scaleb(-max(_places(Decimal(part)) for part in parts))
            yield f"{total.quantize(step, ROUND_HALF_EVEN):f}", message("computed total")


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
