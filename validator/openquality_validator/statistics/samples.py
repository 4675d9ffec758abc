"""Sigma and capability indices from raw readings in subgroups.

Estimators of sigma: `overall`, the standard deviation of all readings; within subgroups `pooled`,
the root of the mean variance; `rBar`, the mean range over d₂; `sBar`, the mean standard deviation
over c₄; `movingRange`, the mean distance of consecutive readings over d₂ of two (AIAG SPC; ISO
22514-2). Whether the readings are normal is not judged here: a claim states it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from openquality_validator.message import message
from openquality_validator.statistics.capability import ESTIMATORS, check_limits
from openquality_validator.statistics.control_constants import MOVING_RANGE_SPAN, c4, d2
from openquality_validator.statistics.estimates import unusable

Subgroups = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class SampleStudy:
    """Hold what raw readings give: `both_sides` is Cp or Pp, `worst_side` Cpk or Ppk.

    Which of the two names applies follows from the estimator and the convention. `subgroups` and
    `size` are None where the readings have no (equal) subgroups; `both_sides` needs two limits.
    """

    n: int
    subgroups: int | None
    size: int | None
    estimator: str
    mean: float
    sigma: float
    both_sides: float | None
    worst_side: float


def study(
    subgroups: Subgroups, *, estimator: str, lsl: float | None = None, usl: float | None = None
) -> SampleStudy:
    """Estimate sigma and the indices of one characteristic.

    Readings stand in their order of production; individual readings are one subgroup, or subgroups
    of one. Raises InvalidInput (A090) if the estimator does not fit the subgroups, sigma is zero,
    or no limit is given.
    """
    check_limits(lsl, usl)
    readings = [reading for group in subgroups for reading in group]
    spread = sigma(subgroups, estimator=estimator)
    if spread <= 0:
        raise unusable(
            message("All readings agree, so sigma is zero."),
            message("Check the resolution of the gauge: an index needs readings that differ."),
        )
    centre = math.fsum(readings) / len(readings)
    sides = [
        distance / (3 * spread)
        for distance in (
            None if usl is None else usl - centre,
            None if lsl is None else centre - lsl,
        )
        if distance is not None
    ]
    grouped = estimator not in {"overall", "movingRange"}
    sizes = {len(group) for group in subgroups}
    return SampleStudy(
        n=len(readings),
        subgroups=len(subgroups) if grouped else None,
        size=sizes.pop() if grouped and len(sizes) == 1 else None,
        estimator=estimator,
        mean=centre,
        sigma=spread,
        both_sides=None if lsl is None or usl is None else (usl - lsl) / (6 * spread),
        worst_side=min(sides),
    )


def sigma(subgroups: Subgroups, *, estimator: str) -> float:
    """Estimate the standard deviation; raises InvalidInput (A090) if the subgroups do not fit."""
    if estimator not in ESTIMATORS:
        raise unusable(
            message("{estimator!r} estimates no sigma.", estimator=estimator),
            message("Use one of {estimators}.", estimators=", ".join(ESTIMATORS)),
        )
    readings = [reading for group in subgroups for reading in group]
    if estimator == "overall":
        return _deviation(readings)
    if estimator == "movingRange":
        return _moving_range(readings)
    if not subgroups:
        raise unusable(
            message("There are no subgroups."), message("Give at least one group of readings.")
        )
    if estimator == "pooled":
        return _pooled(subgroups)
    size = _equal_size(subgroups, estimator)
    if estimator == "rBar":
        ranges = math.fsum(max(group) - min(group) for group in subgroups)
        return ranges / len(subgroups) / d2(size)
    return math.fsum(_deviation(group) for group in subgroups) / len(subgroups) / c4(size)


def _squares(readings: Sequence[float]) -> float:
    centre = math.fsum(readings) / len(readings)
    return math.fsum((reading - centre) ** 2 for reading in readings)


def _deviation(readings: Sequence[float]) -> float:
    if len(readings) < 2:  # noqa: PLR2004 - one reading has no spread
        raise unusable(
            message("One reading has no spread."), message("Give at least two readings.")
        )
    return math.sqrt(_squares(readings) / (len(readings) - 1))


def _moving_range(readings: Sequence[float]) -> float:
    if len(readings) < 2:  # noqa: PLR2004 - one reading has no spread
        raise unusable(
            message("One reading has no spread."), message("Give at least two readings.")
        )
    moves = math.fsum(abs(after - before) for before, after in pairwise(readings))
    return moves / (len(readings) - 1) / d2(MOVING_RANGE_SPAN)


def _pooled(subgroups: Subgroups) -> float:
    freedom = sum(len(group) - 1 for group in subgroups)
    if freedom < 1 or any(len(group) == 0 for group in subgroups):
        raise unusable(
            message("The subgroups hold single readings."), message("Use movingRange or overall.")
        )
    return math.sqrt(math.fsum(_squares(group) for group in subgroups) / freedom)


def _equal_size(subgroups: Subgroups, estimator: str) -> int:
    sizes = {len(group) for group in subgroups}
    if len(sizes) != 1:
        raise unusable(
            message(
                "{estimator} needs subgroups of one size; these have {sizes}.",
                estimator=estimator,
                sizes=sorted(sizes),
            ),
            message("Use pooled, which takes any sizes."),
        )
    return sizes.pop()
