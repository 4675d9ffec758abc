"""Limits of process capability and performance indices, for normally distributed readings.

Cpk and Ppk (Bissell, "How reliable is your capability index?", Applied Statistics 39 (1990)) and
Cp and Pp (Kane, "Process capability indices", Journal of Quality Technology 18 (1986)), N counting
all readings and ν the degrees of freedom of the sigma estimator:

    Cpk, Ppk: L = C − z·√(1/(9N) + C²/(2ν))        Cp, Pp: L = C·√(χ²(0.05, ν)/ν)
"""

import math

from openquality_validator.message import message
from openquality_validator.statistics.control_constants import D2, c4, d2, d3
from openquality_validator.statistics.estimates import LEVEL, Estimate, Z, unusable

ESTIMATORS = ("overall", "pooled", "rBar", "sBar", "movingRange")
MOVING_RANGE_SHARE = 0.605  # moving ranges overlap, so N−1 of them are worth far fewer readings


def degrees_of_freedom(
    estimator: str, *, n: float, subgroups: float | None = None, size: int | None = None
) -> float | None:
    """Return ν of a sigma estimator, or None if the data do not give it.

    `overall` N−1; `pooled` N−k; `rBar` the smaller of k·d₂²/2d₃² and 0.9·k·(m−1), for subgroups
    of m = 2 to 10; `sBar` k·c₄²/2(1−c₄²); `movingRange` of span 2: 0.605·(N−1). Raises InvalidInput
    (A090) for another estimator.
    """
    if estimator not in ESTIMATORS:
        raise unusable(
            message("{estimator!r} estimates no sigma.", estimator=estimator),
            message("Use one of {estimators}.", estimators=", ".join(ESTIMATORS)),
        )
    freedom: float | None
    if estimator == "overall":
        freedom = n - 1
    elif estimator == "movingRange":
        freedom = MOVING_RANGE_SHARE * (n - 1)
    elif subgroups is None:
        freedom = None
    elif estimator == "pooled":
        freedom = n - subgroups
    else:
        freedom = _of_equal_subgroups(estimator, subgroups, size)
    return freedom if freedom is not None and freedom > 0 else None


def _of_equal_subgroups(estimator: str, subgroups: float, size: int | None) -> float | None:
    if size is None or size < 2:  # noqa: PLR2004 - one reading has no spread
        return None
    if estimator == "rBar":
        return subgroups * _of_one_range(size) if size in D2 else None
    squared = c4(size) ** 2
    return subgroups * squared / (2 * (1 - squared))


def _of_one_range(size: int) -> float:
    # The usual 0.9·(m−1) is a little above the exact number for m = 2 and m ≥ 6, a little below
    # for 3 to 5; the smaller of the two never flatters.
    return min(d2(size) ** 2 / (2 * d3(size) ** 2), 0.9 * (size - 1))


def check_limits(lsl: float | None, usl: float | None) -> None:
    """Raise InvalidInput (A090) unless there is a specification limit, the lower one below."""
    if lsl is None and usl is None:
        raise unusable(
            message("No specification limit is given."), message("Give lsl, usl, or both.")
        )
    if lsl is not None and usl is not None and lsl >= usl:
        raise unusable(
            message("The lower limit {lsl} is not below {usl}.", lsl=lsl, usl=usl),
            message("Check the drawing."),
        )


def worst_side(value: float, *, n: float, freedom: float | None) -> Estimate:
    """Return Cpk or Ppk with its limits, n counting all readings."""
    if freedom is None or n <= 0:
        return Estimate(value)
    reach = Z * math.sqrt(1 / (9 * n) + value * value / (2 * freedom))
    return Estimate(value, value - reach, value + reach)


def both_sides(value: float, *, freedom: float | None) -> Estimate:
    """Return Cp or Pp with its limits."""
    if freedom is None:
        return Estimate(value)
    from scipy.special import gammaincinv

    # χ²(q, ν) = 2·P⁻¹(ν/2, q), P the regularised lower incomplete gamma function.
    low = 2 * float(gammaincinv(freedom / 2, 1 - LEVEL))
    high = 2 * float(gammaincinv(freedom / 2, LEVEL))
    return Estimate(value, value * math.sqrt(low / freedom), value * math.sqrt(high / freedom))
