"""What was counted or kept, written as the members of a claim."""

import math
from collections.abc import Mapping as Members
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, Protocol

from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import DIGITS, plain
from openquality_validator.measure.availability import Outages, UpAndDown
from openquality_validator.measure.capability import capability_members
from openquality_validator.measure.counts import OnTime, Share
from openquality_validator.measure.days import Days, Refused
from openquality_validator.measure.lives import Lives, life_members
from openquality_validator.measure.mapping import Mapping
from openquality_validator.measure.studies import (
    Gauge,
    Inspection,
    gauge_members,
    inspection_members,
)
from openquality_validator.measure.sums import Amount, Count, Rate, Score
from openquality_validator.measure.values import Durations, Samples
from openquality_validator.message import message
from openquality_validator.statistics.claims import estimate
from openquality_validator.statistics.estimates import LEVEL
from openquality_validator.statistics.quantile import lower_rank, upper_rank, value_rank


class Tally(Protocol):
    """Take rows one by one: `add` says why a row was not used, and None for one that was."""

    @property
    def days(self) -> Days:
        """The period of the rows that were used."""

    def add(self, cells: Members[str, str], number: int) -> Refused:
        """Take one row."""


def claim_of(
    metric: Metric,
    tally: Tally,
    mapping: Mapping,
    *,
    catalogue: Catalogue,
    limitations: str | None,
) -> dict[str, Any]:
    """Write the claim of one metric, in its canonical unit."""
    start, end = tally.days.span()
    claim: dict[str, Any] = {
        "type": metric.carrier,
        "metric": metric.id,
        "period": {"start": start.isoformat(), "end": end.isoformat()},
    }
    known = {qualifier.name for qualifier in metric.qualifiers}
    qualifiers = [dict(each) for each in mapping.qualifiers if each["qualifier"] in known]
    claim |= _members(metric, tally, mapping, catalogue)
    if interval := _interval(metric, claim, catalogue):
        claim["interval"] = interval
    if qualifiers:
        claim["qualifiers"] = qualifiers
    if limitations:
        claim["limitations"] = limitations
    return claim


def _members(
    metric: Metric, tally: Tally, mapping: Mapping, catalogue: Catalogue
) -> dict[str, Any]:
    if isinstance(tally, Inspection):
        return inspection_members(tally, mapping)
    if isinstance(tally, Gauge):
        return gauge_members(tally, mapping)
    if isinstance(tally, Lives):
        return life_members(tally, metric, catalogue)
    if isinstance(tally, Samples):
        return capability_members(metric, tally, mapping)
    if isinstance(tally, Durations):
        members = _mean_members if metric.form == "mean" else _quantile_members
        return members(metric, tally, catalogue)
    added = _added_members(metric, tally, catalogue)
    if mapping.uncertainty is not None:
        added["uncertainty"] = _uncertainty(mapping, metric, catalogue)
    return added


def _uncertainty(mapping: Mapping, metric: Metric, catalogue: Catalogue) -> dict[str, str]:
    """Write what the mapping states of the uncertainty, in the unit of the value."""
    assert mapping.uncertainty is not None, "asked for only where it is stated"
    assert mapping.unit is not None, "a mapping of amounts states their unit"
    expanded = Decimal(mapping.uncertainty["expanded"])
    in_unit = catalogue.convert(expanded, mapping.unit, metric.canonical_unit)
    return {**mapping.uncertainty, "expanded": plain(DIGITS.plus(in_unit))}


def _added_members(metric: Metric, tally: Tally, catalogue: Catalogue) -> dict[str, Any]:
    if isinstance(tally, OnTime | Share):
        return _share_members(metric, tally, catalogue)
    if isinstance(tally, Amount | Count):
        return _sum_members(metric, tally, catalogue)
    assert isinstance(tally, Rate | Score | Outages | UpAndDown), "every tally has its members"
    members = _counted_members(metric, tally)
    value = estimate(metric, members, catalogue).value
    if value is not None:  # no failure gives a bound and no mean time
        amount = plain(DIGITS.create_decimal(repr(value)))
        members["value"] = {"amount": amount, "unit": metric.canonical_unit}
    return members


def _interval(metric: Metric, claim: dict[str, Any], catalogue: Catalogue) -> dict[str, str]:
    """State the one-sided 95 % limit that ranks, rounded away from the value."""
    found = estimate(metric, claim, catalogue)
    higher = metric.direction == "higherBetter"
    limit = found.lower if higher else found.upper
    if limit is None or metric.direction == "target":
        return {}
    outward = Context(prec=DIGITS.prec, rounding=ROUND_FLOOR if higher else ROUND_CEILING)
    text = plain(outward.create_decimal(repr(limit)))
    return {"lower" if higher else "upper": text, "level": str(LEVEL), "sided": "one"}


def _share_members(metric: Metric, tally: OnTime | Share, catalogue: Catalogue) -> dict[str, Any]:
    if metric.form == "product" and isinstance(tally, Share):
        steps = sorted(tally.steps.items())
        share = Decimal(1)
        for _, (passed, total) in steps:
            share *= Decimal(passed) / total
        return {
            "value": _in_canonical_unit(share, metric, catalogue),
            "steps": [
                {"name": name, "passed": passed, "total": total} for name, (passed, total) in steps
            ],
        }
    share = Decimal(tally.numerator) / tally.denominator
    return {
        "value": _in_canonical_unit(share, metric, catalogue),
        "counts": {"numerator": tally.numerator, "denominator": tally.denominator},
        "sampling": {"n": tally.denominator, "design": "census"},
    }


def _counted_members(metric: Metric, tally: Rate | Score | Outages | UpAndDown) -> dict[str, Any]:
    if isinstance(tally, Score):
        return {
            "counts": dict(tally.counts),
            "sampling": {"n": sum(tally.counts.values()), "design": "census"},
        }
    if isinstance(tally, Rate):
        exposure = {"amount": plain(tally.exposure), "unit": tally.unit or "1"}
        if metric.form == "eventRate":
            members = {"events": tally.events, "exposure": exposure}
            if tally.opportunities is None:
                return members
            counts = {"units": tally.units, "opportunitiesPerUnit": tally.opportunities}
            return members | {"counts": counts}
        # Rows do not tell whether a failure ended the observation; that time did is the safe side.
        return {"failures": tally.events, "exposure": exposure, "termination": "time"}
    up, down, outages = tally.totals()
    durations = {"up": plain(up), "down": plain(down), "unit": tally.unit}
    return {"durations": durations} | ({} if outages is None else {"outages": outages})


def _sum_members(metric: Metric, tally: Amount | Count, catalogue: Catalogue) -> dict[str, Any]:
    if isinstance(tally, Count):
        return {"value": {"amount": str(tally.total), "unit": metric.canonical_unit}}
    assert tally.unit is not None, "a mapping of amounts states their unit"
    amount = catalogue.convert(tally.amount, tally.unit, metric.canonical_unit)
    return {"value": {"amount": plain(DIGITS.plus(amount)), "unit": metric.canonical_unit}}


def _mean_members(metric: Metric, tally: Durations, catalogue: Catalogue) -> dict[str, Any]:
    """Write mean, standard deviation and skewness, from sums that are exact."""
    values, n = tally.values, len(tally.values)
    if n < 2:  # noqa: PLR2004 - one value has no spread
        raise UnusableData(
            "M006",
            message("One value has a mean and no spread."),
            message("Measure more events, or the median."),
        )
    one, two, three = (sum(value**power for value in values) for power in (1, 2, 3))
    squares = n * two - one * one  # n² times the second central moment
    cubes = n * n * three - 3 * n * one * two + 2 * one**3  # n³ times the third
    deviation = Decimal(squares) / (n * (n - 1))
    skewness = 0.0 if not squares else cubes / squares / math.sqrt(squares)

    def in_unit(value: Decimal) -> str:
        in_unit = catalogue.convert(value / tally.scale, tally.unit, metric.canonical_unit)
        return plain(DIGITS.plus(in_unit))

    return {
        "value": {"amount": in_unit(Decimal(one) / n), "unit": metric.canonical_unit},
        "moments": {
            "standardDeviation": in_unit(deviation.sqrt()),
            "skewness": plain(Decimal(f"{skewness:.6f}")),
        },
        "sampling": {"n": n, "design": "census"},
    }


def _in_canonical_unit(share: Decimal, metric: Metric, catalogue: Catalogue) -> dict[str, str]:
    amount = catalogue.convert(share, "1", metric.canonical_unit)
    return {"amount": plain(DIGITS.plus(amount)), "unit": metric.canonical_unit}


def _quantile_members(metric: Metric, tally: Durations, catalogue: Catalogue) -> dict[str, Any]:
    assert metric.quantile is not None, "the catalogue gives every quantile its share"
    ordered, share = sorted(tally.values), float(metric.quantile)
    n = len(ordered)

    def amount(rank: int) -> str:
        value = tally.amount(ordered[rank - 1])
        in_unit = catalogue.convert(value, tally.unit, metric.canonical_unit)
        return plain(DIGITS.plus(in_unit))

    members: dict[str, Any] = {
        "value": {"amount": amount(value_rank(n, share)), "unit": metric.canonical_unit},
        "sampling": {"n": n, "design": "census"},
    }
    rank = upper_rank(n, share) if metric.direction == "lowerBetter" else lower_rank(n, share)
    if rank is not None:
        members["orderStatistic"] = {"rank": rank, "amount": amount(rank)}
    return members
