"""From a claim to its estimate: read the members of the metric's form, apply the form's module.

Limits assume independent rows. A design effect stated in `sampling` divides what was counted;
one below 1 is not used, since it would promise more than independent rows can.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.message import message
from openquality_validator.statistics.amount import amount
from openquality_validator.statistics.availability import duration_ratio
from openquality_validator.statistics.binomial import clopper_pearson
from openquality_validator.statistics.capability import (
    both_sides,
    degrees_of_freedom,
    worst_side,
)
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable
from openquality_validator.statistics.mean import mean
from openquality_validator.statistics.net_score import net_score
from openquality_validator.statistics.poisson import event_rate
from openquality_validator.statistics.quantile import rank_bounds_above, rank_bounds_below
from openquality_validator.statistics.reliability import failure_rate, mean_time
from openquality_validator.statistics.rolled_yield import rolled_yield

Claim = Mapping[str, Any]
Reader = Callable[[Metric, Claim, Catalogue], Estimate]


def estimate(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    """Return the value and limits of a claim in the metric's canonical unit.

    The value is what the counts give, where the form has counts, else the stated value, exactly
    converted. Limits are clamped to the metric's value range and never rounded. Amounts of money
    stay in their currency. Raises InvalidInput (A090) for members that are missing or cannot be
    evaluated, and whatever Catalogue.convert raises for a wrong unit.
    """
    reader = READERS.get(metric.form)
    if reader is None:
        raise unusable(
            message("The form {form!r} has no formula.", form=metric.form),
            message("Update the validator."),
        )
    try:
        found = reader(metric, claim, catalogue)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise unusable(
            message(
                "The claim lacks what {form} needs, or holds it in another shape ({error}).",
                form=metric.form,
                error=error,
            ),
            message("Give {requires}.", requires=", ".join(metric.requires)),
        ) from None
    return _clamped(found, metric.value_range)


def _binomial_ratio(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    counts, effect = claim["counts"], _design_effect(claim)
    found = clopper_pearson(counts["numerator"] / effect, counts["denominator"] / effect)
    return _scaled(found, catalogue.factor("1", metric.canonical_unit))


def _event_rate(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    effect = _design_effect(claim)
    exposure, per = _exposure(metric, claim, catalogue)
    found = event_rate(claim["events"] / effect, exposure / effect)
    return _scaled(found, catalogue.factor(per, metric.canonical_unit))


def _duration_ratio(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    durations, outages = claim["durations"], claim.get("outages")
    found = duration_ratio(
        _number(durations["up"]),
        _number(durations["down"]),
        outages=None if outages is None else outages / _design_effect(claim),
    )
    return _scaled(found, catalogue.factor("1", metric.canonical_unit))


def _net_score(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    del metric, catalogue  # the score has one scale
    counts, effect = claim["counts"], _design_effect(claim)
    return net_score(
        counts["promoters"] / effect, counts["passives"] / effect, counts["detractors"] / effect
    )


def _product(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    effect = _design_effect(claim)
    found = rolled_yield([(s["passed"] / effect, s["total"] / effect) for s in claim["steps"]])
    return _scaled(found, catalogue.factor("1", metric.canonical_unit))


def _quantile(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    value, unit = _value(metric, claim, catalogue)
    order = claim.get("orderStatistic")
    if order is None or metric.quantile is None:
        return Estimate(value)
    limit = float(catalogue.convert(_decimal(order["amount"]), unit, metric.canonical_unit))
    effect, p = _design_effect(claim), float(metric.quantile)
    rank, n = order["rank"] / effect, claim["sampling"]["n"] / effect
    if metric.direction == "higherBetter":
        return Estimate(value, limit if rank_bounds_below(rank, n, p) else None, None)
    return Estimate(value, None, limit if rank_bounds_above(rank, n, p) else None)


def _mean(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    value, unit = _value(metric, claim, catalogue)
    moments = claim["moments"]
    spread = catalogue.convert(_decimal(moments["standardDeviation"]), unit, metric.canonical_unit)
    return mean(
        value,
        n=claim["sampling"]["n"] / _design_effect(claim),
        standard_deviation=float(spread),
        skewness=_number(moments["skewness"]),
    )


def _index(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    value, _ = _value(metric, claim, catalogue)
    capability, effect = claim["capability"], _design_effect(claim)
    freedom = degrees_of_freedom(
        capability["estimator"],
        n=capability["n"],
        subgroups=capability.get("subgroups"),
        size=capability.get("subgroupSize"),
    )
    # The percentile method for other distributions has no limit that keeps its promise.
    if freedom is None or capability["distribution"] != "normal":
        return Estimate(value)
    if metric.bound == "capabilityIndexBothSides":
        return both_sides(value, freedom=freedom / effect)
    return worst_side(value, n=capability["n"] / effect, freedom=freedom / effect)


def _time_to_failure(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    effect, termination = _design_effect(claim), claim["termination"]
    exposure, per = _exposure(metric, claim, catalogue)
    form = failure_rate if metric.bound == "chiSquareRate" else mean_time
    found = form(claim["failures"] / effect, exposure / effect, termination=termination)
    return _scaled(found, catalogue.factor(per, metric.canonical_unit))


def _amount(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    value, unit = _value(metric, claim, catalogue)
    uncertainty = claim.get("uncertainty")
    if uncertainty is None or "coverageFactor" not in uncertainty:
        return Estimate(value)
    target = catalogue.canonical_unit(metric, unit=unit)
    return amount(
        value,
        expanded=float(catalogue.convert(_decimal(uncertainty["expanded"]), unit, target)),
        coverage_factor=_number(uncertainty["coverageFactor"]),
    )


def _stated(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    return Estimate(_value(metric, claim, catalogue)[0])


def _study(metric: Metric, claim: Claim, catalogue: Catalogue) -> Estimate:
    value, unit = _value(metric, claim, catalogue)
    interval = claim.get("interval")
    if interval is None or _number(interval["level"]) < STUDY_LEVEL[interval["sided"]]:
        return Estimate(value)
    lower, upper = (
        float(catalogue.convert(_decimal(interval[end]), unit, metric.canonical_unit))
        if end in interval
        else None
        for end in ("lower", "upper")
    )
    return Estimate(value, lower, upper)


# Each limit of a two-sided 90 % interval is a one-sided 95 % limit.
STUDY_LEVEL: Mapping[str, float] = {"one": LEVEL, "two": 0.90}

READERS: Mapping[str, Reader] = {
    "binomialRatio": _binomial_ratio,
    "eventRate": _event_rate,
    "durationRatio": _duration_ratio,
    "netScore": _net_score,
    "product": _product,
    "median": _quantile,
    "quantile": _quantile,
    "mean": _mean,
    "index": _index,
    "timeToFailure": _time_to_failure,
    "amount": _amount,
    "count": _stated,
    "verdict": _stated,
    "study": _study,
}


def _exposure(metric: Metric, claim: Claim, catalogue: Catalogue) -> tuple[float, str]:
    """Return the exposure, and the unit of one event (or time) per unit of it."""
    exposure = claim["exposure"]
    counted_in, per = PER_EXPOSURE.get(metric.quantity_kind, (metric.canonical_unit,) * 2)
    return float(catalogue.convert(_decimal(exposure["amount"]), exposure["unit"], counted_in)), per


# By quantity kind: the unit that the exposure is converted to, and that of one event in it.
PER_EXPOSURE: Mapping[str, tuple[str, str]] = {"rate": ("h", "/h"), "dimensionless": ("1", "1")}


def _value(metric: Metric, claim: Claim, catalogue: Catalogue) -> tuple[float, str]:
    """Return the stated value in canonical units, and the unit that the claim states it in."""
    stated = claim["value"]
    unit = stated["unit"]
    target = catalogue.canonical_unit(metric, unit=unit)
    return float(catalogue.convert(_decimal(stated["amount"]), unit, target)), unit


def _design_effect(claim: Claim) -> float:
    sampling = claim.get("sampling")
    if sampling is None or "designEffect" not in sampling:
        return 1.0
    return max(_number(sampling["designEffect"]), 1.0)


def _decimal(text: str | int) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise unusable(
            message("{text!r} is not a decimal number.", text=text), message('Write it as "1.33".')
        ) from None


def _number(text: str | int) -> float:
    return float(_decimal(text))


def _scaled(found: Estimate, factor: float) -> Estimate:
    return Estimate(
        *(
            None if number is None else number * factor
            for number in (found.value, found.lower, found.upper)
        )
    )


def _clamped(found: Estimate, allowed: tuple[Decimal | None, Decimal | None]) -> Estimate:
    low, high = (None if end is None else float(end) for end in allowed)

    def clamp(number: float | None) -> float | None:
        if number is None:
            return None
        if low is not None and number < low:
            return low
        return high if high is not None and number > high else number

    return Estimate(found.value, clamp(found.lower), clamp(found.upper))
