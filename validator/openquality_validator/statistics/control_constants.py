"""The constants that turn ranges and standard deviations of small subgroups into sigma.

For m readings from a normal distribution with standard deviation 1: d₂ is the mean and d₃ the
standard deviation of their range, c₄ the mean of their standard deviation (ISO 7870-2; AIAG SPC,
appendix). A test integrates d₂ and d₃ anew.
"""

import math

from openquality_validator.message import message
from openquality_validator.statistics.estimates import unusable

# Of 2 to 10 readings; beyond that the range wastes too much of them.
D2 = {
    2: 1.1283791671,
    3: 1.6925687506,
    4: 2.0587507460,
    5: 2.3259289473,
    6: 2.5344127212,
    7: 2.7043567512,
    8: 2.8472006121,
    9: 2.9700263244,
    10: 3.0775054617,
}
D3 = {
    2: 0.8525024664,
    3: 0.8883680040,
    4: 0.8798082028,
    5: 0.8640819411,
    6: 0.8480396861,
    7: 0.8332053356,
    8: 0.8198314898,
    9: 0.8078342746,
    10: 0.7970506735,
}
MOVING_RANGE_SPAN = 2  # readings in one moving range


def d2(size: int) -> float:
    """Return the mean range of `size` readings, in sigmas; raises InvalidInput beyond 2 to 10."""
    _check_range_size(size)
    return D2[size]


def d3(size: int) -> float:
    """Return the standard deviation of the range of `size` readings, in sigmas."""
    _check_range_size(size)
    return D3[size]


def c4(size: int) -> float:
    """Return the mean standard deviation of `size` ≥ 2 readings, in sigmas."""
    if size < 2:  # noqa: PLR2004 - one reading has no spread
        raise unusable(
            message("{size} reading has no standard deviation.", size=size),
            message("Group at least 2 readings."),
        )
    return math.sqrt(2 / (size - 1)) * math.exp(math.lgamma(size / 2) - math.lgamma((size - 1) / 2))


def _check_range_size(size: int) -> None:
    if size not in D2:
        raise unusable(
            message("The range of {size} readings is not used to estimate sigma.", size=size),
            message("Group 2 to 10 readings, or use the standard deviation (sBar, pooled)."),
        )
