"""Capability of readings that are not normally distributed: the percentile method.

ISO 22514-2 puts the distance between two percentiles in place of six sigmas, and the median in
place of the mean, X of p being the percentile p of the readings:

    Pp  = (USL − LSL) / (X₀.₉₉₈₆₅ − X₀.₀₀₁₃₅)
    Ppk = min((USL − X₀.₅) / (X₀.₉₉₈₆₅ − X₀.₅), (X₀.₅ − LSL) / (X₀.₅ − X₀.₀₀₁₃₅))

The percentiles are those of the readings themselves, no distribution is fitted: X of p lies at rank
p·(N+1), in a straight line between two readings (McCormack, Harris, Hurwitz and Spagon, "Capability
indices for non-normal data", Quality Engineering 12 (2000)). Below 740 readings the outer ranks lie
beyond the readings; the smallest and the largest would then stand in for what is further out, and
flatter. There is no limit: none that was tried keeps its promise.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from openquality_validator.message import message
from openquality_validator.statistics.capability import check_limits
from openquality_validator.statistics.estimates import unusable

LOW, MEDIAN, HIGH = 0.00135, 0.5, 0.99865  # three sigmas and none, if the readings were normal
LEAST_N = 740  # the first N with LOW·(N+1) ≥ 1


@dataclass(frozen=True, slots=True)
class PercentileStudy:
    """Hold three percentiles and the indices; `both_sides` needs two limits."""

    n: int
    low: float
    median: float
    high: float
    both_sides: float | None
    worst_side: float


def percentile_indices(
    readings: Iterable[float], *, lsl: float | None = None, usl: float | None = None
) -> PercentileStudy:
    """Return the indices of one characteristic by the percentile method.

    Raises InvalidInput (A090) below 740 readings, without a limit, for limits in the wrong order,
    or if the median is also the percentile on the side of a limit.
    """
    ordered = sorted(readings)
    if len(ordered) < LEAST_N:
        raise unusable(
            message("{count} readings do not show the 0.135 % on either side.", count=len(ordered)),
            message("The percentile method takes at least {least_n} readings.", least_n=LEAST_N),
        )
    check_limits(lsl, usl)
    low, median, high = (_at(ordered, share) for share in (LOW, MEDIAN, HIGH))
    sides = [
        _side(distance, spread)
        for distance, spread in (
            (None if usl is None else usl - median, high - median),
            (None if lsl is None else median - lsl, median - low),
        )
        if distance is not None
    ]
    both = None if lsl is None or usl is None else (usl - lsl) / (high - low)
    return PercentileStudy(len(ordered), low, median, high, both, min(sides))


def _side(distance: float, spread: float) -> float:
    if spread <= 0:
        raise unusable(
            message("The readings do not spread on the side of a limit."),
            message("Check the resolution of the gauge: an index needs readings that differ."),
        )
    return distance / spread


def _at(ordered: list[float], share: float) -> float:
    rank = share * (len(ordered) + 1)
    below = math.floor(rank)
    first = ordered[below - 1]
    return first + (rank - below) * (ordered[min(below, len(ordered) - 1)] - first)
