"""The share of time that a thing is up, from alternating times up and down.

With Up and D the total times up and down, k ≥ 1 outages, F the lower-tail quantile,

    ρ = (D/Up)·((k+1)/k)·F(0.95, 2k+2, 2k)        L = 1/(1+ρ)

which holds for exponential times; totals alone give no bound.
"""

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable


def duration_ratio(up: float, down: float, *, outages: float | None = None) -> Estimate:
    """Return up/(up+down) as a fraction of 1, with its lower limit if outages are counted.

    There is no limit without outages, or when no time was spent in them. Raises InvalidInput (A090)
    for negative durations, or no duration at all.
    """
    total = up + down
    if up < 0 or down < 0 or total <= 0:
        raise unusable(
            message("{up} up and {down} down are no share of time.", up=up, down=down),
            message("Give both durations in one unit; one of them must be above zero."),
        )
    return Estimate(up / total, _lower(up, down, outages), None)


def _lower(up: float, down: float, outages: float | None) -> float | None:
    if not outages or outages < 0 or down == 0:
        return None
    if up == 0:
        return 0.0
    from scipy.special import fdtri

    factor = (outages + 1) / outages * float(fdtri(2 * outages + 2, 2 * outages, LEVEL))
    return 1 / (1 + down / up * factor)
